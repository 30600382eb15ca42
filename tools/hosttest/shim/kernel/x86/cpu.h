/* SPDX-License-Identifier: MIT */
/* The single instructions that mm/frame uses, on the pretended machine. */
#pragma once

#include "kernel/x86/cpu_local.h"

extern __thread bool host_irqs_on;

static inline u64 irq_save(void)
{
	bool on = host_irqs_on;

	host_irqs_on = false;
	return on;
}

static inline void irq_restore(u64 flags)
{
	host_irqs_on = flags;
}

static inline bool irqs_enabled(void)
{
	return host_irqs_on;
}

static inline void cpu_relax(void)
{
	__builtin_ia32_pause();
}

static inline void invlpg(u64 addr)
{
	(void)addr;
}
