/* SPDX-License-Identifier: MIT */
/* Mutex: first come, first served; the releaser hands it to the first that waits. */
#include "kernel/core/log.h"
#include "kernel/sched/lockdep.h"
#include "kernel/sched/sync.h"

void mutex_init(struct mutex *m, enum lock_class class)
{
	m->owner = NULL;
	m->class = class;
	wait_queue_init(&m->wait);
}

void mutex_lock(struct mutex *m)
{
	struct waiter w;
	u64 flags;

	might_sleep();
	lockdep_acquire(m->class, m, false, LOCK_CALLER);
	flags = spin_lock_irqsave(&m->wait.lock);
	if (likely(!m->owner)) {
		m->owner = current;
		spin_unlock_irqrestore(&m->wait.lock, flags);
		return;
	}
	waiter_enqueue(&m->wait, &w);
	spin_unlock_irqrestore(&m->wait.lock, flags);
	waiter_sleep(&m->wait, &w);
}

bool mutex_trylock(struct mutex *m)
{
	u64 flags = spin_lock_irqsave(&m->wait.lock);
	bool got = !m->owner;

	if (got)
		m->owner = current;
	spin_unlock_irqrestore(&m->wait.lock, flags);
	if (got)
		lockdep_acquire(m->class, m, true, LOCK_CALLER);
	return got;
}

void mutex_unlock(struct mutex *m)
{
	struct waiter *first;
	u64 flags;

	BUG_ON(!mutex_is_held(m));
	lockdep_release(m->class, m, LOCK_CALLER);
	flags = spin_lock_irqsave(&m->wait.lock);
	first = list_first_entry_or_null(&m->wait.waiters, struct waiter, link);
	m->owner = first ? first->thread : NULL;
	if (first)
		waiter_grant(first);
	spin_unlock_irqrestore(&m->wait.lock, flags);
}

bool mutex_is_held(const struct mutex *m)
{
	return READ_ONCE(m->owner) == current;
}
