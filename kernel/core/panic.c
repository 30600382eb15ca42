/* SPDX-License-Identifier: MIT */
/* The end: say what is wrong, on one CPU, and tell the host by the exit status. */
#include "kernel/core/kasan.h"
#include "kernel/core/log.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/format.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/trap.h"

const char *(*panic_thread_name)(void);

static u32 panic_cpu; /* (a) 1 + the CPU that panics, 0 if none */

/* Makes the caller the only one that panics; a panic within a panic ends at once. */
static void enter_panic(void)
{
	u32 winner;

	irq_disable();
	winner = cmpxchg(&panic_cpu, 0u, cpu_id() + 1);
	if (winner == cpu_id() + 1) {
		serial_write(KLOG_LOG, "panic within panic\n", 19);
		debug_exit(POWEROFF_PANIC);
	}
	if (winner)
		cpu_halt_for_ever();
	log_break_locks();
	kasan_off();
	apic_stop_others();
}

static void print_regs(const struct pt_regs *r)
{
	char name[80];

	printk("%s, error %lx, at %s", r->vector < 32 ? exception_name(r->vector) : "interrupt",
	       r->error, user_mode(r) ? "user code" : symbol_name(r->rip, name, sizeof(name)));
	printk("rip %016lx  cs %04lx  rflags %08lx  rsp %016lx  ss %04lx", r->rip, r->cs, r->rflags,
	       r->rsp, r->ss);
	printk("rax %016lx rbx %016lx rcx %016lx rdx %016lx", r->rax, r->rbx, r->rcx, r->rdx);
	printk("rsi %016lx rdi %016lx rbp %016lx  r8 %016lx", r->rsi, r->rdi, r->rbp, r->r8);
	printk(" r9 %016lx r10 %016lx r11 %016lx r12 %016lx", r->r9, r->r10, r->r11, r->r12);
	printk("r13 %016lx r14 %016lx r15 %016lx cr2 %016lx", r->r13, r->r14, r->r15, read_cr2());
	printk("cr3 %016lx", read_cr3());
}

static void __noreturn vpanic(const struct pt_regs *regs, u64 rbp, const char *fmt, va_list ap)
{
	const char *thread = panic_thread_name ? panic_thread_name() : NULL;
	char message[256];

	enter_panic();
	vsnprintf(message, sizeof(message), fmt, ap);
	printk("kernel panic: %s", message);
	printk("on CPU %u%s%s", cpu_id(), thread ? ", in thread " : "", thread ? thread : "");
	if (regs)
		print_regs(regs);
	print_backtrace(rbp);
	debug_exit(POWEROFF_PANIC);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(NULL, (u64)__builtin_frame_address(0), fmt, ap);
}

void panic_regs(struct pt_regs *regs, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(regs, user_mode(regs) ? 0 : regs->rbp, fmt, ap);
}

/* GCC calls this when a function finds its canary changed. */
void __noreturn __stack_chk_fail(void);
void __stack_chk_fail(void)
{
	panic("a kernel function has overrun its stack frame");
}
