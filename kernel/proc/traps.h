/* SPDX-License-Identifier: MIT */
/* What becomes of a program that trips over an exception, and of every return to user mode. */
#pragma once

#include "kernel/x86/regs.h"

/*
 * x86_hooks.exception: in user mode the process gets the signal that fits;
 * in kernel mode a user copy is fixed up, an overflown kernel stack costs the
 * process its life, all else panics.
 */
void do_exception(struct pt_regs *regs);
/* x86_hooks.user_return: takes pending signals, reschedules if that is due.  Interrupts off. */
void do_user_return(void);
/* Overflows the caller's kernel stack, on purpose: does not return.  -EINVAL in release builds. */
s64 overflow_kernel_stack(void);
