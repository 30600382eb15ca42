/* SPDX-License-Identifier: MIT */
/*
 * Threads and the scheduler.  The kernel is not preemptible: a thread leaves
 * its CPU only in schedule(), cond_resched() and what sleeps.
 */
#pragma once

#include <abi/errno.h>
#include <abi/signal.h>
#include "kernel/core/lock_hooks.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/list.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/regs.h"
#include "kernel/x86/trap.h"
#include "mm/frame/kmap.h"

struct ipc_call;
struct mm_struct;
struct process;

enum thread_state { T_RUNNABLE, T_SLEEPING, T_DEAD };

/*
 * NORMAL is round robin in 10 ms slices, BATCH (the scanners) gets one slice in
 * ten even when the CPU is busy, IDLE is each CPU's own.
 */
enum sched_class { SCHED_NORMAL, SCHED_BATCH, SCHED_IDLE };

/*
 * Something that will happen to a thread at a time.
 * (o) the thread itself, (c) constant, (w) the timer lock of CPU cpu
 */
struct timer {
	struct list_head link; /* (w) in the list of its CPU, or empty */
	u64 end;	       /* (w) ns since boot */
	u64 interval;	       /* (w) 0, or ns to the next time */
	u32 cpu;	       /* (o) */
	struct thread *thread; /* (c) that it wakes */
	sigset_t signals;      /* (c) that it sends there */
};

/*
 * (r) run-queue lock of its CPU, (c) constant once it runs, (o) the thread
 * itself, (a) atomic, (e) ENDPOINT lock, (P) PROC_TREE, for others than itself
 */
struct thread {
	u64 rsp;		      /* (r) saved stack pointer while not running */
	void *stack;		      /* (c) lowest address of the kernel stack */
	u64 canary;		      /* (c) stack protector */
	enum thread_state state;      /* (r) but for set_current_sleeping() */
	enum sched_class sched_class; /* (c) */
	u32 cpu;		      /* (r) where it runs, is queued or ran last */
	u64 affinity;		      /* (o) CPUs it may run on, a bit each */
	bool kill_pending;	      /* (a) dies at the next return to user mode */
	bool notified;		      /* (a) a signal may be there to deliver: set after pending */
	bool irq_pending;	      /* (a) an interrupt has set bits at an endpoint of ours */
	struct io_ports ports;	      /* (o) that it may use in user mode */
	struct list_head rq_link;     /* (r) in the queue where it waits, or empty */
	struct list_head sibling;     /* (P) in process->threads until it exits */
	bool leaving;		      /* (P) ends: only what kills its process is sent to it */
	int tid;		 /* (P) its process's pid, or above PID_MAX; 0 a kernel thread */
	u64 fs_base;		 /* (o) user mode's thread-local storage */
	struct mm_struct *mm;	 /* (o) address space; null for a kernel thread */
	struct process *process; /* (c) null for a kernel thread */
	struct ipc_call *call;	 /* (e) what it waits for an answer to, or null */
	void (*fn)(void *);	 /* (c) what it does */
	void *arg;		 /* (c) */
	char name[16];		 /* (c) */

	u64 runtime_ns;		  /* (r) time on a CPU */
	u64 faults, major_faults; /* (o) page faults that were resolved; after a wait */

	struct timer sleep_timer; /* own lock: for sleep_ns() and the like */
	struct timer alarm;	  /* own lock: SIGALRM */

	sigset_t pending;     /* (a) signals that wait */
	sigset_t blocked;     /* (P) those that have to wait on */
	sigset_t unsuspended; /* (o) the same, but for a sigsuspend() */
	stack_t altstack;     /* (o) ss_size 0: none */

	u64 fail_countdown; /* (a) fault injection, 0 off */
	u32 held_locks;	    /* (o) mutexes and rwsems held; debug builds: all that sleep */
#if CONFIG_LOCKDEP
	struct held_lock held[HELD_LOCKS_MAX]; /* (o) the first held_locks of it */
#endif

	/* A new thread has all of the above zeroed; of these only what somebody has set. */
	siginfo_t siginfo[NSIG]; /* (P) of those pending; SIGALRM's, which the tick sends, always */
	struct fpu_state fpu;	 /* (o) user SSE state while not running */
};

/* The thread running here. */
#define current cpu_thread()

/* The frame with which the thread entered the kernel from user mode, or will enter user mode. */
static inline struct pt_regs *thread_regs(struct thread *t)
{
	return (struct pt_regs *)(t->stack + KSTACK_SIZE) - 1;
}

static inline struct pt_regs *current_regs(void)
{
	return thread_regs(current);
}

/* Lets user mode of the caller use these ports and no others. */
static inline void set_io_ports(struct io_ports ports)
{
	current->ports = ports; /* first: a switch in between loads them */
	irq_disable();
	x86_set_ports(ports);
	irq_enable();
}

