/* SPDX-License-Identifier: MIT */
/*
 * The lock of one CPU's private stock (frames, slab objects).  The owner takes
 * it for every operation; another CPU only to drain the stock, so it is nearly
 * always free and costs five instructions.  Interrupts are off while it is held.
 *
 * It is a leaf but for what stands below it in the lock order (cache → buddy),
 * only this folder takes it, and never two at a time: so the lock checker need
 * not hear of it, and a plain exchange is enough (no fairness: two contenders at
 * most, and the drain is rare).
 */
#pragma once

#include "kernel/core/log.h"
#include "kernel/lib/atomic.h"
#include "kernel/x86/cpu.h"

typedef struct {
	u32 taken; /* (a) */
} cpulock_t;

/* Takes a lock with interrupts already off. */
static inline void cpulock_take(cpulock_t *lock)
{
	while (unlikely(xchg(&lock->taken, 1)))
		cpu_relax();
}

/* Releases it; interrupts stay off. */
static inline void cpulock_release(cpulock_t *lock)
{
	ASSERT(!irqs_enabled());
	smp_store_release(&lock->taken, 0);
}
