/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer semaphore, first come, first served: a reader that comes behind
 * a waiting writer waits too, so writers do not starve.  That is why a reader
 * must not read-lock it again: with a writer queued in between it would wait for
 * itself.
 */
#include "kernel/core/log.h"
#include "kernel/sched/lockdep.h"
#include "kernel/sched/sync.h"

void rwsem_init(struct rwsem *s, enum lock_class class)
{
	s->readers = 0;
	s->writer = NULL;
	s->class = class;
	wait_queue_init(&s->wait);
}

/* Takes s if that needs no waiting and overtakes nobody. */
static bool try_take(struct rwsem *s, bool exclusive)
{
	assert_spin_held(&s->wait.lock);
	if (s->writer || !list_empty(&s->wait.waiters) || (exclusive && s->readers))
		return false;
	if (exclusive)
		s->writer = current;
	else
		s->readers++;
	return true;
}

/* Hands s to those at the head of the queue who can have it now: one writer or several readers. */
static void grant_waiters(struct rwsem *s)
{
	assert_spin_held(&s->wait.lock);
	while (!list_empty(&s->wait.waiters) && !s->writer) {
		struct waiter *w = list_first_entry(&s->wait.waiters, struct waiter, link);

		if (w->exclusive && s->readers)
			break;
		if (w->exclusive)
			s->writer = w->thread;
		else
			s->readers++;
		waiter_grant(w);
	}
}

static void down(struct rwsem *s, bool exclusive)
{
	struct waiter w = { .exclusive = exclusive };
	u64 flags = spin_lock_irqsave(&s->wait.lock);

	if (likely(try_take(s, exclusive))) {
		spin_unlock_irqrestore(&s->wait.lock, flags);
		return;
	}
	waiter_enqueue(&s->wait, &w);
	spin_unlock_irqrestore(&s->wait.lock, flags);
	waiter_sleep(&s->wait, &w);
}

static bool down_try(struct rwsem *s, bool exclusive)
{
	u64 flags = spin_lock_irqsave(&s->wait.lock);
	bool got = try_take(s, exclusive);

	spin_unlock_irqrestore(&s->wait.lock, flags);
	return got;
}

void down_read(struct rwsem *s)
{
	might_sleep();
	lockdep_acquire(s->class, s, false, LOCK_CALLER);
	down(s, false);
}

bool down_read_trylock(struct rwsem *s)
{
	if (!down_try(s, false))
		return false;
	lockdep_acquire(s->class, s, true, LOCK_CALLER);
	return true;
}

void up_read(struct rwsem *s)
{
	u64 flags;

	lockdep_release(s->class, s, LOCK_CALLER);
	flags = spin_lock_irqsave(&s->wait.lock);
	BUG_ON(s->readers <= 0);
	s->readers--;
	grant_waiters(s);
	spin_unlock_irqrestore(&s->wait.lock, flags);
}

void down_write(struct rwsem *s)
{
	might_sleep();
	lockdep_acquire(s->class, s, false, LOCK_CALLER);
	down(s, true);
}

bool down_write_trylock(struct rwsem *s)
{
	if (!down_try(s, true))
		return false;
	lockdep_acquire(s->class, s, true, LOCK_CALLER);
	return true;
}

void up_write(struct rwsem *s)
{
	u64 flags;

	BUG_ON(!rwsem_is_write_held(s));
	lockdep_release(s->class, s, LOCK_CALLER);
	flags = spin_lock_irqsave(&s->wait.lock);
	s->writer = NULL;
	grant_waiters(s);
	spin_unlock_irqrestore(&s->wait.lock, flags);
}

bool rwsem_is_locked(const struct rwsem *s)
{
	return READ_ONCE(s->readers) > 0 || READ_ONCE(s->writer);
}

bool rwsem_is_write_held(const struct rwsem *s)
{
	return READ_ONCE(s->writer) == current;
}
