/* SPDX-License-Identifier: MIT */
/* Timers: a sorted list in each CPU's run queue, looked at by each tick. */
#include "kernel/sched/timer.h"
#include "kernel/sched/runq.h"
#include "kernel/sched/wait.h"

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
	struct runq *rq = this_runq();

	IRQ_GUARD(&rq->timer_lock);
	t->cpu = cpu_id();
	t->end = end_ns;
	t->interval = interval;
	insert_sorted(&rq->timers, t);
}

/* Takes the lock even if the tick was faster: the tick may still be using the thread. */
void timer_stop(struct timer *t)
{
	IRQ_GUARD(&runqs[t->cpu].timer_lock);
	list_del_init(&t->link);
}

static void expire(struct list_head *timers, struct timer *t, u64 now)
{
	list_del_init(&t->link);
	__atomic_fetch_or(&t->thread->pending, t->signals, __ATOMIC_SEQ_CST);
	if (t->signals)
		WRITE_ONCE(t->thread->notified, true);
	wake_up_thread(t->thread);
	if (!t->interval)
		return;
	t->end = MAX(t->end + t->interval, now + 1); /* one signal for all that were missed */
	insert_sorted(timers, t);
}

void timer_tick(u64 now)
{
	struct runq *rq = this_runq();
	struct timer *t;

	if (list_empty(&rq->timers)) /* only this CPU adds, and not while in its own interrupt */
		return;
	IRQ_GUARD(&rq->timer_lock);
	for (;;) {
		t = list_first_entry_or_null(&rq->timers, struct timer, link);
		if (!t || t->end > now)
			break;
		expire(&rq->timers, t, now);
	}
}

void sleep_ns(u64 ns)
{
	struct wait_queue nobody_wakes;

	wait_queue_init(&nobody_wakes);
	(void)wait_event_timeout(&nobody_wakes, READ_ONCE(current->kill_pending), ns);
}
