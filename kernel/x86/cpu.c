/* SPDX-License-Identifier: MIT */
/* What every CPU must have, and the switches that are set on each of them. */
#include "kernel/x86/cpu.h"
#include "kernel/lib/format.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/trap.h"

#define CPUID_1_ECX_SSE4_2 BIT(20)
#define CPUID_7_EBX_SMEP   BIT(7)
#define CPUID_7_EBX_SMAP   BIT(20)
#define CPUID_7_ECX_UMIP   BIT(2)
#define CPUID_EXT_EDX_NX   BIT(20)

/* No CR0.TS, no CR0.EM: user mode has SSE all the time. */
#define CR0_WANTED (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG)
#define CR4_SSE	   (CR4_OSFXSR | CR4_OSXMMEXCPT)
/* No FSGSBASE: entry.asm knows the kernel's GS base by its sign. */
#define CR4_WANTED  (CR4_PAE | CR4_MCE | CR4_PGE | CR4_SSE | CR4_SMEP | CR4_SMAP)
#define EFER_WANTED (EFER_SCE | EFER_NXE)

#define SYSCALL_FLAG_MASK \
	(RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_RF | RFLAGS_AC)

#define FCW_DEFAULT   0x037f
#define MXCSR_DEFAULT 0x1f80

struct cpu_local cpu_locals[MAXCPU];

/* entry.asm, boot.asm and GCC know these. */
_Static_assert(offsetof(struct cpu_local, self) == 0, "boot.asm");
_Static_assert(offsetof(struct cpu_local, kernel_rsp) == 8, "entry.asm");
_Static_assert(offsetof(struct cpu_local, user_rsp) == 16, "entry.asm");
_Static_assert(offsetof(struct cpu_local, thread) == 24, "cpu_thread()");
_Static_assert(offsetof(struct cpu_local, id) == 32, "cpu_id()");
_Static_assert(offsetof(struct cpu_local, stack_canary) == 40, "GCC's stack protector");
_Static_assert(sizeof(struct pt_regs) == 22 * 8, "entry.asm");
_Static_assert(offsetof(struct pt_regs, vector) == 15 * 8, "entry.asm");

extern void x86_syscall_entry(void);

void cpu_check_features(void)
{
	u32 ebx = cpuid(0, 0).eax >= 7 ? cpuid(7, 0).ebx : 0;
	bool nx = cpuid(0x80000001, 0).edx & CPUID_EXT_EDX_NX;
	bool smep = ebx & CPUID_7_EBX_SMEP;
	bool smap = ebx & CPUID_7_EBX_SMAP;
	bool crc = cpuid(1, 0).ecx & CPUID_1_ECX_SSE4_2; /* kernel/lib/hash.c */
	char sentence[128];

	if (nx && smep && smap && crc)
		return;
	scnprintf(sentence, sizeof(sentence),
		  "This CPU lacks what Merganser needs:%s%s%s%s; in QEMU add -cpu max.",
		  nx ? "" : " NX", smep ? "" : " SMEP", smap ? "" : " SMAP", crc ? "" : " SSE4.2");
	boot_die(sentence);
}

/* SYSCALL loads CS and SS from STAR 47:32, SYSRET from STAR 63:48 (+16 and +8). */
static void setup_syscall(void)
{
	wrmsr(MSR_STAR, (u64)(USER_DS - 8) << 48 | (u64)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (u64)x86_syscall_entry);
	wrmsr(MSR_FMASK, SYSCALL_FLAG_MASK);
}

static bool verify_switches(u64 cr4)
{
	return (read_cr0() & CR0_WANTED) == CR0_WANTED && read_cr4() == cr4 &&
	       (rdmsr(MSR_EFER) & EFER_WANTED) == EFER_WANTED &&
	       rdmsr(MSR_LSTAR) == (u64)x86_syscall_entry && rdmsr(MSR_FMASK) == SYSCALL_FLAG_MASK;
}

bool cpu_setup(u32 id)
{
	struct cpu_local *cpu = &cpu_locals[id];
	u64 cr4 = CR4_WANTED | (cpuid(7, 0).ecx & CPUID_7_ECX_UMIP ? CR4_UMIP : 0);

	cpu->self = cpu;
	cpu->id = id;
	wrmsr(MSR_GS_BASE, (u64)cpu);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	gdt_setup(id);
	idt_load();

	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_WANTED);
	write_cr0(CR0_WANTED);
	write_cr4(cr4);
	setup_syscall();
	return verify_switches(cr4);
}

void fpu_init(struct fpu_state *state)
{
	*state = (struct fpu_state){ .control = FCW_DEFAULT, .mxcsr = MXCSR_DEFAULT };
}
