/* SPDX-License-Identifier: MIT */
/* Starting the other CPUs. */
#pragma once

#include "kernel/lib/types.h"

extern u32 nr_cpus; /* (a) CPUs online; their numbers are 0 .. nr_cpus - 1 */

/*
 * Starts all processors of the MADT but this one, one after the other, each on the stack whose top
 * alloc_stack(cpu) returns (NULL: leave this one and the rest off).  Each sets itself up and calls
 * x86_hooks.ap_main() with interrupts off.  A processor that does not come is left out.
 * Returns when all that came are online; nothing needs the .boot section afterwards.
 */
void smp_start(void *(*alloc_stack)(u32 cpu));
