/* SPDX-License-Identifier: MIT */
/*
 * Debug builds: whether a program that ran on this CPU now would get through to an address, tried
 * in user mode.
 *
 * A processor may keep what user mode and what the kernel have used apart: QEMU's TCG does, and an
 * access by the kernel then tells nothing of a program's stale translation.  So the kernel goes to
 * user mode for one instruction, with interrupts off, and is back by the exception after it:
 *
 *	user_try()            x86_try_enter: IRETQ ──►  x86_try_read: mov al, [rdi]
 *	                                                                 | #PF: refused
 *	                                                              ud2  #UD: got through
 *	result ◄── x86_try_leave ◄── user_try_trap() ◄── x86_trap() ◄────'
 *
 * Whatever was running here, a program or the kernel in an interrupt, finds its registers and its
 * stack as they were: the exception enters below what is in use (TSS.rsp0).
 *
 * The two instructions need a page that user mode may execute in every address space: the only one
 * of the kernel's half that is open to it, read-only, at USER_TRY_PAGE.  A program that jumps there
 * by itself gets the signal for its #UD or #PF as anywhere else.
 *
 * Not with KASAN: the frames of x86_trap() that are left so would stay poisoned.
 */
#include "kernel/x86/user_try.h"

#include "kernel/x86/bootinfo.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/cpu_local.h"
#include "kernel/x86/paging.h"
#include "kernel/x86/trap.h"

#define BELOW_IN_USE 1024 /* bytes of stack that user_try() and x86_try_enter() need */

extern char x86_try_read[], x86_try_write[];

/* Runs user mode from rip on with rdi = addr; *rsp is what x86_try_leave() needs.  Its result. */
int x86_try_enter(u64 addr, u64 rip, u64 *rsp);
void __noreturn x86_try_leave(u64 rsp, int result);

static u64 under_way[MAXCPU]; /* its CPU: the stack pointer of a try; 0: none */

void user_try_init(u64 (*alloc_table)(void))
{
	u64 phys = kernel_virt_to_phys(x86_try_read);

	if (!IS_ALIGNED(phys, PAGE_SIZE))
		boot_die("The kernel's code for user mode has no page of its own.");
	*kernel_entry(USER_TRY_PAGE, LEVEL_PAGE, alloc_table) = phys | PTE_P | PTE_A | PTE_U;
	for (u32 level = LEVEL_TOP; level > LEVEL_PAGE; level--)
		*kernel_entry(USER_TRY_PAGE, level, alloc_table) |= PTE_U;
}

static u64 stack_pointer(void)
{
	u64 rsp;

	__asm__ volatile("movq %%rsp, %0" : "=r"(rsp));
	return rsp;
}

bool user_try(u64 addr, bool write)
{
	u64 top = this_cpu()->kernel_rsp;
	u64 rip = USER_TRY_PAGE + (write ? (u64)(x86_try_write - x86_try_read) : 0);
	bool through;

	x86_set_kernel_stack(ALIGN_DOWN(stack_pointer() - BELOW_IN_USE, 16));
	through = x86_try_enter(addr, rip, &under_way[cpu_id()]);
	x86_set_kernel_stack(top);
	return through;
}

void user_try_trap(const struct pt_regs *regs)
{
	u64 rsp = under_way[cpu_id()];

	if (!rsp || !user_mode(regs) || regs->vector == VECTOR_NMI)
		return;
	under_way[cpu_id()] = 0;
	x86_try_leave(rsp, regs->vector == VECTOR_UD);
}
