/* SPDX-License-Identifier: MIT */
/* Timers: a sorted list a CPU, looked at by each tick. */
#include "kernel/core/time.h"
#include "kernel/sched/runq.h"
#include "kernel/sched/sync.h"

struct sleepers {
	spinlock_t lock;       /* TIMER */
	struct list_head list; /* (lock) timers by end, the earliest first */
};

static struct sleepers sleepers[MAXCPU];

void timer_init(void)
{
	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		spin_lock_init(&sleepers[cpu].lock, LOCK_TIMER);
		INIT_LIST_HEAD(&sleepers[cpu].list);
	}
}

static void insert_sorted(struct list_head *list, struct timer *t)
{
	struct timer *later;

	list_for_each_entry(later, list, link)
		if (later->end > t->end)
			break;
	list_add_tail(&t->link, &later->link); /* before it, or at the end */
}

void timer_start(struct timer *t, u64 end_ns, u64 interval)
{
	struct sleepers *s = &sleepers[cpu_id()];

	IRQ_GUARD(&s->lock);
	t->cpu = cpu_id();
	t->end = end_ns;
	t->interval = interval;
	insert_sorted(&s->list, t);
}

/* Takes the lock even if the tick was faster: the tick may still be using the thread. */
void timer_stop(struct timer *t)
{
	IRQ_GUARD(&sleepers[t->cpu].lock);
	list_del_init(&t->link);
}

static void expire(struct sleepers *s, struct timer *t, u64 now)
{
	list_del_init(&t->link);
	__atomic_fetch_or(&t->thread->pending, t->signals, __ATOMIC_SEQ_CST);
	if (t->signals)
		WRITE_ONCE(t->thread->notified, true);
	wake_up_thread(t->thread);
	if (!t->interval)
		return;
	t->end = MAX(t->end + t->interval, now + 1); /* one signal for all that were missed */
	insert_sorted(&s->list, t);
}

void timer_tick(u64 now)
{
	struct sleepers *s = &sleepers[cpu_id()];
	struct timer *t;

	if (list_empty(&s->list)) /* only this CPU adds, and not while in its own interrupt */
		return;
	IRQ_GUARD(&s->lock);
	while ((t = list_first_entry_or_null(&s->list, struct timer, link)) && t->end <= now)
		expire(s, t, now);
}

void sleep_ns(u64 ns)
{
	struct wait_queue nobody_wakes;

	wait_queue_init(&nobody_wakes);
	(void)wait_event_timeout(&nobody_wakes, READ_ONCE(current->kill_pending), ns);
}
