/* SPDX-License-Identifier: MIT */
/* madvise, and prctl's switch for merging. */
#pragma once

#include <abi/mman.h>
#include "mm/mm_types.h"

/*
 * Takes mmap_lock.  -EINVAL unaligned, unknown advice, overflow, FREE or WIPEONFORK in an area of
 * an object, FREE or DONTNEED in a locked one, POPULATE of what may not be touched so; -ENOMEM a
 * hole in the range (the rest is done, but by POPULATE, as in Linux) or no frames; -EAGAIN no
 * memory to split an area; POPULATE also -EFAULT beyond an object's end, -EIO, -EINTR.
 */
int do_madvise(struct mm_struct *mm, u64 addr, u64 len, int advice);
/*
 * prctl(PR_SET_MEMORY_MERGE, on): flag for the whole mm, and for VMAs to come.  1 once more changes
 * nothing, so what MADV_UNMERGEABLE took out since then stays out.  0 parts and refuses everything;
 * but if 1 was never said, an area that MADV_MERGEABLE offers stays offered.  Takes mmap_lock.
 * -ENOMEM
 */
int mm_set_memory_merge(struct mm_struct *mm, bool on);
/* VM_MERGEABLE or VM_UNMERGEABLE as prctl(PR_SET_MEMORY_MERGE) wants it for new areas. */
static inline u64 mm_merge_flags(const struct mm_struct *mm)
{
	return (mm->merge_any ? VM_MERGEABLE : 0) | (mm->merge_disabled ? VM_UNMERGEABLE : 0);
}
