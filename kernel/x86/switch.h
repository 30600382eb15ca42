/* SPDX-License-Identifier: MIT */
/* Changing from one thread to another, and into user mode; see switch.asm. */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/x86/regs.h"

/* What x86_switch() leaves on the stack of a thread that is not running, lowest address first. */
struct switch_frame {
	u64 r15, r14, r13, r12, rbx, rbp;
	u64 rip;
};

/*
 * Saves the callee-saved registers, stores this thread's stack pointer to *prev_rsp and goes on
 * with the thread whose pointer is next_rsp; returns when somebody switches back.
 * Interrupts off.  The caller has set cpu_local and CR3 for the next thread.
 */
void x86_switch(u64 *prev_rsp, u64 next_rsp);

/*
 * Prepares the stack that ends at stack_top (16-byte aligned) for a new thread and returns the
 * next_rsp to start it with: fn(arg) with interrupts off, as x86_switch() was called.  fn must
 * not return.
 */
u64 x86_prepare_stack(void *stack_top, void (*fn)(void *), void *arg);

/*
 * Loads all registers from a frame that leads to user mode; the kernel stack below is abandoned.
 * The hook user_return() is not called.  Any interrupt state.
 */
void __noreturn x86_enter_user(struct pt_regs *regs);
