/* SPDX-License-Identifier: MIT */
/* Boot, as a table of contents: from the first C line to process 1. */
#include "kernel/core/kasan.h"
#include "kernel/core/ktest.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "kernel/proc/init.h"
#include "kernel/proc/process.h"
#include "kernel/sched/thread.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/serial.h"
#include "kernel/x86/shadow.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/trap.h"
#include "kernel/x86/vga.h"
#include "kernel/x86/wx_test.h"
#include "mm/check.h"
#include "mm/frame/kmap.h"
#include "mm/frame/page_alloc.h"
#include "mm/frame/slab.h"
#include "mm/merge/merge.h"
#include "mm/rmap/anon_vma.h"
#include "mm/space/mm.h"

void __noreturn kernel_main(u32 magic, u64 info);

static void check_rights(void)
{
	struct wx_report report;

	if (wx_selftest(&report))
		panic("W^X self-test: %016lx is %s", report.bad_va, report.fault);
	pr_info("W^X self-test: %lu mappings in %lu tables, %lu executable, none of them writable",
		report.mappings, report.tables, report.executable);
}

/* The machine itself, on CPU 0; the early page tables are gone afterwards. */
static void init_machine(u32 magic, u64 info)
{
	/* something to complain on, and a CPU that is worth going on with */
	serial_init();
	vga_init();
	cpu_check_features();
	/* segments, traps, protection bits */
	idt_init();
	BUG_ON(!cpu_setup(0));
	/* memory map, command line, bundle; CPUs and interrupt lines */
	boot_info_init(magic, info);
	acpi_init();
	/* the final kernel page tables */
	paging_init();
	/* interrupt controllers, and how fast the clocks run */
	apic_init();
	time_init();
}

/* From physical memory to address spaces, floor by floor. */
static void init_memory(void)
{
	/* frames, kernel objects, kernel stacks */
	page_alloc_init();
	slab_init();
	kmap_init();
	/* threads: locks that sleep have an owner from here on */
	sched_init();
	/* address spaces, and the way back from a frame to them */
	mm_init();
	rmap_init();
}

static void stays_off(u32 apic_id, const char *why)
{
	pr_warn("the CPU with APIC ID %u stays off: %s", apic_id, why);
}

/* The other CPUs; after them nobody needs the boot code. */
static void init_cpus(void)
{
	smp_start(sched_alloc_idle_stack, stays_off);
	pr_info("%u of %u CPUs online", nr_cpus, acpi.ncpus);
	free_reserved_range((u64)__boot_start, (u64)__boot_end);
}

/* The rest of boot may sleep, so it is a thread of its own. */
static void boot_thread(void *unused __maybe_unused)
{
	event_hold_init();
	/* the scanner, then what brings it work */
	merge_init();
	mm_check_init();
	proc_init();
	syscall_init();
	kasan_trial();
	ktest_main(); /* if a test run is asked for, the end */
	start_init();
}

/* Called by boot/boot.asm on CPU 0 with interrupts off, on the early page tables. */
void __noreturn __no_kasan kernel_main(u32 magic, u64 info)
{
	shadow_init_early(); /* nothing that is checked runs before */
	init_machine(magic, info);
	pr_info("Merganser boots: RAM ends at %#lx, command line \"%s\"", ram_end,
		boot_info.cmdline);
	check_rights();
	kasan_init();
	init_memory();
	init_cpus();
	kthread_run("boot", boot_thread, NULL, SCHED_NORMAL);
	sched_start_cpu();
}
