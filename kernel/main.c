/* SPDX-License-Identifier: MIT */
/* Boot, as a table of contents. */
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/hooks.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/trap.h"

void __noreturn kernel_main(u32 magic, u64 info);

static u8 ap_stacks[MAXCPU][16384] __aligned(16);
static u64 ticks[MAXCPU];

static void *alloc_ap_stack(u32 cpu)
{
	return ap_stacks[cpu] + sizeof(ap_stacks[cpu]);
}

static void count_tick(void)
{
	ticks[cpu_id()]++;
}

/* What every CPU does in the end. */
static void run_cpu(void)
{
	lapic_timer_start(HZ);
	irq_enable();
	while (READ_ONCE(ticks[cpu_id()]) < HZ / 10)
		sti_halt();
}

static void ap_main(void)
{
	run_cpu();
	for (;;)
		sti_halt();
}

static void check_rights(void)
{
	struct wx_report report;

	if (wx_selftest(&report))
		panic("W^X self-test: %016lx is %s", report.bad_va, report.fault);
	pr_info("W^X self-test: %lu mappings in %lu tables, %lu executable, none of them writable",
		report.mappings, report.tables, report.executable);
}

/* Called by boot/boot.asm on CPU 0 with interrupts off, on the early page tables. */
void __noreturn kernel_main(u32 magic, u64 info)
{
	serial_init();			/* something to complain on */
	cpu_check_features();		/* NX, SMEP, SMAP or not at all */
	idt_init();
	BUG_ON(cpu_setup(0));		/* segments, traps, protection bits */
	boot_info_init(magic, info);	/* memory map, command line, bundle */
	acpi_init();			/* how many CPUs, where interrupts arrive */
	paging_init();			/* the final kernel page tables */
	check_rights();
	apic_init();			/* interrupts, and how fast the clocks run */
	time_init();
	panic_init();
	x86_hooks.tick = count_tick;
	x86_hooks.ap_main = ap_main;
	smp_start(alloc_ap_stack);	/* the other CPUs */
	pr_info("%u of %u CPUs online", nr_cpus, acpi.ncpus);
	run_cpu();
	debug_exit(EXIT_PASS);
}
