/* SPDX-License-Identifier: MIT */
/* Segments, which long mode hardly uses, and the TSS, which names the stacks of kernel entries. */
#include "kernel/lib/string.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/trap.h"

#define IST_STACK_SIZE 8192
#define NR_IST	       4

#define TSS_AVAILABLE 0x89UL

#define NR_PORTS 65536

struct tss {
	u32 reserved0;
	u64 rsp0; /* stack for entries from user mode */
	u64 rsp1, rsp2;
	u64 reserved1;
	u64 ist[7]; /* stacks 1.. 7 of IDT gates */
	u64 reserved2;
	u16 reserved3;
	u16 iomap_base;
	u8 iomap[NR_PORTS / 8 + 1]; /* 1: user mode may not; the byte beyond has to be all ones */
} __packed;

/* Each CPU touches only its own. */
static struct tss tss[MAXCPU];
static struct io_ports loaded[MAXCPU];	      /* that are 0 in iomap */
static u64 gdt[MAXCPU][TSS_SELECTOR / 8 + 2]; /* by selector; the TSS takes two */
static u8 ist_stacks[MAXCPU][NR_IST][IST_STACK_SIZE] __aligned(16);

static void fill_tss(u32 id)
{
	for (u32 i = 0; i < NR_IST; i++)
		tss[id].ist[i] = (u64)ist_stacks[id][i] + IST_STACK_SIZE;
	tss[id].iomap_base = offsetof(struct tss, iomap);
	memset(tss[id].iomap, 0xff, sizeof(tss[id].iomap));
}

static void fill_gdt(u32 id)
{
	u64 base = (u64)&tss[id];

	gdt[id][KERNEL_CS / 8] = 0x00209a0000000000UL;
	gdt[id][KERNEL_DS / 8] = 0x0000920000000000UL;
	gdt[id][USER_DS / 8] = 0x0000f20000000000UL;
	gdt[id][USER_CS / 8] = 0x0020fa0000000000UL;
	gdt[id][TSS_SELECTOR / 8] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 |
				    TSS_AVAILABLE << 40 | (base >> 24 & 0xff) << 56;
	gdt[id][TSS_SELECTOR / 8 + 1] = base >> 32;
}

void gdt_setup(u32 id)
{
	struct table_pointer pointer = { sizeof(gdt[id]) - 1, (u64)gdt[id] };

	fill_tss(id);
	fill_gdt(id);
	__asm__ volatile("lgdt %0" : : "m"(pointer));
	__asm__ volatile("pushq %0\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:"
			 :
			 : "i"(KERNEL_CS)
			 : "rax", "memory");
	__asm__ volatile("mov %0, %%ss" : : "r"(KERNEL_DS));
	__asm__ volatile("ltr %w0" : : "r"(TSS_SELECTOR));
}

void x86_set_kernel_stack(u64 top)
{
	struct cpu_local *cpu = this_cpu();

	cpu->kernel_rsp = top;
	tss[cpu->id].rsp0 = top;
}

static void allow(u8 *iomap, struct io_ports ports, bool allowed)
{
	for (u32 port = ports.first; port < ports.first + (u32)ports.n; port++) {
		if (allowed)
			iomap[port / 8] &= ~BIT(port % 8);
		else
			iomap[port / 8] |= BIT(port % 8);
	}
}

void x86_set_ports(struct io_ports ports)
{
	u32 id = cpu_id();

	allow(tss[id].iomap, loaded[id], false);
	allow(tss[id].iomap, ports, true);
	loaded[id] = ports;
}
