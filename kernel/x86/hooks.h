/* SPDX-License-Identifier: MIT */
/*
 * What the machine floor asks of the floors above it.  They fill these in at
 * boot, before the first interrupt or system call can need them.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/x86/regs.h"

struct x86_hooks {
	/* #PF with interrupts on (if they were on); addr is CR2, code the error code. */
	void (*page_fault)(struct pt_regs *regs, u64 addr, u64 code);
	/* Any other exception; may kill the current process or panic.  Returns to retry. */
	void (*exception)(struct pt_regs *regs);
	/* SYSCALL: number in regs->rax, arguments rdi rsi rdx r10 r8 r9; result to regs->rax. */
	void (*syscall)(struct pt_regs *regs);
	/* Timer interrupt of this CPU, interrupts off. */
	void (*tick)(void);
	/* Last thing before every return to user mode (interrupts off): reschedule, die. */
	void (*user_return)(void);
	/* IPI_SHOOTDOWN, interrupts off.  IPI_RESCHEDULE only interrupts. */
	void (*ipi_shootdown)(void);
	/* Device interrupt of a line routed with ioapic_route(). */
	void (*irq)(u32 gsi);
	/* First C function of an application processor, on its own idle stack. */
	void (*ap_main)(void);
};

extern struct x86_hooks x86_hooks;
