/* SPDX-License-Identifier: MIT */
/* Wait queues: how a thread sleeps until something has come true. */
#pragma once

#include <abi/errno.h>
#include "kernel/core/time.h"
#include "kernel/sched/timer.h"

struct wait_queue {
	spinlock_t lock;	  /* WAITQ */
	struct list_head waiters; /* (lock) first come first */
};

/* One sleeping thread; lives on its stack. */
struct waiter {
	struct list_head link; /* (wait_queue.lock) */
	struct thread *thread; /* (c) */
	bool exclusive;	       /* (c) rwsem: wants to write */
	bool granted;	       /* (a) rwsem: the lock is the waiter's now */
};

/* Makes an empty queue. */
void wait_queue_init(struct wait_queue *q);
/* Wakes every waiter.  Any context. */
void wake_up_all(struct wait_queue *q);

/*
 * Enters the queue and marks the caller sleeping; then test, perhaps schedule(),
 * and in any case finish_wait().  Nothing that may sleep in between.
 */
void prepare_to_wait(struct wait_queue *q, struct waiter *w);
void finish_wait(struct wait_queue *q, struct waiter *w);

/*
 * Sleeps until cond holds.  cond is evaluated without locks, after each wake-up,
 * and never again once it was true; it must not sleep.
 */
#define wait_event(q, cond) \
	do { \
		struct waiter __w; \
		might_sleep(); \
		while (!(cond)) { \
			prepare_to_wait((q), &__w); \
			if (cond) { \
				finish_wait((q), &__w); \
				break; \
			} \
			schedule(); \
			finish_wait((q), &__w); \
		} \
	} while (0)

/* As wait_event(), gives up for a signal or when the caller is to be killed; 0 or -EINTR. */
#define wait_event_interruptible(q, cond) \
	({ \
		wait_event((q), (cond) || signal_pending()); \
		(cond) ? 0 : -EINTR; \
	})

/* As wait_event(), but gives up after about ns nanoseconds, any number; true if cond holds. */
#define wait_event_timeout(q, cond, ns) \
	({ \
		u64 __end = now_ns() + MIN((u64)(ns), TIME_MAX); \
		timer_start(&current->sleep_timer, __end, 0); \
		wait_event((q), (cond) || now_ns() >= __end); \
		timer_stop(&current->sleep_timer); \
		(cond); \
	})
