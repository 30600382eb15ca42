/* SPDX-License-Identifier: MIT */
/* Descriptor tables, and what becomes of an exception, an interrupt or a system call. */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/x86/regs.h"

#define NR_VECTORS 256

/* Device interrupt of IOAPIC line g arrives at VECTOR_IRQ + g. */
#define VECTOR_IRQ 0x20
#define NR_IRQS	   64

/* The operand of LGDT and LIDT. */
struct table_pointer {
	u16 limit;
	u64 base;
} __packed;

/* Fills the interrupt descriptor table, once, on the boot CPU. */
void idt_init(void);

/* Points this CPU at the IDT. */
void idt_load(void);

/* Builds and loads GDT and TSS of CPU id, which is this CPU; keeps the GS base. */
void gdt_setup(u32 id);

/*
 * Sets the top of the kernel stack that this CPU enters on from user mode (TSS and SYSCALL);
 * 16-byte aligned.  Interrupts off: called between two threads.
 */
void x86_set_kernel_stack(u64 top);

/* Ports [first, first + n); none if n is 0. */
struct io_ports {
	u16 first, n;
};

/* Lets user mode on this CPU use these ports and no others.  Interrupts off. */
void x86_set_ports(struct io_ports ports);

/*
 * If the kernel instruction at regs->rip is a registered user access, makes regs continue at its
 * fix-up (the copy then returns -EFAULT) and returns true.  For the page fault and exception
 * hooks, when a kernel-mode access cannot be resolved.
 */
bool fixup_exception(struct pt_regs *regs);

/* Returns the IST stack (1 ..) that a vector has for its own, 0 if it has none. */
u8 exception_stack(u64 vector);

/* Returns "page fault" and the like for a vector below 32. */
const char *exception_name(u64 vector);
