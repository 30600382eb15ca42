/* SPDX-License-Identifier: MIT */
/*
 * What every entry to the kernel saves, lowest address first: one layout for
 * system calls, exceptions and interrupts, built by entry.asm.
 */
#pragma once

#include "kernel/lib/types.h"

/* Segment selectors; gdt.c builds the table.  SYSRET wants user data just before user code. */
#define KERNEL_CS    0x08
#define KERNEL_DS    0x10
#define USER_DS	     0x1b
#define USER_CS	     0x23
#define TSS_SELECTOR 0x28

#define RFLAGS_FIXED (1UL << 1)
#define RFLAGS_TF    (1UL << 8)
#define RFLAGS_IF    (1UL << 9)
#define RFLAGS_DF    (1UL << 10)
#define RFLAGS_IOPL  (3UL << 12)
#define RFLAGS_NT    (1UL << 14)
#define RFLAGS_RF    (1UL << 16)
#define RFLAGS_AC    (1UL << 18)
#define RFLAGS_USER  0x240dd5UL /* CF PF AF ZF SF TF DF OF AC ID: what a program may set */

#define VECTOR_SYSCALL (~0UL)

/* VECTOR_PF and the like. */
enum exception {
#define EXCEPTION(number, name, stack, text) VECTOR_##name = (number),
#include "kernel/x86/exception.tbl"
#undef EXCEPTION
};

/* Error code of a page fault. */
#define PF_PRESENT  (1UL << 0)
#define PF_WRITE    (1UL << 1)
#define PF_USER	    (1UL << 2)
#define PF_RESERVED (1UL << 3)
#define PF_INSTR    (1UL << 4)

struct pt_regs {
	u64 r15, r14, r13, r12, rbp, rbx;
	u64 r11, r10, r9, r8;
	u64 rax, rcx, rdx, rsi, rdi;
	u64 vector; /* exception or interrupt number, VECTOR_SYSCALL for a system call */
	u64 error;  /* pushed by the CPU, or 0; the number of a system call */
	u64 rip, cs, rflags, rsp, ss;
};

/* Says whether the frame came from, or leads to, user mode. */
static inline bool user_mode(const struct pt_regs *regs)
{
	return regs->cs & 3;
}
