/* SPDX-License-Identifier: MIT */
/* Sleeping until a time: a sorted list of sleepers a CPU, looked at by each tick. */
#include "kernel/core/time.h"
#include "kernel/sched/runq.h"
#include "kernel/sched/sync.h"

struct sleepers {
	spinlock_t lock;       /* TIMER */
	struct list_head list; /* (lock) threads by timer_end, the earliest first */
};

static struct sleepers sleepers[MAXCPU];

void timer_init(void)
{
	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		spin_lock_init(&sleepers[cpu].lock, LOCK_TIMER);
		INIT_LIST_HEAD(&sleepers[cpu].list);
	}
}

static void insert_sorted(struct list_head *list, struct thread *t)
{
	struct thread *later;

	list_for_each_entry(later, list, timer_link)
		if (later->timer_end > t->timer_end)
			break;
	list_add_tail(&t->timer_link, &later->timer_link); /* before it, or at the end */
}

void timer_arm(u64 end_ns)
{
	struct thread *t = current;
	struct sleepers *s = &sleepers[cpu_id()];
	u64 flags = spin_lock_irqsave(&s->lock);

	t->timer_cpu = cpu_id();
	t->timer_end = end_ns;
	insert_sorted(&s->list, t);
	spin_unlock_irqrestore(&s->lock, flags);
}

/* Takes the lock even if the tick was faster: the tick may still be using the thread. */
void timer_disarm(void)
{
	struct sleepers *s = &sleepers[current->timer_cpu];
	u64 flags = spin_lock_irqsave(&s->lock);

	list_del_init(&current->timer_link);
	spin_unlock_irqrestore(&s->lock, flags);
}

void timer_tick(u64 now)
{
	struct sleepers *s = &sleepers[cpu_id()];
	u64 flags;

	if (list_empty(&s->list)) /* only this CPU adds, and not while in its own interrupt */
		return;
	flags = spin_lock_irqsave(&s->lock);
	while (!list_empty(&s->list)) {
		struct thread *t = list_first_entry(&s->list, struct thread, timer_link);

		if (t->timer_end > now)
			break;
		list_del_init(&t->timer_link);
		wake_up_thread(t);
	}
	spin_unlock_irqrestore(&s->lock, flags);
}

void sleep_until(u64 end_ns)
{
	might_sleep();
	timer_arm(end_ns);
	set_current_sleeping();
	/* the tick, or who kills us, may have come before we were sleeping */
	if (now_ns() < end_ns && !READ_ONCE(current->kill_pending))
		schedule();
	set_current_running();
	timer_disarm();
}

void sleep_ns(u64 ns)
{
	sleep_until(now_ns() + ns);
}
