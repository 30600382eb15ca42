/* SPDX-License-Identifier: MIT */
/* The end of threads and processes, and waiting for it. */
#pragma once

#include "kernel/proc/process.h"

/*
 * Ends all threads of the calling process but the caller, and waits until they are
 * freed; until process_go_on() there are no new ones.  False: another thread was
 * faster, and the caller is to die.
 */
bool process_end_threads(void);
void process_go_on(struct process *p);
/*
 * Ends the calling thread; once its stack is no longer used, *word (if not null) is 0,
 * and what waits for that is woken.  The last thread ends the process, with status 0.
 */
void __noreturn process_exit_thread(int *word);
/* Ends the calling process; status as WAIT_EXITED() or WAIT_SIGNALED() make it. */
void __noreturn process_exit(int status);
/*
 * Waits for a child to end, to stop (flags WUNTRACED) or to go on (WCONTINUED): the child `pid`,
 * any (-1), one of the caller's group (0), one of group -pid.  Its pid, with the status in *ustatus
 * and what it has used in *uusage, unless they are null.  0 with WNOHANG if none has.  -ECHILD: no
 * such child.  -EINTR: a signal came first.  -EFAULT: a child that has ended stays to be waited
 * for; a stop is not told again.  WAIT_NO_ENDS, WAIT_PEEK: <abi/wait.h>.
 */
int process_wait(int pid, int *ustatus, u64 flags, struct usage *uusage);
/* sched_hooks.thread_free: a thread of p is freed; with the last one p is a zombie. */
void process_thread_gone(struct process *p);
