/* SPDX-License-Identifier: MIT */
/* x87 and SSE state of a user thread; the kernel itself never uses these registers. */
#pragma once

#include "kernel/lib/types.h"

#define MXCSR_MASK 0xffffu /* FXRSTOR faults on other bits; DAZ, which x86-64 has, included */

struct fpu_state {
	u16 control, status; /* of the x87 */
	u8 x87[20];
	u32 mxcsr;
	u8 rest[484];
} __aligned(16);

/* Fills state as a fresh program expects it: all exceptions masked, registers zero. */
void fpu_init(struct fpu_state *state);

/* Stores the registers of this CPU to state. */
static inline void fpu_save(struct fpu_state *state)
{
	__asm__ volatile("fxsaveq %0" : "=m"(*state));
}

/*
 * Loads the registers of this CPU from state, which the kernel has filled.  Of what a user has
 * filled it loads a copy, with MXCSR_MASK.
 */
static inline void fpu_restore(const struct fpu_state *state)
{
	__asm__ volatile("fxrstorq %0" : : "m"(*state));
}
