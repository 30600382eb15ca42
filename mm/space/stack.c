/* SPDX-License-Identifier: MIT */
/*
 * Stacks: areas that grow downward when they are touched below their start.
 *
 * THEORY
 *
 * How deep a program's calls will go nobody knows when it is loaded.  So its stack begins small,
 * and the first touch below it makes it larger, page by page or by a leap, up to RLIMIT_STACK:
 *
 *          ...mappings |        gap        |  stack, grown  |  stack  |
 *                      ^                   ^                          ^
 *                 prev's end         new vm_start <- addr          vm_end
 *                      |-- >= 1 MiB -------|
 *
 * The gap.  A function with a large array may step over a single guard page and land in whatever is
 * mapped below ("Stack Clash", CVE-2017-1000364); over 1 MiB compilers step with probes.  So
 * nothing that a program may touch is closer: a stack does not grow up to it, and mmap() looks for
 * room with the gap taken off (vma_floor).  What is mapped with MAP_FIXED may be closer.
 *
 * The order.  A fault that finds no area has mmap_lock for reading; to change an area it is needed
 * for writing, and all is looked at anew under it.  Then the fault begins again.  Two threads
 * may both come here: the second finds that addr lies in an area now, and begins again, too.
 *
 * vm_pgoff goes down as vm_start does, so every page keeps its index; an area that has moved
 * (mremap) so near to index 0 that there are none left does not grow.
 *
 * Worked example.  The stack is [0x7fffffdf000, 0x7ffffffff000), RLIMIT_STACK 8 MiB.  A call of
 * depth writes to 0x7fffff9f0008: 2.1 MiB below the top, so the area becomes
 * [0x7fffff9f0000, 0x7ffffffff000), and the fault brings one page.
 *
 * Locks:  mmap_lock(w), and what vma_set_range() takes.
 *
 * Rejected: to grow only near the stack pointer, as Linux did until 2018: it knew better than
 * programs with stacks of their own where theirs was.
 *
 * Further reading: the commit of Linux 4.20 that lifted it; Qualys, "The Stack Clash" (2017).
 */
#include "mm/space/stack.h"

#include "kernel/core/event.h"
#include "mm/space/limit.h"
#include "mm/space/vma.h"

#define NEAR (8UL << 20) /* a bad pointer within is taken for a deep call, in what is said of it */

/* Whether a program may touch the area at all. */
static bool is_accessible(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_PROT;
}

/* Why vma, which grows and begins above addr, cannot reach down to it; NULL: it can. */
static const char *why_not(struct vm_area_struct *vma, u64 addr)
{
	struct vm_area_struct *prev = vma_prev(vma);
	u64 more = vma->vm_start - addr;

	if (addr < TASK_MIN || more >> PAGE_SHIFT > vma->vm_pgoff)
		return "the stack cannot grow so far";
	if (prev && !(prev->vm_flags & VM_GROWSDOWN) && is_accessible(prev) &&
	    addr - prev->vm_end < STACK_GUARD_GAP)
		return "the stack would come too near to the area below";
	if (vma->vm_end - addr > vma->vm_mm->limit.stack.rlim_cur)
		return "the stack has reached its limit";
	if (mm_may_map(vma->vm_mm, vma->vm_flags, more, 0, 0))
		return "the stack may not grow: the limit of memory is reached";
	return NULL;
}

/* The area above addr if it grows and addr lies in no area, or NULL. */
static struct vm_area_struct *find_stack(struct mm_struct *mm, u64 addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	if (!vma || vma->vm_start <= addr || !(vma->vm_flags & VM_GROWSDOWN))
		return NULL;
	return vma;
}

enum vm_fault expand_stack(struct mm_struct *mm, u64 addr)
{
	struct vm_area_struct *vma;

	EVENT(stack_grow, addr, mm->pid);
	WRITE_GUARD(&mm->mmap_lock);
	if (vma_lookup(mm, addr))
		return VM_FAULT_RETRY; /* another thread has been here */
	vma = find_stack(mm, addr);
	if (!vma || why_not(vma, addr))
		return VM_FAULT_SIGSEGV;
	vma_expand_down(vma, addr);
	return VM_FAULT_RETRY;
}

const char *stack_refusal(struct mm_struct *mm, u64 addr)
{
	struct vm_area_struct *vma = find_stack(mm, addr);

	if (!vma || vma->vm_start - addr > NEAR)
		return NULL;
	return why_not(vma, addr);
}
