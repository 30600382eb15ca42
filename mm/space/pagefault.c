/* SPDX-License-Identifier: MIT */
/*
 * The page-fault trap: from the exception to handle_mm_fault(), and what becomes of an access that
 * cannot be allowed.
 *
 * THEORY
 *
 * The CPU tells the address and what kind of access it was.  First it is asked whose fault it is:
 *
 *      a program's instruction            its address space: resolve_fault()
 *      the kernel, in a copy from or to   the same; if it fails the copy returns -EFAULT
 *        the program's memory
 *      the kernel, anywhere else          a bug: panic, with the reason as far as it can be told
 *
 * resolve_fault() is the loop of every user of handle_mm_fault(), and the only one that waits for
 * memory too, for here the program itself is at a loss; whoever acts for another program (gup.c)
 * is told -ENOMEM:
 *
 *      do:     mmap_lock(r), look-up of the area, handle_mm_fault(), unlock
 *              RETRY: fault_wait()         a pager brings the page         nothing held
 *              OOM:   out_of_memory()      frames come free                nothing held
 *              none:  expand_stack()       a stack grows to there          mmap_lock(w)
 *      while:  VM_FAULT_RETRY
 *
 * How it ends:
 *
 *      OK          the instruction is executed again, and comes back if that was not enough
 *      SIGSEGV     no area, or one that does not allow it
 *      SIGBUS      beyond the end of an object
 *      PAGER       SIGBUS too: the pager of the object does not bring the page
 *      OOM         SIGKILL: nobody is left to take memory from
 *      KILLED      nothing: the thread is about to die
 *
 * Worked example.  A program reads page 5 of a file that a server pages in.  handle_mm_fault():
 * RETRY; mmap_lock is dropped; fault_wait() calls the server, which answers in 2 ms: RETRY.
 * Meanwhile another thread has unmapped the area: vma_lookup() finds none, SIGSEGV, and the log
 * says: read from 0x405000: no area there.
 *
 * A refusal is a sentence: which access, where, why not.  The reason is found anew, with mmap_lock
 * taken again, so it may be out of date: then the sentence says so.
 *
 * Locks:  none on entry, none on exit; interrupts are on, as they were where the fault happened.
 *
 * Invariants
 *  1. Each turn of the loop begins with the look-up of the area.
 *  2. The loop goes round only after a sleep, or if what was lacking is there, so it does not keep
 *     the CPU from those it waits for.
 *  3. A thread with kill_pending is sent no signal and does not wait for memory.
 *
 * Rejected: to resolve the fault in the kernel's copy functions (every one of them would have to
 * look up areas; as it is they touch the memory, and a table says where to go on when that fails).
 *
 * Further reading: Linux's Documentation/arch/x86/exception-tables.rst.
 */
#include "mm/space/pagefault.h"

#include <abi/signal.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/lib/format.h"
#include "kernel/x86/trap.h"
#include "mm/space/fault.h"
#include "mm/space/hooks.h"
#include "mm/space/stack.h"
#include "mm/space/vma.h"

static u32 fault_flags(u64 code)
{
	u32 flags = 0;

	if (code & PF_WRITE)
		flags |= FAULT_FLAG_WRITE;
	if (code & PF_INSTR)
		flags |= FAULT_FLAG_EXEC;
	return flags;
}

/* No frame was left: VM_FAULT_RETRY if it makes sense to try again now.  Sleeps, nothing locked. */
static enum vm_fault wait_for_memory(void)
{
	if (READ_ONCE(current->kill_pending))
		return VM_FAULT_KILLED;
	if (fault_hooks.out_of_memory && fault_hooks.out_of_memory(1))
		return VM_FAULT_RETRY;
	return VM_FAULT_OOM;
}

/* What a fault in current's address space lacked is waited for; as fault_wait(). */
static enum vm_fault __cold __noinline wait_for_help(u64 address, enum vm_fault result)
{
	if (result == VM_FAULT_RETRY)
		current->major_faults++;
	result = fault_wait(current->mm, address, result);
	return result == VM_FAULT_OOM ? wait_for_memory() : result;
}

/* The fault in current's address space, from the look-up of the area on, as often as need be. */
static enum vm_fault resolve_fault(u64 address, u32 flags)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	enum vm_fault result;

	do {
		down_read(&mm->mmap_lock);
		vma = vma_lookup(mm, address);
		result = likely(vma) ? handle_mm_fault(vma, address, flags) : VM_FAULT_NO_AREA;
		up_read(&mm->mmap_lock);
		if (unlikely(result != VM_FAULT_OK))
			result = wait_for_help(address, result);
	} while (unlikely(result == VM_FAULT_RETRY));
	current->faults++;
	return result;
}

/* What a program hears of an access that is refused. */
struct refusal {
	int sig;
	int code;	    /* of siginfo_t */
	const char *reason; /* a clause */
};

/* The area does not allow it, or there is none; if it does by now, that is said. */
static struct refusal segv_refusal(u64 addr, u32 flags)
{
	struct refusal r = { SIGSEGV, SEGV_MAPERR, "that is not the program's" };
	struct vm_area_struct *vma;

