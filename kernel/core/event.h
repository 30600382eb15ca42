/* SPDX-License-Identifier: MIT */
/*
 * Events: one line at each step of a page's life (kernel/core/event.tbl).
 * Always counted; what else happens is one predictable branch away.
 */
#pragma once

#include <abi/event_ids.h>
#include <abi/kernel.h>
#include "kernel/lib/types.h"
#include "kernel/x86/cpu_local.h"

/* One CPU's; a power of two in size, so that EVENT() finds them by a shift. */
struct event_counts {
	u64 n[NR_EVENTS];
} __aligned(512);

extern struct event_counts event_counts[MAXCPU];
extern u8 event_active[NR_EVENTS]; /* (a) non-zero: traced, delayed, a hold armed, or set by GDB */

/* The slow path of EVENT(): trace, delay and hold; GDB breaks here.  Sleeps only at OPEN events. */
void event_hit(enum event_id id, u64 f0, u64 f1, u64 f2);

#define EVENT(name, ...) EVENT_(EV_##name, ##__VA_ARGS__, 0, 0, 0)
#define EVENT_(id, f0, f1, f2, ...) \
	do { \
		event_counts[cpu_id()].n[id]++; \
		if (unlikely(READ_ONCE(event_active[id]))) \
			event_hit(id, (u64)(f0), (u64)(f1), (u64)(f2)); \
	} while (0)

/* Sum over all CPUs; exact when the event is not happening right now. */
u64 event_count(enum event_id id);

/*
 * Arms a hold: the next thread that passes the OPEN event on behalf of pid (0:
 * any) stops there until event_release().  -EINVAL for an ATOMIC event, -EBUSY
 * if armed already.
 */
int event_hold(enum event_id id, int pid);
/* True while a thread is held at the event. */
bool event_is_held(enum event_id id);
/* Lets a held thread go on and disarms. */
void event_release(enum event_id id);
/*
 * From now on each thread that passes the event, ATOMIC ones too, first spins for so
 * many pauses of the processor (0: off).  -EINVAL above EVENT_DELAY_MAX.
 */
int event_delay(enum event_id id, u64 pauses);
/* Logs a line each time the event passes (on or off). */
void event_trace(enum event_id id, bool on);

/*
 * Fault injection: the n-th failable step from now on of the calling thread, or
 * (batch) of all batch threads together, the scanners, fails, once (0: none will).
 * Returns how many steps off the failure asked for before still was; 0 once it has been met.
 */
u64 fail_nth(u64 n, bool batch);
/* The same of the thread whose countdown this is, and which may run meanwhile. */
u64 fail_nth_at(u64 *countdown, u64 n);
/* The n-th time that event id asks should_fail_event() it fails, once (0: off). */
void fail_event(enum event_id id, u64 n);

extern u8 fail_armed; /* (a) some injection may be pending: ask the slow path */
bool should_fail_slow(void);
bool should_fail_event_slow(enum event_id id);

/* A failable step (an allocation) asks whether it shall fail.  Any context. */
static inline bool should_fail(void)
{
	return unlikely(READ_ONCE(fail_armed)) && should_fail_slow();
}

/* As should_fail(), for the failable step that belongs to an event. */
static inline bool should_fail_event(enum event_id id)
{
	return unlikely(READ_ONCE(fail_armed)) && should_fail_event_slow(id);
}

/* What events need of the scheduler floor, which fills this in. */
struct event_hooks {
	void (*hold)(enum event_id id);	    /* sleeps while event_is_held(id) */
	void (*release)(void);		    /* wakes all that sleep in hold(): they look again */
	int (*current_pid)(void);	    /* of the process running here, 0 if none */
	u64 *(*fail_countdown)(bool batch); /* counter of the calling thread, or of batch threads */
};
extern struct event_hooks event_hooks;
