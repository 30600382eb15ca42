/* SPDX-License-Identifier: MIT */
/* What the files of the scheduler share with one another; not for others. */
#pragma once

#include "kernel/core/time.h"
#include "kernel/sched/thread.h"

#define SLICE_NS NSEC_PER_TICK /* round robin: 10 ms each */

/* (l) the queue's own lock, (t) timer_lock, (c) constant after sched_init() */
struct runq {
	spinlock_t lock;		      /* RUNQ */
	struct list_head waiting[SCHED_IDLE]; /* (l) runnable, not running; one list a class */
	u32 nr_waiting;			      /* (l) on these lists together; read without lock */
	struct thread *running;		      /* (l) read without lock */
	struct thread idle;		      /* runs when there is nothing else */
	struct thread *switched_from;	      /* (l) between a switch and finish_switch() */
	u64 started_ns;			      /* (l) when the slice began */
	u64 charged_ns;			      /* (l) up to when its runtime_ns is accounted */
	s64 batch_credit;		      /* (l) ns that batch threads may take from others */
	spinlock_t timer_lock;		      /* TIMER */
	struct list_head timers;	      /* (t) by end, the earliest first */
} __aligned(64);

extern struct runq runqs[MAXCPU];
extern u64 online_cpus; /* (a) a bit for each CPU that schedules */

static inline struct runq *this_runq(void)
{
	return &runqs[cpu_id()];
}

/* First code of every thread: ends the switch to it, then runs its function. */
void thread_entry(void *thread);
/* Ends a switch: releases the run queue, looks after the thread that ran before. */
void finish_switch(u64 flags);
/* Frees a dead thread.  Context as schedule(). */
void thread_reap(struct thread *t);
/* Makes t the idle thread of CPU cpu; its stack is the one in use there. */
void thread_init_idle(struct thread *t, u32 cpu);
/* Makes the cache of threads. */
void thread_cache_init(void);

/* Wakes this CPU's sleepers whose time has come.  Timer interrupt. */
void timer_tick(u64 now);
