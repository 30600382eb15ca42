/* SPDX-License-Identifier: MIT */
/*
 * Debug builds: whether a program that ran on this CPU now would get through to an address, tried
 * in user mode.  Theory: user_try.c.  In a release build, or one with KASAN, nobody does.
 */
#pragma once

#include "kernel/x86/regs.h"

#define USER_TRY (CONFIG_LOCKDEP && !CONFIG_KASAN)

/* Maps the page with the two accesses, in every address space to come.  Boot. */
void user_try_init(u64 (*alloc_table)(void));
/*
 * True if a byte at addr, below TASK_SIZE, can be read (write: written, which leaves it as it is).
 * Interrupts off; not before user_try_init().
 */
bool user_try(u64 addr, bool write);
/* For x86_trap(): an exception that ends a try goes there and does not come back. */
void user_try_trap(const struct pt_regs *regs);
