/* SPDX-License-Identifier: MIT */
/* What sleeps: wait queues, mutex, rwsem, page lock. */
#pragma once

#include "kernel/sched/thread.h"

struct page;

struct wait_queue {
	spinlock_t lock;	  /* WAITQ, irqsave */
	struct list_head waiters; /* (lock) */
};

struct waiter {
	struct list_head link;	/* (wait_queue.lock) */
	struct thread *thread;	/* (c) */
	bool woken;		/* (wait_queue.lock) */
	bool exclusive;		/* (c) rwsem: wants to write */
};

#define WAIT_QUEUE_INIT(q) { SPINLOCK_INIT(LOCK_WAITQ), LIST_HEAD_INIT((q).waiters) }

void wait_queue_init(struct wait_queue *q);
/* Wakes every waiter, or the first one.  Any context. */
void wake_up_all(struct wait_queue *q);
void wake_up_one(struct wait_queue *q);

/* Enters the queue and marks the caller sleeping; then test, schedule(), finish_wait(). */
void prepare_to_wait(struct wait_queue *q, struct waiter *w);
void finish_wait(struct wait_queue *q, struct waiter *w);

/* Sleeps until cond holds; cond is evaluated without locks, after each wake-up. */
#define wait_event(q, cond)                                  \
	do {                                                 \
		struct waiter __w;                           \
		for (;;) {                                   \
			prepare_to_wait((q), &__w);          \
			if (cond)                            \
				break;                       \
			schedule();                          \
			finish_wait((q), &__w);              \
		}                                            \
		finish_wait((q), &__w);                      \
	} while (0)

/* As wait_event(), but also ends after about ns nanoseconds; true if cond held. */
#define wait_event_timeout(q, cond, ns) \
	({ u64 __end = now_ns() + (ns); wait_event_until((q), (cond), __end); (cond); })

/* As wait_event(), gives up when the caller is to be killed; 0 or -EINTR. */
#define wait_event_killable(q, cond)                                     \
	({                                                               \
		wait_event((q), (cond) || READ_ONCE(current->kill_pending)); \
		(cond) ? 0 : -EINTR;                                     \
	})

/* Adds the caller to the timer list so that it wakes at end_ns as well. */
void timer_arm(u64 end_ns);
void timer_disarm(void);
#define wait_event_until(q, cond, end)                                   \
	do {                                                             \
		timer_arm(end);                                          \
		wait_event((q), (cond) || now_ns() >= (end));            \
		timer_disarm();                                          \
	} while (0)

struct mutex {
	struct thread *owner;	/* (wait.lock) */
	u16 class;		/* (c) enum lock_class */
	struct wait_queue wait;
};
void mutex_init(struct mutex *m, enum lock_class class);
/* Takes the mutex, sleeping.  No spinlock held. */
void mutex_lock(struct mutex *m);
__must_check bool mutex_trylock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_is_held(const struct mutex *m); /* by the caller */

/* FIFO reader-writer semaphore; a reader must not read-lock it again. */
struct rwsem {
	int readers;		/* (wait.lock) */
	struct thread *writer;	/* (wait.lock) */
	u16 class;		/* (c) enum lock_class */
	struct wait_queue wait;
};
void rwsem_init(struct rwsem *s, enum lock_class class);
void down_read(struct rwsem *s);
__must_check bool down_read_trylock(struct rwsem *s);
void up_read(struct rwsem *s);
void down_write(struct rwsem *s);
__must_check bool down_write_trylock(struct rwsem *s);
void up_write(struct rwsem *s);
/* True if anybody holds it (at least) for reading / the caller holds it for writing. */
bool rwsem_is_locked(const struct rwsem *s);
bool rwsem_is_write_held(const struct rwsem *s);

/* Guards: hold until the end of the enclosing block. */
static inline struct rwsem *read_guard_enter(struct rwsem *s) { down_read(s); return s; }
static inline struct rwsem *write_guard_enter(struct rwsem *s) { down_write(s); return s; }
static inline struct mutex *mutex_guard_enter(struct mutex *m) { mutex_lock(m); return m; }
static inline void read_guard_exit(struct rwsem **s) { up_read(*s); }
static inline void write_guard_exit(struct rwsem **s) { up_write(*s); }
static inline void mutex_guard_exit(struct mutex **m) { mutex_unlock(*m); }
#define READ_GUARD(s)  struct rwsem *__cleanup(read_guard_exit) CONCAT(guard_, __LINE__) = read_guard_enter(s)
#define WRITE_GUARD(s) struct rwsem *__cleanup(write_guard_exit) CONCAT(guard_, __LINE__) = write_guard_enter(s)
#define MUTEX_GUARD(m) struct mutex *__cleanup(mutex_guard_exit) CONCAT(guard_, __LINE__) = mutex_guard_enter(m)

/*
 * The page lock (PG_locked).  It may be released by another context.  A thread
 * that holds one page lock may only try a second.
 */
void lock_page(struct page *page);
__must_check bool trylock_page(struct page *page);
void unlock_page(struct page *page);
bool PageLocked(const struct page *page);
