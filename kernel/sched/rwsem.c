/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer semaphore, first come, first served: a reader that comes after
 * a waiting writer waits too, so writers do not starve.  That is why a reader
 * must not read-lock it again: with a writer queued in between it would wait for
 * itself.
 *
 * All that matters stands in one word:
 *
 *	count:   readers × RW_READER  |  RW_WAITERS  |  RW_WRITER
 *
 * Without waiters one compare-and-exchange takes the semaphore and one addition
 * releases it.  RW_WAITERS is set, under the queue's lock, before a thread looks
 * for the last time whether it must wait: then nobody overtakes it, and the last
 * to release sees the bit and hands the semaphore to the head of the queue.
 */
#include "kernel/core/log.h"
#include "kernel/sched/lockdep.h"
#include "kernel/sched/rwsem.h"

enum { RW_WRITER = 1, RW_WAITERS = 2, RW_READER = 4 };

void rwsem_init(struct rwsem *s, enum lock_class lock_class)
{
	s->count = 0;
	s->writer = NULL;
	s->lock_class = lock_class;
	wait_queue_init(&s->wait);
}

static u32 rwsem_add(struct rwsem *s, u32 n)
{
	return __atomic_add_fetch(&s->count, n, __ATOMIC_SEQ_CST);
}

/* --- taking ------------------------------------------------------------------- */

/* Takes s if that needs no waiting and overtakes nobody. */
static bool rwsem_try_take(struct rwsem *s, bool exclusive)
{
	u32 seen = READ_ONCE(s->count);

	for (;;) {
		if (seen & (RW_WRITER | RW_WAITERS))
			return false;
		if (exclusive && seen) /* by readers */
			return false;
		if (try_cmpxchg(&s->count, &seen, seen + (exclusive ? RW_WRITER : RW_READER)))
			return true;
	}
}

/* The semaphore is w's now; w may be gone as soon as it can see that. */
static void grant(struct waiter *w)
{
	struct thread *t = w->thread;

	list_del_init(&w->link);
	smp_store_release(&w->granted, true);
	wake_up_thread(t);
}

/* Hands s to those at the head of the queue that can have it now: one writer or several readers. */
static void grant_waiters(struct rwsem *s)
{
	struct waiter *w;

	assert_spin_held(&s->wait.lock);
	while (!list_empty(&s->wait.waiters)) {
		u32 seen = READ_ONCE(s->count); /* can only shrink while RW_WAITERS is set */

		w = list_first_entry(&s->wait.waiters, struct waiter, link);
		if (seen & RW_WRITER || (w->exclusive && seen >= RW_READER))
			return;
		rwsem_add(s, w->exclusive ? RW_WRITER : RW_READER);
		grant(w);
	}
	rwsem_add(s, -RW_WAITERS);
}

/* Queues the caller and sleeps until its turn comes; perhaps at once, if s has become free. */
static __noinline void wait_for_turn(struct rwsem *s, bool exclusive)
{
	struct waiter w = { .thread = current, .exclusive = exclusive };
	u64 flags = spin_lock_irqsave(&s->wait.lock);

	__atomic_fetch_or(&s->count, RW_WAITERS, __ATOMIC_SEQ_CST);
	list_add_tail(&w.link, &s->wait.waiters);
	grant_waiters(s);
	spin_unlock_irqrestore(&s->wait.lock, flags);
	for (;;) {
		set_current_sleeping();
		if (smp_load_acquire(&w.granted))
			break;
		schedule();
	}
	finish_wait(&s->wait, &w);
}

static __always_inline void rwsem_take(struct rwsem *s, bool exclusive, u64 ip)
{
	might_sleep();
	lockdep_acquire(s->lock_class, s, false, ip);
	if (unlikely(!rwsem_try_take(s, exclusive)))
		wait_for_turn(s, exclusive);
}

void down_read(struct rwsem *s)
{
	rwsem_take(s, false, LOCK_CALLER);
}

bool down_read_trylock(struct rwsem *s)
{
	if (!rwsem_try_take(s, false))
		return false;
	lockdep_acquire(s->lock_class, s, true, LOCK_CALLER);
	return true;
}

void down_write(struct rwsem *s)
{
	rwsem_take(s, true, LOCK_CALLER);
	WRITE_ONCE(s->writer, current);
}

/* --- giving back -------------------------------------------------------------- */

static __noinline void rwsem_hand_over(struct rwsem *s)
{
	IRQ_GUARD(&s->wait.lock);
	if (READ_ONCE(s->count) & RW_WAITERS) /* or somebody else was faster */
		grant_waiters(s);
}

void up_read(struct rwsem *s)
{
	BUG_ON(READ_ONCE(s->count) < RW_READER);
	lockdep_release(s->lock_class, s, LOCK_CALLER);
	if (unlikely(rwsem_add(s, -RW_READER) == RW_WAITERS))
		rwsem_hand_over(s);
}

void up_write(struct rwsem *s)
{
	BUG_ON(!rwsem_is_write_held(s));
	lockdep_release(s->lock_class, s, LOCK_CALLER);
	WRITE_ONCE(s->writer, NULL);
	if (unlikely(rwsem_add(s, -RW_WRITER) & RW_WAITERS))
		rwsem_hand_over(s);
}

bool rwsem_is_locked(const struct rwsem *s)
{
	return READ_ONCE(s->count) & ~RW_WAITERS;
}

bool rwsem_is_write_held(const struct rwsem *s)
{
	return READ_ONCE(s->writer) == current;
}
