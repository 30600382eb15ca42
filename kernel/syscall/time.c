/* SPDX-License-Identifier: MIT */
/* System calls on time. */
#include <abi/errno.h>
#include "kernel/core/time.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/uaccess.h"

#define CLOCK_REALTIME	0
#define CLOCK_MONOTONIC 1

#define ALARM_AS_IT_WAS ~0UL

/* Sleeps at least so long; -EINTR if a signal came first. */
s64 sys_nanosleep(u64 ns)
{
	if (wait_event_timeout(&current_process()->wait, signal_pending(), ns))
		return -EINTR;
	return 0;
}

/* Time since boot, or since 1 January 1970.  -EINVAL another clock, -EFAULT. */
s64 sys_clock_gettime(int clock, void *ts)
{
	u64 now = clock == CLOCK_REALTIME ? date_ns() : now_ns();
	const u64 time[] = { now / NSEC_PER_SEC, now % NSEC_PER_SEC }; /* a struct timespec */

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	return copy_to_user(ts, time, sizeof(time));
}

/* How long until the alarm, at least 1 ns; 0 if it is not set. */
static u64 ns_left(const struct timer *alarm, u64 now)
{
	if (list_empty(&alarm->link))
		return 0;
	return MAX(alarm->end, now + 1) - now;
}

/* SIGALRM in `ns` (0: never; -1: as it was), then every `interval`; the ns that were left or 0. */
s64 sys_alarm(u64 ns, u64 interval)
{
	struct timer *alarm = &current->alarm;
	u64 now = now_ns(), left = ns_left(alarm, now);

	if (ns == ALARM_AS_IT_WAS)
		return left;
	timer_stop(alarm);
	if (ns)
		timer_start(alarm, now + MIN(ns, TIME_MAX), MIN(interval, TIME_MAX));
	return left;
}
