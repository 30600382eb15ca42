/* SPDX-License-Identifier: MIT */
/* The single instructions that mm/frame uses, on the pretended machine. */
#pragma once

#include <sched.h>

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

/* A pretended CPU is a thread: the one that has the next ticket may not be running. */
static inline void cpu_relax(void)
{
	sched_yield();
}

static inline void invlpg(u64 addr)
{
	(void)addr;
}

/* Ports, of which only test_rtc.c has some. */
void outb(u16 port, u8 v);
u8 inb(u16 port);
