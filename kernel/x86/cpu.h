/* SPDX-License-Identifier: MIT */
/*
 * Single instructions that C has no words for, and the set-up of one CPU.
 * Each wrapper is the instruction of its name.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/x86/cpu_local.h"
#include "kernel/x86/regs.h"

#define CR0_PE (1UL << 0)
#define CR0_MP (1UL << 1)
#define CR0_ET (1UL << 4)
#define CR0_NE (1UL << 5)
#define CR0_WP (1UL << 16)
#define CR0_PG (1UL << 31)

#define CR4_PAE	       (1UL << 5)
#define CR4_MCE	       (1UL << 6)
#define CR4_PGE	       (1UL << 7)
#define CR4_OSFXSR     (1UL << 9)
#define CR4_OSXMMEXCPT (1UL << 10)
#define CR4_UMIP       (1UL << 11)
#define CR4_SMEP       (1UL << 20)
#define CR4_SMAP       (1UL << 21)

#define MSR_EFER	   0xc0000080
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_FMASK	   0xc0000084
#define MSR_FS_BASE	   0xc0000100
#define MSR_GS_BASE	   0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SCE (1UL << 0)
#define EFER_NXE (1UL << 11)

/*
 * read_crN() and write_crN(): the raw 64-bit value.  CR2 is the linear address of this CPU's last
 * page fault.  Writing CR3, a PML4's physical address, flushes all translations of this CPU that
 * are not global; changing CR4.PGE flushes those too.  cpu_setup() says which bits must stay.
 */
#define DEFINE_CONTROL_REGISTER(cr) \
	static inline u64 read_##cr(void) \
	{ \
		u64 v; \
		__asm__ volatile("mov %%" #cr ", %0" : "=r"(v)); \
		return v; \
	} \
	static inline void write_##cr(u64 v) \
	{ \
		__asm__ volatile("mov %0, %%" #cr : : "r"(v) : "memory"); \
	}
DEFINE_CONTROL_REGISTER(cr0)
DEFINE_CONTROL_REGISTER(cr2)
DEFINE_CONTROL_REGISTER(cr3)
DEFINE_CONTROL_REGISTER(cr4)

/* Reads a model-specific register; an unknown one faults. */
static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;
	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

/* Writes a model-specific register; an unknown one or a reserved bit faults. */
static inline void wrmsr(u32 msr, u64 v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

struct cpuid_regs {
	u32 eax, ebx, ecx, edx;
};

/* Returns CPUID of a leaf and subleaf; the caller has checked that the leaf exists. */
static inline struct cpuid_regs cpuid(u32 leaf, u32 sub)
{
	struct cpuid_regs r;
	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(sub));
	return r;
}

/* Cycles since power-on, tsc_hz per second (apic.h); not ordered with what stands around it. */
static inline u64 rdtsc(void)
{
	u32 lo, hi;
	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

/* Turns interrupts off on this CPU and returns the flags as they were. */
static inline u64 irq_save(void)
{
	u64 flags;
	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

/* Turns interrupts off on this CPU. */
static inline void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

/* Turns interrupts on on this CPU. */
static inline void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* Undoes irq_save(): turns interrupts on only if they were on in flags. */
static inline void irq_restore(u64 flags)
{
	if (flags & RFLAGS_IF)
		irq_enable();
}

/* RFLAGS of this CPU, here and now. */
static inline u64 read_flags(void)
{
	u64 flags;
	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return flags;
}

/* Says whether interrupts are on on this CPU. */
static inline bool irqs_enabled(void)
{
	return read_flags() & RFLAGS_IF;
}

/* Tells the CPU, and a hypervisor, that this is a spinning loop. */
static inline void cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/* Ends this CPU's work: only an NMI is served any more. */
static inline void __noreturn cpu_halt_for_ever(void)
{
	irq_disable();
	for (;;)
		__asm__ volatile("hlt" : : : "memory");
}

/* Enables interrupts and sleeps, with no window in which a wake-up could be lost. */
static inline void sti_halt(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

/* Drops this CPU's translation of one page, global or not. */
static inline void invlpg(u64 addr)
{
	__asm__ volatile("invlpg (%0)" : : "r"(addr) : "memory");
}

/* Drops all translations of this CPU but the global (kernel) ones. */
static inline void tlb_flush_all_local(void)
{
	write_cr3(read_cr3());
}

/* Drops all translations of this CPU, the kernel's global ones too. */
static inline void tlb_flush_global_local(void)
{
	u64 cr4 = read_cr4();

	write_cr4(cr4 & ~CR4_PGE);
	write_cr4(cr4);
}

/* Port I/O. */
static inline void outb(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

/* Port I/O. */
static inline u8 inb(u16 port)
{
	u8 v;
	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

/* The blocks that GS points to, by dense CPU number. */
extern struct cpu_local cpu_locals[MAXCPU];

/*
 * Returns if this CPU has NX, SMEP, SMAP and SSE4.2.  Otherwise says on COM1 and COM2, in one
 * sentence, what is missing and ends the machine with POWEROFF_FAIL.  Boot CPU only, after
 * serial_init().
 */
void cpu_check_features(void);

/*
 * Sets this CPU up as number id: GS block, GDT, TSS, IDT, control registers, system call MSRs,
 * FPU.  Everything security depends on is read back: false if a bit did not stick.
 * Interrupts off.
 */
bool cpu_setup(u32 id);
