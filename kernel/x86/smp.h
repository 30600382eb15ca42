/* SPDX-License-Identifier: MIT */
/* Starting the other CPUs. */
#pragma once

#include "kernel/lib/types.h"

extern u32 nr_cpus; /* (a) CPUs online; their numbers are 0 .. nr_cpus - 1 */

/*
 * Starts all processors of the MADT but this one, one after the other, each on the stack whose top
 * alloc_stack(cpu) returns (NULL: leave it off).  Each sets itself up and calls
 * x86_hooks.ap_main() with interrupts off.  Of each that is left out stays_off() is told why, in
 * a sentence that goes on after a colon.  Returns when all that came are online; nothing needs the
 * .boot section afterwards.
 */
void smp_start(void *(*alloc_stack)(u32 cpu), void (*stays_off)(u32 apic_id, const char *why));
