/* SPDX-License-Identifier: MIT */
/* Threads for in-kernel tests. */
#include "kernel/sched/crew_test.h"
#include "kernel/core/log.h"

/* Adds n to those at work.  The lock is a thread's last touch of the crew. */
static int count(struct crew *c, int n)
{
	u64 flags = spin_lock_irqsave(&c->lock);
	int left = c->at_work += n;

	spin_unlock_irqrestore(&c->lock, flags);
	return left;
}

static void crew_thread(void *arg)
{
	struct crew *c = arg;

	c->fn(c->arg);
	count(c, -1);
}

void crew_add(struct crew *c, enum sched_class sched_class, u64 affinity)
{
	struct thread *t = thread_create("crew", crew_thread, c, sched_class);

	BUG_ON(!t);
	t->affinity = affinity;
	count(c, 1);
	thread_start(t);
}

void crew_start(struct crew *c, int n, enum sched_class sched_class, void (*fn)(void *), void *arg)
{
	*c = (struct crew){ SPINLOCK_INIT(LOCK_WAITQ), 0, fn, arg };
	while (n--)
		crew_add(c, sched_class, ~0UL);
}

void crew_join(struct crew *c)
{
	while (count(c, 0))
		sleep_ns(NSEC_PER_TICK);
}
