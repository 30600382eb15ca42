/* SPDX-License-Identifier: MIT */
/*
 * Wait queues.  A wake-up cannot be lost: the waiter is on the queue and marked
 * sleeping before it tests its condition, the waker changes the condition before
 * it looks at the queue, and both take the queue's lock in between.
 *
 * A waiter lives on its thread's stack, so finish_wait() takes the lock even if
 * the waiter is off the queue already: the waker may still be at work with it.
 */
#include "kernel/sched/wait.h"

void wait_queue_init(struct wait_queue *q)
{
	spin_lock_init(&q->lock, LOCK_WAITQ);
	INIT_LIST_HEAD(&q->waiters);
}

void wake_up_all(struct wait_queue *q)
{
	struct waiter *w;

	IRQ_GUARD(&q->lock);
	while (!list_empty(&q->waiters)) {
		w = list_first_entry(&q->waiters, struct waiter, link);
		list_del_init(&w->link);
		wake_up_thread(w->thread);
	}
}

void prepare_to_wait(struct wait_queue *q, struct waiter *w)
{
	might_sleep();
	w->thread = current;
	IRQ_GUARD(&q->lock);
	list_add_tail(&w->link, &q->waiters);
	set_current_sleeping();
}

void finish_wait(struct wait_queue *q, struct waiter *w)
{
	set_current_running();
	IRQ_GUARD(&q->lock);
	list_del_init(&w->link);
}
