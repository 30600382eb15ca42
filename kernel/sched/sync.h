/* SPDX-License-Identifier: MIT */
/* What sleeps: wait queues, mutex, rwsem. */
#pragma once

#include <abi/errno.h>
#include "kernel/core/time.h"
#include "kernel/sched/thread.h"

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

/* Starts a timer of the caller, which must not be running, or stops it. */
void timer_start(struct timer *t, u64 end_ns, u64 interval);
void timer_stop(struct timer *t);
/* As wait_event(), but gives up after about ns nanoseconds, any number; true if cond holds. */
#define wait_event_timeout(q, cond, ns) \
	({ \
		u64 __end = now_ns() + MIN((u64)(ns), TIME_MAX); \
		timer_start(&current->sleep_timer, __end, 0); \
		wait_event((q), (cond) || now_ns() >= __end); \
		timer_stop(&current->sleep_timer); \
		(cond); \
	})

/* FIFO reader-writer semaphore; a reader must not read-lock it again. */
struct rwsem {
	u32 count;	       /* (a) readers, writer, waiters: see rwsem.c */
	u16 lock_class;	       /* (c) enum lock_class */
	struct thread *writer; /* (a) that holds it for writing */
	struct wait_queue wait;
};

/* Makes it free; lock_class is its place in the lock order. */
void rwsem_init(struct rwsem *s, enum lock_class lock_class);
/* Take it for reading or writing, sleeping.  No spinlock held. */
void down_read(struct rwsem *s);
void down_write(struct rwsem *s);
/* Takes it for reading if that needs no waiting and overtakes nobody; true if taken. */
__must_check bool down_read_trylock(struct rwsem *s);
/* Give it back, in the way it was taken; the next in line get it. */
void up_read(struct rwsem *s);
void up_write(struct rwsem *s);
/* True if anybody holds it (at least) for reading / the caller holds it for writing. */
bool rwsem_is_locked(const struct rwsem *s);
bool rwsem_is_write_held(const struct rwsem *s);

/* A mutex is an rwsem that is only ever taken for writing. */
#define mutex_init(m, which) rwsem_init(m, which)
#define mutex_lock(m)	     down_write(m)
#define mutex_unlock(m)	     up_write(m)
#define mutex_is_held(m)     rwsem_is_write_held(m)

/* Guards: hold until the end of the enclosing block. */
DEFINE_GUARD_EXIT(read_guard, struct rwsem, up_read)
DEFINE_GUARD_EXIT(write_guard, struct rwsem, up_write)

#define READ_GUARD(s)  GUARD_VARIABLE(read_guard, struct rwsem, down_read, s)
#define WRITE_GUARD(s) GUARD_VARIABLE(write_guard, struct rwsem, down_write, s)
#define MUTEX_GUARD(m) WRITE_GUARD(m)