/* Tells user mode of the caller where its thread-local storage is, a canonical address. */
static inline void set_fs_base(u64 base)
{
	current->fs_base = base; /* first: a switch in between loads it */
	wrmsr(MSR_FS_BASE, base);
}

/* Whether the caller should hurry back to user mode: to die, or for a signal. */
static inline bool signal_pending(void)
{
	return READ_ONCE(current->kill_pending) || READ_ONCE(current->pending) & ~current->blocked;
}

/*
 * Makes the run queues, turns the caller into CPU 0's idle thread and fills in
 * the tick and AP hooks of kernel/x86/hooks.h.  After slab and kmap.
 */
void sched_init(void);
/* For smp_start(): the top of a stack for CPU cpu's idle thread, or NULL. */
void *sched_alloc_idle_stack(u32 cpu);
/* Starts this CPU's tick and lets it schedule; the calling flow becomes its idle thread. */
void __noreturn sched_start_cpu(void);

/*
 * A new thread that will start in fn(arg) with interrupts on; not yet queued.
 * NULL if memory is short.  Freed by the scheduler after thread_exit().
 */
struct thread *thread_create(const char *name, void (*fn)(void *), void *arg,
			     enum sched_class sched_class);
/* Lets a thread run that is runnable and nowhere queued, on the best CPU.  Any context. */
void thread_start(struct thread *t);
/* thread_create() and thread_start(); panics without memory (boot time only). */
struct thread *kthread_run(const char *name, void (*fn)(void *), void *arg,
			   enum sched_class sched_class);
/* Frees a thread that was never started. */
void thread_destroy(struct thread *t);
/* Ends the calling thread; it holds no lock and has given up its mm. */
void __noreturn thread_exit(void);

/*
 * Gives up the CPU; a runnable caller is queued after the others of its class.  A
 * dead thread that ran before is freed here.  Interrupts on, no spinlock held.
 */
void schedule(void);
/*
 * Puts the caller to sleep until it is woken and lets t, which sleeps and ran last
 * on this CPU, go on here at once, for the rest of the caller's slice.  False, and
 * nothing done: t does not, or the slice is over, or the caller is to die.  lock,
 * without which t might be gone, is held; it is released when the answer is true.
 */
bool schedule_to(struct thread *t, spinlock_t *lock);
/* The runnable caller lets everybody else go first, batch threads too (for up to a slice). */
void sched_yield(void);
#if CONFIG_LOCKDEP
/*
 * Panics if the caller may not sleep here: a spinlock held, interrupts off, or
 * marked sleeping already.  Debug builds only.
 */
void might_sleep(void);
#else
#define might_sleep() ((void)0)
#endif

/* schedule() if the slice is over or somebody more urgent waits.  Context as schedule(). */
static inline void cond_resched(void)
{
	might_sleep();
	if (unlikely(READ_ONCE(this_cpu()->need_resched)))
		schedule();
}

/* Between two steps of a long call: others may run; -EINTR if the caller is to die. */
static inline int cond_resched_killable(void)
{
	cond_resched();
	return READ_ONCE(current->kill_pending) ? -EINTR : 0;
}

/* The part of the user_return hook that concerns the scheduler.  Interrupts off at both ends. */
void sched_reschedule_user(void);
static inline void sched_user_return(void)
{
	if (CONFIG_LOCKDEP || unlikely(READ_ONCE(this_cpu()->need_resched)))
		sched_reschedule_user();
}

/*
 * Marks the caller sleeping; the next schedule() leaves it so unless it was
 * woken between.  Full barrier: test the condition after it.
 */
static inline void set_current_sleeping(void)
{
	(void)xchg(&current->state, T_SLEEPING);
}
static inline void set_current_running(void)
{
	WRITE_ONCE(current->state, T_RUNNABLE);
}
/* Makes a sleeping thread runnable.  Any context. */
void wake_up_thread(struct thread *t);
/* Moves the caller to a CPU of the mask now; -EINVAL if none of them is online. */
int set_affinity(u64 mask);

/*
 * Runs fn(arg) here while every other CPU sits in its idle thread with
 * interrupts on, at a point where no kernel code is in the middle of anything
 * but sleeping.  fn must not sleep.  Sleeps itself; no spinlock held.
 */
void stop_machine(void (*fn)(void *), void *arg);

/* Fills in the event hooks (all but current_pid), so that a test can hold a thread. */
void event_hold_init(void);

/* What the scheduler asks of the floors above. */
struct sched_hooks {
	/* Loads next's page table if it differs; runs with interrupts off. */
	void (*switch_mm)(struct mm_struct *prev, struct mm_struct *next);
	/* A thread of process has died and is freed; another thread calls this.  Must not sleep. */
	void (*thread_free)(struct process *process);
};
extern struct sched_hooks sched_hooks;
