/* SPDX-License-Identifier: MIT */
/* How a test holds a thread at an event: it sleeps until the event is released. */
#include "kernel/core/event.h"
#include "kernel/sched/wait.h"

static struct wait_queue held_threads;

static void hold(enum event_id id)
{
	wait_event(&held_threads, !event_is_held(id));
}

static void release(void)
{
	wake_up_all(&held_threads);
}

static u64 *fail_countdown(bool batch)
{
	static u64 of_batch; /* (a) */

	return batch || current->sched_class == SCHED_BATCH ? &of_batch : &current->fail_countdown;
}

void event_hold_init(void)
{
	wait_queue_init(&held_threads);
	event_hooks.hold = hold;
	event_hooks.release = release;
	event_hooks.fail_countdown = fail_countdown;
}
