/* SPDX-License-Identifier: MIT */
/* Time since boot, from the TSC, and the date. */
#pragma once

#include "kernel/lib/types.h"

#define NSEC_PER_SEC  1000000000UL
#define NSEC_PER_MSEC 1000000UL
#define HZ	      100 /* timer ticks a second on each CPU */
#define NSEC_PER_TICK (NSEC_PER_SEC / HZ)
#define TIME_MAX      (1UL << 62) /* ns; more is as good as never, and sums do not overflow */

/* Starts the clock at 0.  Once, after apic_init() has measured tsc_hz. */
void time_init(void);
/*
 * Nanoseconds since 1 January 1970, UTC, by what the clock on a battery said at boot; since boot if
 * it said nothing.  Nobody sets it, so it goes on as now_ns() does.
 */
u64 date_ns(void);
/* Nanoseconds since boot, 0 before time_init(); never goes back on one CPU. */
u64 now_ns(void);
