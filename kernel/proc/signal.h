/* SPDX-License-Identifier: MIT */
/*
 * Signals.  One that is sent waits in its thread (pending) until the thread
 * returns to user mode with the signal unblocked; what waits for something else
 * meanwhile gives up with -EINTR.  A fault is not sent but taken at once.
 */
#pragma once

#include <abi/signal.h>
#include "kernel/proc/process.h"

#define SIGNALS_UNBLOCKABLE (BIT(SIGKILL) | BIT(SIGSTOP))

/* What a signal does to a process. */
enum signal_effect { SIGNAL_IGNORED, SIGNAL_HANDLED, SIGNAL_STOPS, SIGNAL_KILLS };

extern const char *const signal_names[NSIG];	     /* "SIGSEGV" and the like; null for 0 */
extern const struct sigaction default_actions[NSIG]; /* SIG_DFL throughout */
/* For process_cache_init(). */
void signal_cache_init(void);
/* Gives child, which is new, the actions of parent, the caller's process.  -ENOMEM. */
int signal_copy_actions(struct process *child, const struct process *parent);
/* Frees p's table of actions, if it has one; nobody looks at p any more. */
void signal_free_actions(struct process *p);
/* What sig would do to p now.  proc_tree_lock held, or p is the caller's. */
enum signal_effect signal_effect(const struct process *p, int sig);
/*
 * Sends sig to p, where the first thread that does not block it will take it, or to
 * the thread t of p; code, pid and status are for its siginfo_t.  proc_tree_lock held.
 */
void signal_send(struct process *p, int sig, int code, int pid, int status);
void signal_send_thread(struct thread *t, int sig, int code, int pid, int status);
/*
 * Sends sig (0: to see whether one could) to process pid, to the caller's group (0), to group -pid,
 * or to all but init, servers and the caller (-1): nobody escapes by fork.  -ESRCH: nobody.
 * -EPERM: to init, which what would end or stop it spares; to a server, without KCAP_CTL.
 */
int signal_send_by_pid(int pid, int sig);
/* Sends sig (0: to see whether one could) to the thread tid of the calling process.  -ESRCH. */
int signal_send_by_tid(int tid, int sig);
/* SIGKILL from the kernel; the end of one thread, wherever it is.  proc_tree_lock held for that. */
void signal_kill(struct process *p);
void signal_kill_thread(struct thread *t);
/* Tells p's parent that p has come to this wait4() status.  proc_tree_lock held. */
void signal_parent(struct process *p, int status);
/* Forgets pending ones of all threads.  proc_tree_lock held. */
void signal_drop_pending(struct process *p, sigset_t signals);
/*
 * Makes action what sig does to the calling process.  A signal that is ignored from now on does
 * not wait any more.  -ENOMEM: nothing has changed.
 */
int signal_set_action(int sig, const struct sigaction *action);
/* SIG_DFL for what sig, which has been handled, does to the calling process. */
void signal_reset_handler(int sig);
/* Makes `blocked` the caller's mask, whatever it says of SIGKILL and SIGSTOP. */
void signal_set_blocked(sigset_t blocked);
/*
 * Waits at most ns for a signal of the set, which the caller blocks, to be pending for it or its
 * process, and takes it.  The signal; -EAGAIN: none came; -EINTR: another one did.
 */
int signal_wait(sigset_t set, u64 ns, siginfo_t *info);
/* Takes all signals that are pending: stops, runs handlers, or does not return.  May sleep. */
void signal_deliver(void);
/* What exec does to the table of actions: handlers end. */
void signal_exec(struct process *p);
