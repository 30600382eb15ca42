/* SPDX-License-Identifier: MIT */
/* Time since boot: TSC ticks times a fixed-point factor. */
#include "kernel/core/time.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"

#define SHIFT 32

static u64 boot_tsc;	/* (c) */
static u64 ns_per_tick; /* (c) nanoseconds in a TSC tick << SHIFT; 0: the clock stands */

void time_init(void)
{
	boot_tsc = rdtsc();
	ns_per_tick = (NSEC_PER_SEC << SHIFT) / tsc_hz;
}

u64 now_ns(void)
{
	return (unsigned __int128)(rdtsc() - boot_tsc) * ns_per_tick >> SHIFT;
}
