/* SPDX-License-Identifier: MIT */
/* Events: the counters, and what happens at an event that somebody is interested in. */
#include "kernel/core/event.h"
#include <abi/errno.h>
#include "kernel/core/log.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"

enum event_place { OPEN, ATOMIC };

/* (c) */
struct event_info {
	const char *name;
	const char *fields[3];
	enum event_place place;
};

static const struct event_info event_info[NR_EVENTS] = {
#define EVENT_DEF(name, place, f0, f1, f2, text) [EV_##name] = { #name, { #f0, #f1, #f2 }, place },
#include "kernel/core/event.tbl"
#undef EVENT_DEF
};

/* Bits of event_active.  For GDB nothing is done here: its breakpoint stands on event_hit(). */
enum { ACTIVE_TRACE = 1, ACTIVE_HOLD = 2, ACTIVE_GDB = 4, ACTIVE_DELAY = 8 };

/* A hold goes FREE → ARMED → HELD → FREE; armed → free too, if nobody came. */
enum hold_state { HOLD_FREE, HOLD_ARMED, HOLD_HELD };

struct hold {
	u8 state; /* (a) enum hold_state */
	int pid;  /* (c) while armed; 0: any process */
};

struct event_counts event_counts[MAXCPU];
u8 event_active[NR_EVENTS];
struct event_hooks event_hooks;
u8 fail_armed;

static struct hold holds[NR_EVENTS];
static u32 delays[NR_EVENTS];	   /* (a) pauses for each that passes */
static u64 event_fails[NR_EVENTS]; /* (a) how many more times until the event's step fails */

u64 event_count(enum event_id id)
{
	u64 sum = 0;

	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		sum += READ_ONCE(event_counts[cpu].n[id]);
	return sum;
}

static void set_active(enum event_id id, u8 bit, bool on)
{
	if (on)
		__atomic_fetch_or(&event_active[id], bit, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&event_active[id], (u8)~bit, __ATOMIC_SEQ_CST);
}

static void trace(enum event_id id, const u64 values[3])
{
	const struct event_info *e = &event_info[id];
	char line[128];
	int n = scnprintf(line, sizeof(line), "event %s:", e->name);

	for (int i = 0; i < 3; i++)
		if (strcmp(e->fields[i], "none") != 0)
			n += scnprintf(line + n, sizeof(line) - n, " %s=%lx", e->fields[i],
				       values[i]);
	pr_info("%s (pid %d)", line, event_hooks.current_pid());
}

static void hold_here(enum event_id id)
{
	struct hold *h = &holds[id];
	u8 armed = HOLD_ARMED;

	if (h->pid && h->pid != event_hooks.current_pid())
		return;
	if (try_cmpxchg(&h->state, &armed, HOLD_HELD))
		event_hooks.hold(id);
}

static void pause_for(u32 n)
{
	for (; n; n--)
		cpu_relax();
}

__noinline void event_hit(enum event_id id, u64 f0, u64 f1, u64 f2)
{
	u8 active = READ_ONCE(event_active[id]);

	if (active & ACTIVE_TRACE)
		trace(id, (u64[3]){ f0, f1, f2 });
	if (active & ACTIVE_DELAY)
		pause_for(READ_ONCE(delays[id]));
	if (active & ACTIVE_HOLD)
		hold_here(id);
}

int event_hold(enum event_id id, int pid)
{
	if (event_info[id].place != OPEN)
		return -EINVAL;
	if (READ_ONCE(event_active[id]) & ACTIVE_HOLD)
		return -EBUSY;
	holds[id].pid = pid;
	smp_store_release(&holds[id].state, HOLD_ARMED);
	set_active(id, ACTIVE_HOLD, true);
	return 0;
}

bool event_is_held(enum event_id id)
{
	return smp_load_acquire(&holds[id].state) == HOLD_HELD;
}

void event_release(enum event_id id)
{
	set_active(id, ACTIVE_HOLD, false);
	if (xchg(&holds[id].state, HOLD_FREE) == HOLD_HELD)
		event_hooks.release();
}

int event_delay(enum event_id id, u64 pauses)
{
	if (pauses > EVENT_DELAY_MAX)
		return -EINVAL;
	WRITE_ONCE(delays[id], pauses);
	set_active(id, ACTIVE_DELAY, pauses);
	return 0;
}

void event_trace(enum event_id id, bool on)
{
	set_active(id, ACTIVE_TRACE, on);
}

/* Counts down; true when it reaches zero.  0 stays 0. */
static bool count_down(u64 *n)
{
	u64 seen = READ_ONCE(*n);

	while (seen && !try_cmpxchg(n, &seen, seen - 1))
		;
	return seen == 1;
}

/* The n-th step that counts down *countdown fails (0: none). */
static void arm_failure(u64 *countdown, u64 n)
{
	WRITE_ONCE(*countdown, n);
	if (n)
		WRITE_ONCE(fail_armed, true);
}

u64 fail_nth_at(u64 *countdown, u64 n)
{
	u64 left = READ_ONCE(*countdown);

	arm_failure(countdown, n);
	return left;
}

u64 fail_nth(u64 n, bool batch)
{
	return fail_nth_at(event_hooks.fail_countdown(batch), n);
}

void fail_event(enum event_id id, u64 n)
{
	arm_failure(&event_fails[id], n);
}

/* Steps in an interrupt handler are not the interrupted thread's. */
bool should_fail_slow(void)
{
	return !this_cpu()->irq_depth && count_down(event_hooks.fail_countdown(false));
}

bool should_fail_event_slow(enum event_id id)
{
	return count_down(&event_fails[id]);
}
