/* SPDX-License-Identifier: MIT */
/*
 * Application processors are started one at a time, so that one mailbox
 * (ap_boot) is enough.  A processor that is late is put to sleep again before
 * its number is given to the next one.
 */
#include "kernel/x86/smp.h"
#include "kernel/lib/string.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/hooks.h"
#include "kernel/x86/layout.h"

#define INIT_WAIT_US	10000
#define STARTUP_WAIT_US 200
#define ONLINE_WAIT_US	5000000 /* an emulated CPU may wait long for its first turn */

/* The mailbox; boot/trampoline.asm knows its layout. */
struct ap_boot {
	void *stack_top;
	struct cpu_local *cpu;
};

extern char trampoline_start[], trampoline_end[];

struct ap_boot ap_boot;
u32 nr_cpus = 1;

void __noreturn ap_start(void);

/* First C code of an application processor: interrupts off, its own stack and GS. */
void __noreturn ap_start(void)
{
	u32 id = ap_boot.cpu - cpu_locals;

	if (cpu_setup(id)) {
		apic_setup_cpu();
		__atomic_store_n(&this_cpu()->online, 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&nr_cpus, __ATOMIC_ACQUIRE) <= id)
			cpu_relax();
		x86_hooks.ap_main();
	}
	cpu_halt_for_ever();
}

/* Says whether the CPU came online within about us microseconds. */
static bool wait_online(const struct cpu_local *cpu, u64 us)
{
	for (u64 i = 0; i < us; i++) {
		if (__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
			return true;
		udelay(1);
	}
	return __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE);
}

/* INIT, start-up, and once more start-up, as the MP specification has it. */
static bool start_cpu(struct cpu_local *cpu, u32 dest_apic, void *stack_top)
{
	ap_boot = (struct ap_boot){ stack_top, cpu };
	apic_send_init(dest_apic);
	udelay(INIT_WAIT_US);
	apic_send_startup(dest_apic, boot_info.trampoline);
	if (!wait_online(cpu, STARTUP_WAIT_US))
		apic_send_startup(dest_apic, boot_info.trampoline);
	if (wait_online(cpu, ONLINE_WAIT_US))
		return true;
	apic_send_init(dest_apic); /* too late: back to sleep */
	return false;
}

/* Starts one processor as the next CPU; why it stays off, or null. */
static const char *start_next(u32 apic_id, void *(*alloc_stack)(u32 cpu))
{
	void *stack_top;

	if (nr_cpus == MAXCPU)
		return "there are as many as the kernel can use";
	if (!boot_info.trampoline)
		return "no page below 640 KiB is free for its first steps";
	stack_top = alloc_stack(nr_cpus);
	if (!stack_top)
		return "there is no memory for its stack";
	if (!start_cpu(&cpu_locals[nr_cpus], apic_id, stack_top))
		return "it did not answer";
	__atomic_store_n(&nr_cpus, nr_cpus + 1, __ATOMIC_RELEASE);
	return NULL;
}

void smp_start(void *(*alloc_stack)(u32 cpu), void (*stays_off)(u32 apic_id, const char *why))
{
	if (boot_info.trampoline) /* .boot is no longer mapped where it is linked */
		memcpy(phys_to_virt(boot_info.trampoline), phys_to_virt((u64)trampoline_start),
		       trampoline_end - trampoline_start);

	for (u32 i = 0; i < acpi.ncpus; i++) {
		const char *why = NULL;

		if (acpi.apic_ids[i] != this_cpu()->apic_id)
			why = start_next(acpi.apic_ids[i], alloc_stack);
		if (why)
			stays_off(acpi.apic_ids[i], why);
	}
}
