/* SPDX-License-Identifier: MIT */
/* x87 and SSE state of a user thread; the kernel itself never uses these registers. */
#pragma once

#include "kernel/lib/types.h"

struct fpu_state {
	u8 fx[512];
} __aligned(16);

/* Fills state as a fresh program expects it: all exceptions masked, registers zero. */
void fpu_init(struct fpu_state *state);

/* Stores the registers of this CPU to state. */
static inline void fpu_save(struct fpu_state *state)
{
	__asm__ volatile("fxsaveq %0" : "=m"(*state));
}

/* Loads the registers of this CPU from state, which the kernel has filled (never a user buffer). */
static inline void fpu_restore(const struct fpu_state *state)
{
	__asm__ volatile("fxrstorq %0" : : "m"(*state));
}
