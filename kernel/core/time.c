/* SPDX-License-Identifier: MIT */
/* Time since boot: TSC ticks times a fixed-point factor; the date: that and what a clock said. */
#include "kernel/core/time.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/rtc.h"

#define SHIFT 32

static u64 boot_tsc;	/* (c) */
static u64 ns_per_tick; /* (c) nanoseconds in a TSC tick << SHIFT; 0: the clock stands */

static u64 boot_date; /* (c) seconds since 1 January 1970 */

void time_init(void)
{
	boot_date = rtc_read();
	boot_tsc = rdtsc();
	ns_per_tick = (NSEC_PER_SEC << SHIFT) / tsc_hz;
}

u64 now_ns(void)
{
	return (unsigned __int128)(rdtsc() - boot_tsc) * ns_per_tick >> SHIFT;
}

u64 date_ns(void)
{
	return boot_date * NSEC_PER_SEC + now_ns();
}
