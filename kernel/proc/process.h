/* SPDX-License-Identifier: MIT */
/*
 * Processes: an address space, a handle table, and the threads that run there.
 *
 * A thread that ends its process, or exchanges the program, is first the only one: the
 * ender, which tells the others to die and waits until they are freed.
 *
 * Legend: (a) atomic; (c) constant after creation; (o) its own threads only;
 * (P) PROC_TREE lock, a leaf: look up, take a reference, drop.
 */
#pragma once

#include <abi/limits.h>
#include <abi/usage.h>
#include "kernel/ipc/handle.h"
#include "kernel/sched/wait.h"
#include "mm/reclaim/oom.h"
#include "mm/space/mm.h"

#define MAX_PROCESSES OOM_CANDIDATES
#define MAX_THREADS   256 /* of one process */
#define INIT_PID      1

_Static_assert(PID_MAX <= 0xffff, "a message has 16 bits for the sender's pid");

enum process_state {
	P_NEW,	   /* being built: holds its pid, nobody finds it */
	P_RUNNING, /* also while it is exiting */
	P_ZOMBIE,  /* its threads are gone, its status waits for the parent */
	P_REAPING, /* wait4() is handing out the status */
};

struct process {
	int pid;		     /* (c) */
	int ppid;		     /* (P) parent's pid; read without the lock */
	atomic_t refcount;	     /* (a) the tree, each thread, look-ups */
	enum process_state state;    /* (P) */
	struct process *parent;	     /* (P) null for init */
	struct list_head children;   /* (P) */
	struct list_head sibling;    /* (P) in parent->children */
	struct list_head pid_link;   /* (P) in the list of all processes, by pid */
	struct list_head threads;    /* (P) those that have not exited, the oldest first */
	u32 nr_threads;		     /* (P) those that are not freed yet */
	struct thread *ender;	     /* (P) that wants to be alone, or null */
	struct mm_struct *mm;	     /* (P) null once it exits; its threads read it freely */
	struct handle_table handles; /* own lock */
	atomic_t nr_arg_pages;	     /* (a) frames of arguments for an exec on its way */
	struct wait_queue wait;	     /* its threads in wait4(), asleep or stopped */
	int kill_signal;	     /* (a) first fatal signal, 0 none */
	int exit_status;	     /* (P) as wait4() reports it */
	int pgid, sid;		     /* (P) process group, session: their leaders' pids */
	struct usage ended;	     /* (P) of its threads that have ended */
	struct usage reaped;	     /* (P) of children that were waited for */
	/* (c) once it runs: the families it is of, see mm/reclaim/oom.h */
	u32 lineage[OOM_GENERATIONS];
	bool adopted;	 /* (P) by init, from a parent that has ended */
	bool has_execed; /* (P) setpgid() by the parent comes too late */
	bool spared;	 /* (o) a server: kill(-1) and OOM leave it alone */
	bool stopped;	 /* (P) its threads wait for SIGCONT */
	int report;	 /* (P) 0, or a stop or continuation wait4() has not told */
	char name[16];	 /* (o) */
	/* (P) by signal: default_actions, or a table that its own threads alone write */
	const struct sigaction *action;
};

static inline struct process *current_process(void)
{
	return current->process;
}

static inline struct handle_table *my_handles(void)
{
	return &current_process()->handles;
}

/* The registers with which a program begins to run at rip. */
static inline struct pt_regs user_regs(u64 rip, u64 rsp)
{
	return (struct pt_regs){
		.vector = VECTOR_SYSCALL,
		.rip = rip,
		.cs = USER_CS,
		.rflags = RFLAGS_FIXED | RFLAGS_IF,
		.rsp = rsp,
		.ss = USER_DS,
	};
}

/*
 * A process with a pid and an empty handle table, in state P_NEW, for the caller
 * alone; process_discard() undoes it.  -EAGAIN: too many; -ENOMEM (ERR_PTR).
 */
struct process *process_alloc(const char *name);
/* Frees a process that has no thread yet, with all it has got so far. */
void process_discard(struct process *p);
/* Makes p (P_NEW) a running child of parent (null: init), visible to all, and starts thread t. */
void process_start(struct process *p, struct thread *t, struct process *parent);
/* The process with this pid (0: the caller), referenced, zombies too; NULL if there is none. */
struct process *process_find(int pid);
/* The process with the lowest pid above `pid`, referenced; NULL at the end.  0 starts. */
struct process *process_next(int pid);
/* Drops a reference; the last frees the struct. */
void process_put(struct process *p);
/* The process's address space with mm_users taken, or NULL if it has none any more. */
struct mm_struct *process_get_mm(struct process *p);
/* What its first thread does, as enum thread_state; T_DEAD if all have exited. */
enum thread_state process_thread_state(struct process *p);
/*
 * fail_nth() for its first thread: the n-th allocation that it makes fails (0: none).  What was
 * left of the last n; -ESRCH if it has no thread, or there is no such process.
 */
s64 process_fail_nth(int pid, u64 n);
/* True if it has been killed or is exiting, and may not have given back all its memory yet. */
bool process_is_ending(struct process *p);
/* Makes mm (null: none) the calling thread's address space, on this CPU; returns the old one. */
struct mm_struct *thread_swap_mm(struct mm_struct *mm);
/* The same for the caller's process, of which it is the only thread. */
struct mm_struct *process_swap_mm(struct mm_struct *mm);
/* Waits until the threads of all processes that were reaped are freed. */
void process_quiesce(void);
