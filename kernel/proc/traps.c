/* SPDX-License-Identifier: MIT */
/* Exceptions other than page faults (mm/space/pagefault.c), and the return to user mode. */
#include "kernel/proc/traps.h"
#include "kernel/core/kasan.h"
#include "kernel/core/log.h"
#include "kernel/lib/format.h"
#include "kernel/proc/opcode.h"
#include "kernel/proc/sigframe.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/switch.h"
#include "kernel/x86/trap.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/kmap.h"

/* The signal of an exception in user mode and its si_code; FPE_FLT* is worked out. */
static const struct exception_signal {
	u8 sig, code;
} exception_signals[] = {
	[VECTOR_DE] = { SIGFPE, FPE_INTDIV },  [VECTOR_DB] = { SIGTRAP, TRAP_TRACE },
	[VECTOR_BP] = { SIGTRAP, TRAP_BRKPT }, [VECTOR_OF] = { SIGSEGV, SI_KERNEL },
	[VECTOR_BR] = { SIGSEGV, SI_KERNEL },  [VECTOR_UD] = { SIGILL, ILL_ILLOPN },
	[VECTOR_TS] = { SIGSEGV, SI_KERNEL },  [VECTOR_NP] = { SIGSEGV, SI_KERNEL },
	[VECTOR_SS] = { SIGBUS, BUS_ADRERR },  [VECTOR_GP] = { SIGSEGV, SI_KERNEL },
	[VECTOR_MF] = { SIGFPE, FPE_FLTINV },  [VECTOR_AC] = { SIGBUS, BUS_ADRALN },
	[VECTOR_XM] = { SIGFPE, FPE_FLTINV },
};

/* As many of the size bytes at user address addr as can be read. */
static size_t read_code(u8 *buf, u64 addr, size_t size)
{
	for (size_t n = 0; n < size; n++)
		if (copy_from_user(buf + n, (const void *)(addr + n), 1))
			return n;
	return size;
}

/* What a general protection fault was about, in one clause. */
static void describe_gp(const struct pt_regs *regs, char *why, size_t size)
{
	u8 code[16];
	size_t n = read_code(code, regs->rip, sizeof(code) - 1);
	const char *name;

	code[n] = 0; /* an instruction of one byte may be the last that is mapped */
	name = privileged_instruction(code, n + 1);
	if (name)
		scnprintf(why, size, "executed %s, a privileged instruction, at %#lx", name,
			  regs->rip);
	else if (n >= 2 && code[0] == 0xcd)
		scnprintf(why, size, "executed int %#x, which is no gate for programs, at %#lx",
			  code[1], regs->rip);
	else
		scnprintf(why, size,
			  "general protection fault at %#lx: an address that is not "
			  "canonical, or a bad segment",
			  regs->rip);
}

/* Which FPE_FLT* it was: the flag that is set and not masked, in MXCSR or the x87's words. */
static u8 float_code(u64 vector)
{
	static const u8 codes[] = { FPE_FLTINV, FPE_FLTUND, FPE_FLTDIV,
				    FPE_FLTOVF, FPE_FLTUND, FPE_FLTRES };
	struct fpu_state fpu;
	u32 flags;

	fpu_save(&fpu);
	flags = vector == VECTOR_XM ? fpu.mxcsr & ~(fpu.mxcsr >> 7) : fpu.status & ~fpu.control;
	flags &= 0x3f;
	return flags ? codes[__builtin_ctz(flags)] : FPE_FLTINV;
}

static void raise_in_user_mode(const struct pt_regs *regs, struct exception_signal e)
{
	char why[160];

	if (regs->vector == VECTOR_GP)
		describe_gp(regs, why, sizeof(why));
	else
		scnprintf(why, sizeof(why), "%s at %#lx", exception_name(regs->vector), regs->rip);
	if (regs->vector == VECTOR_MF || regs->vector == VECTOR_XM)
		e.code = float_code(regs->vector);
	signal_fault(e.sig, e.code, e.code == SI_KERNEL ? 0 : regs->rip, why);
}

static void __noreturn die_of_overflow(void *unused __maybe_unused)
{
	irq_enable();
	fault_kill(SIGSEGV, "its kernel stack overflowed");
}

/*
 * Whether the double fault is a process's kernel stack that has reached its
 * guard page, at a point where nothing is lost but that stack: no lock held, no
 * interrupt under way.  Only debug builds count spinlocks and page locks (the
 * others count mutexes and rwsems alone), so only they can tell.
 */
static bool only_stack_lost(const struct pt_regs *regs)
{
	return CONFIG_LOCKDEP && kmap_is_guard(read_cr2()) && current->process &&
	       !current->held_locks && !this_cpu()->spin_depth && !this_cpu()->irq_depth &&
	       regs->rflags & RFLAGS_IF;
}

/* Leaves the IST stack, and what was on the thread's own, for the top of the thread's own. */
static void __noreturn abandon_stack(void)
{
	u64 unused, top = x86_prepare_stack(current->stack + KSTACK_SIZE, die_of_overflow, NULL);

	kasan_unpoison(current->stack, KSTACK_SIZE); /* the red zones of frames that never return */
	x86_switch(&unused, top);
	BUG();
}

static void die_in_kernel_mode(struct pt_regs *regs)
{
	if (regs->vector == VECTOR_GP && fixup_exception(regs))
		return;
	if (regs->vector == VECTOR_DF && only_stack_lost(regs))
		abandon_stack();
	if (regs->vector == VECTOR_DF && kmap_is_guard(read_cr2()))
		panic_regs(regs, "kernel stack overflow");
	panic_regs(regs, "%s in the kernel", exception_name(regs->vector));
}

void do_exception(struct pt_regs *regs)
{
	u64 vector = regs->vector;

	if (user_mode(regs) && vector < ARRAY_SIZE(exception_signals) &&
	    exception_signals[vector].sig)
		raise_in_user_mode(regs, exception_signals[vector]);
	else
		die_in_kernel_mode(regs);
}

void do_user_return(void)
{
	sched_user_return();
	while (unlikely(READ_ONCE(current->notified))) {
		irq_enable();
		signal_deliver();
		irq_disable();
		sched_user_return();
	}
}
