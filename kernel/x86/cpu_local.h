/* SPDX-License-Identifier: MIT */
/*
 * The per-CPU block that GS points to in the kernel.  entry.asm and switch.asm
 * know the offsets; the C side asserts them in cpu.c.  Everything else that is
 * per CPU is a plain array indexed by cpu_id().
 */
#pragma once

#include "kernel/lib/types.h"

#define MAXCPU 8

struct thread;

struct cpu_local {
	struct cpu_local *self; /*  0: (c) */
	u64 kernel_rsp;		/*  8: top of the current thread's kernel stack, for SYSCALL */
	u64 user_rsp;		/* 16: scratch of the SYSCALL entry */
	struct thread *thread;	/* 24: running here */
	u32 id;			/* 32: (c) dense CPU number, 0 .. nr_cpus - 1 */
	u32 apic_id;		/* 36: (c) of its local APIC */
	u64 stack_canary;	/* 40: where GCC looks for it; the current thread's */
	u32 irq_depth;		/* 48: > 0 inside an interrupt handler */
	u32 need_resched;	/* 52: set by the timer tick and by wake-ups */
	u32 spin_depth;		/* 56: spinlocks held, for "no spinlock at reschedule" */
	u32 online;		/* 60: an application processor has come */
};

/* Returns this CPU's block; valid until the thread sleeps. */
static inline struct cpu_local *this_cpu(void)
{
	struct cpu_local *c;
	__asm__ volatile("movq %%gs:0, %0" : "=r"(c));
	return c;
}

/* Returns the thread running here; valid always: it is the caller. */
static inline struct thread *cpu_thread(void)
{
	struct thread *t;
	__asm__ volatile("movq %%gs:24, %0" : "=r"(t));
	return t;
}

/* Returns the dense number of this CPU; valid until the thread sleeps. */
static inline u32 cpu_id(void)
{
	u32 id;
	__asm__ volatile("movl %%gs:32, %0" : "=r"(id));
	return id;
}
