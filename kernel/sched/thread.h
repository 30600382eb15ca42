/* SPDX-License-Identifier: MIT */
/*
 * Threads and the scheduler.  The kernel is not preemptible: a thread leaves
 * its CPU only in schedule(), cond_resched() and what sleeps.
 */
#pragma once

#include "kernel/core/spinlock.h"
#include "kernel/lib/list.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/regs.h"

struct mm_struct;
struct process;

enum thread_state { T_RUNNABLE, T_SLEEPING, T_DEAD };

/*
 * STOP runs before all (mm_check stops the other CPUs with it), NORMAL is round
 * robin in 10 ms slices, BATCH (the scanners) gets one slice in ten even when
 * the CPU is busy, IDLE is each CPU's own.
 */
enum sched_class { SCHED_STOP, SCHED_NORMAL, SCHED_BATCH, SCHED_IDLE };

/* (r) run-queue lock of its CPU, (c) constant, (o) the thread itself */
struct thread {
	u64 rsp;		   /* (r) saved stack pointer while not running */
	void *stack;		   /* (c) lowest address of the kernel stack */
	u64 canary;		   /* (c) stack protector */
	enum thread_state state;   /* (r) */
	enum sched_class class;	   /* (c) */
	u32 cpu;		   /* (r) where it runs or is queued */
	u64 affinity;		   /* (r) CPUs it may run on, a bit each */
	bool on_cpu;		   /* (a) running right now, its stack in use */
	bool on_rq;		   /* (r) in a run queue */
	u32 slice;		   /* (o) ticks left */
	struct list_head rq_link;  /* (r) */
	struct mm_struct *mm;	   /* (o) address space; null for a kernel thread */
	struct process *process;   /* (c) null for a kernel thread */
	char name[16];		   /* (c) */
	u64 fail_countdown;	   /* (o) fault injection, 0 off */
	bool kill_pending;	   /* (a) dies at the next return to user mode */
	u32 held_locks;		   /* (o) lock checker: depth of its held stack */
	u16 held_classes[24];	   /* (o) */
	const void *held_addrs[24];/* (o) */
	u64 runtime_ns;		   /* (o) time on a CPU */
	u64 started_ns;		   /* (o) when it was last switched to */
	struct fpu_state fpu;	   /* (o) user SSE state while not running */
};

/* The thread running here.  Valid always: it is the caller. */
static inline struct thread *current_thread(void)
{
	struct thread *t;
	__asm__ volatile("movq %%gs:24, %0" : "=r"(t));
	return t;
}
#define current current_thread()

/* Creates run queues and turns the caller into CPU 0's idle thread later on. */
void sched_init(void);
/* Makes the booting CPU's flow a thread, then schedules; each CPU ends here, idle. */
void __noreturn sched_start_cpu(void);

/*
 * A new thread that will start in fn(arg) with interrupts on; not yet queued.
 * NULL if memory is short.  Freed by the scheduler after thread_exit().
 */
struct thread *thread_create(const char *name, void (*fn)(void *), void *arg, enum sched_class class);
/* Lets a new thread run. */
void thread_start(struct thread *t);
/* thread_create() and thread_start(); panics without memory (boot time only). */
struct thread *kthread_run(const char *name, void (*fn)(void *), void *arg, enum sched_class class);
/* Frees a thread that was never started. */
void thread_destroy(struct thread *t);
/* Ends the calling thread. */
void __noreturn thread_exit(void);

/* Gives up the CPU; the caller is queued again if it is runnable. */
void schedule(void);
/* The caller stays runnable but goes behind the others of its class. */
void sched_yield(void);
/* schedule() if the slice is over.  Never with a spinlock held. */
void cond_resched(void);
/* Marks the caller sleeping; the next schedule() leaves it so unless it was woken between. */
void set_current_sleeping(void);
void set_current_running(void);
/* Makes a sleeping thread runnable; true if it was sleeping.  Any context. */
bool wake_up_thread(struct thread *t);
/* Sleeps about ns nanoseconds, or until woken. */
void sleep_ns(u64 ns);
/* Moves the caller to a CPU of the mask now; -EINVAL if none of them is online. */
int set_affinity(u64 mask);

/*
 * Runs fn(arg) here while every other CPU sits in its stopper thread with
 * interrupts on, at a point where no kernel code is in the middle of anything
 * but sleeping.  Sleeps; no spinlock held.
 */
void stop_machine(void (*fn)(void *), void *arg);

/* What the scheduler asks of the floors above. */
struct sched_hooks {
	/* Loads next's page table if it differs; runs with interrupts off. */
	void (*switch_mm)(struct mm_struct *prev, struct mm_struct *next);
	/* A dead thread's last words, in another thread's context. */
	void (*thread_free)(struct thread *t);
};
extern struct sched_hooks sched_hooks;
