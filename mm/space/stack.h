/* SPDX-License-Identifier: MIT */
/* Areas that grow downward by themselves: MAP_GROWSDOWN, and the stack of a program. */
#pragma once

#include "mm/space/fault.h"

#define STACK_GUARD_GAP (256 * PAGE_SIZE)

/* Where what is mapped below vma is to end: at its start, but an area that grows keeps a gap. */
static inline u64 vma_floor(const struct vm_area_struct *vma)
{
	if (likely(!(vma->vm_flags & VM_GROWSDOWN)))
		return vma->vm_start;
	return vma->vm_start - MIN(vma->vm_start, STACK_GUARD_GAP);
}
/* Why the area a little above addr, which lies in none, does not grow so far: a clause, or NULL. */
const char *stack_refusal(struct mm_struct *mm, u64 addr);
