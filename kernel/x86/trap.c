/* SPDX-License-Identifier: MIT */
/*
 * Where entry.asm calls into C.  Interrupts are off on entry and again on
 * return; the way back to user mode always goes past x86_hooks.user_return().
 */
#include "kernel/x86/trap.h"
#include "kernel/lib/format.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/hooks.h"
#include "kernel/x86/user_try.h"

struct ex_entry {
	u64 fault_ip;
	u64 fixup_ip;
};

extern const struct ex_entry __ex_table_start[], __ex_table_end[];
extern char x86_iret_to_user[];
extern char try_read_access[] __asm__("uaccess_try_read.access");
extern char try_write_access[] __asm__("uaccess_try_write.access");

void x86_trap(struct pt_regs *regs);
void x86_syscall(struct pt_regs *regs);

static const struct {
	u8 stack;
	const char *text;
} exceptions[VECTOR_IRQ] = {
#define EXCEPTION(number, name, stack, text) [number] = { stack, text },
#include "kernel/x86/exception.tbl"
#undef EXCEPTION
};

const char *exception_name(u64 vector)
{
	return exceptions[vector].text ? exceptions[vector].text : "reserved exception";
}

u8 exception_stack(u64 vector)
{
	return vector < VECTOR_IRQ ? exceptions[vector].stack : 0;
}

/* What the first two hooks are until the floors above have filled them in. */
static void die_during_boot(struct pt_regs *regs)
{
	char sentence[128];

	scnprintf(sentence, sizeof(sentence), "During boot: %s at %#lx, error %#lx, address %#lx.",
		  exception_name(regs->vector), regs->rip, regs->error, read_cr2());
	boot_die(sentence);
}

static void fault_during_boot(struct pt_regs *regs, u64 addr __maybe_unused,
			      u64 code __maybe_unused)
{
	die_during_boot(regs);
}

struct x86_hooks x86_hooks = {
	.page_fault = fault_during_boot,
	.exception = die_during_boot,
};

bool fixup_exception(struct pt_regs *regs)
{
	for (const struct ex_entry *e = __ex_table_start; e < __ex_table_end; e++) {
		if (e->fault_ip == regs->rip) {
			regs->rip = e->fixup_ip;
			return true;
		}
	}
	return false;
}

/*
 * The IRETQ to user mode refused its frame (a RIP that is not canonical, say).  The general
 * registers are the user's already, so taking the rest from the refused frame makes it an
 * exception of the user's own instruction.
 */
static void blame_user_for_iret(struct pt_regs *regs)
{
	const u64 *frame = (const u64 *)regs->rsp;

	regs->rip = frame[0];
	regs->cs = frame[1];
	regs->rflags = frame[2];
	regs->rsp = frame[3];
	regs->ss = frame[4];
}

/* A debug build wanted to know whether an access succeeds. */
static bool was_only_tried(const struct pt_regs *regs)
{
	return regs->rip == (u64)try_read_access || regs->rip == (u64)try_write_access;
}

static void handle_page_fault(struct pt_regs *regs)
{
	u64 addr = read_cr2(); /* before interrupts: their faults overwrite it */

	if (CONFIG_LOCKDEP && was_only_tried(regs)) {
		fixup_exception(regs);
		return;
	}
	if (regs->rflags & RFLAGS_IF)
		irq_enable();
	x86_hooks.page_fault(regs, addr, regs->error);
	irq_disable();
}

static void handle_exception(struct pt_regs *regs)
{
	if (regs->vector == VECTOR_NMI && READ_ONCE(apic_stopping))
		cpu_halt_for_ever();
	/* entry.asm has left the IST stack if it was in user mode; else one must not sleep. */
	if (user_mode(regs) || !exception_stack(regs->vector)) {
		if (regs->rip == (u64)x86_iret_to_user)
			blame_user_for_iret(regs);
		if (regs->rflags & RFLAGS_IF)
			irq_enable();
	}
	x86_hooks.exception(regs);
	irq_disable();
}

static void handle_interrupt(u64 vector)
{
	this_cpu()->irq_depth++;
	if (vector != VECTOR_SPURIOUS) /* which is not to be acknowledged */
		apic_eoi();
	if (vector == VECTOR_TIMER)
		x86_hooks.tick();
	else if (vector == IPI_SHOOTDOWN)
		x86_hooks.ipi_shootdown();
	else if (vector - VECTOR_IRQ < NR_IRQS)
		x86_hooks.irq(vector - VECTOR_IRQ);
	/* IPI_RESCHEDULE: the sender has set need_resched; coming here was all */
	this_cpu()->irq_depth--;
}

/* Called by entry.asm for every exception and interrupt. */
void x86_trap(struct pt_regs *regs)
{
	if (USER_TRY)
		user_try_trap(regs);
	if (regs->vector == VECTOR_PF)
		handle_page_fault(regs);
	else if (regs->vector < VECTOR_IRQ)
		handle_exception(regs);
	else
		handle_interrupt(regs->vector);
	if (user_mode(regs))
		x86_hooks.user_return();
}

/* Called by entry.asm for every system call. */
void x86_syscall(struct pt_regs *regs)
{
	irq_enable();
	x86_hooks.syscall(regs);
	irq_disable();
	x86_hooks.user_return();
}