	if (addr >= TASK_SIZE)
		return r;
	READ_GUARD(&current->mm->mmap_lock);
	vma = vma_lookup(current->mm, addr);
	if (vma)
		r.code = SEGV_ACCERR;
	r.reason = vma ? vma_refusal(vma, flags) : stack_refusal(current->mm, addr);
	if (!r.reason && !vma)
		r.reason = vma_refusal(NULL, flags);
	if (!r.reason)
		r.reason = "another thread allowed it since";
	return r;
}

static struct refusal refusal_of(enum vm_fault result, u64 addr, u32 flags)
{
	switch (result) {
	case VM_FAULT_SIGSEGV:
		return segv_refusal(addr, flags);
	case VM_FAULT_SIGBUS:
		return (struct refusal){ SIGBUS, BUS_ADRERR,
					 "that is beyond the end of the object" };
	case VM_FAULT_PAGER:
		return (struct refusal){ SIGBUS, BUS_ADRERR,
					 "the object's pager does not bring the page" };
	case VM_FAULT_OOM:
		return (struct refusal){ SIGKILL, SEGV_MAPERR, "no memory is left" };
	case VM_FAULT_OK:
	case VM_FAULT_RETRY:
	case VM_FAULT_NO_AREA: /* fault_wait() has made something else of it */
	case VM_FAULT_KILLED:
		break;
	}
	BUG();
}

/* What the access did, for a sentence that goes on with an address. */
static const char *access_verb(u32 flags)
{
	if (flags & FAULT_FLAG_EXEC)
		return "executed";
	return flags & FAULT_FLAG_WRITE ? "wrote to" : "read from";
}

/* A user copy in the kernel gets -EFAULT; a program a signal, unless it is about to die. */
static void __cold __noinline fault_failed(struct pt_regs *regs, u64 addr, u32 flags,
					   enum vm_fault result)
{
	struct refusal r;
	char clause[96];

	if (!user_mode(regs)) {
		BUG_ON(!fixup_exception(regs));
		return;
	}
	if (READ_ONCE(current->kill_pending))
		return;
	r = refusal_of(result, addr, flags);
	scnprintf(clause, sizeof(clause), "%s 0x%lx: %s", access_verb(flags), addr, r.reason);
	fault_hooks.raise(r.sig, r.code, addr, clause);
}

/*
 * Whether the kernel has a right to this fault: in one of the user-copy loops, which
 * alone run with AC set (user memory open), on an address of the program.
 */
static bool is_user_copy(const struct pt_regs *regs, u64 addr)
{
	return (regs->rflags & RFLAGS_AC) && addr < TASK_SIZE && current->mm;
}

static const char *kernel_fault_reason(u64 addr, u64 code)
{
	if (code & PF_RESERVED)
		return "a reserved bit is set in a page table";
	if (addr < PAGE_SIZE)
		return "a null pointer";
	if (addr < TASK_SIZE)
		return "user memory outside the copy functions";
	return code & PF_PRESENT ? "the mapping forbids it" : "nothing is mapped there";
}

static void __cold __noreturn kernel_fault(struct pt_regs *regs, u64 addr, u64 code)
{
	panic_regs(regs, "the kernel %s 0x%lx: %s", access_verb(fault_flags(code)), addr,
		   kernel_fault_reason(addr, code));
}

/*
 * A program's instruction that the CPU carried out with the kernel's rights, and that SMAP then
 * stopped: QEMU 7.2 does so for what IRET and far RET pop.  No entry can ever allow it.
 */
static bool is_implicit_access(const struct pt_regs *regs, u64 code)
{
	return user_mode(regs) && (code & (PF_USER | PF_PRESENT)) == PF_PRESENT;
}

static void __cold __noinline refuse_implicit_access(u64 addr)
{
	char clause[96];

	scnprintf(clause, sizeof(clause),
		  "an IRET or far RET used 0x%lx with the kernel's rights, which SMAP refuses",
		  addr);
	fault_hooks.raise(SIGSEGV, SEGV_ACCERR, addr, clause);
}

void do_page_fault(struct pt_regs *regs, u64 addr, u64 code)
{
	u32 flags = fault_flags(code);
	enum vm_fault result;

	if (unlikely(code & PF_RESERVED) || unlikely(!user_mode(regs) && !is_user_copy(regs, addr)))
		kernel_fault(regs, addr, code);
	ASSERT(irqs_enabled());
	if (unlikely(is_implicit_access(regs, code))) {
		refuse_implicit_access(addr);
		return;
	}
	EVENT(fault, addr, code, current->mm->pid);
	result = resolve_fault(addr & PAGE_MASK, flags);
	EVENT(fault_done, addr, result, current->mm->pid);
	if (unlikely(result != VM_FAULT_OK))
		fault_failed(regs, addr, flags, result);
	if (fault_hooks.done)
		fault_hooks.done();
}
