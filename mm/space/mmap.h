/* SPDX-License-Identifier: MIT */
/* mmap and munmap.  They take mmap_lock themselves. */
#pragma once

#include <abi/mman.h>
#include "mm/mm_types.h"

/* What mmap() is to show: anonymous memory (vmo null), or an object from page pgoff on. */
struct vm_source {
	struct vmo *vmo; /* the caller's reference; the area takes its own */
	u64 pgoff;
	u64 may; /* VM_READ, VM_WRITE, VM_EXEC: the rights that the caller has to it */
};
/*
 * Maps it and returns the address.  In this order -EINVAL length 0, neither or both of SHARED
 * and PRIVATE, shared without an object; -ENOMEM too long; -EACCES a right is missing (to write to
 * a private mapping takes none), or write and execute together (unless allow_wx); MAP_FIXED:
 * -EINVAL unaligned, -EPERM below TASK_MIN; -EEXIST MAP_FIXED_NOREPLACE and in use; -ENOMEM no
 * room, too many areas, or memory short.
 */
s64 do_mmap_source(struct mm_struct *mm, u64 addr, u64 len, u64 prot, u64 flags,
		   struct vm_source source);
/* The same with anonymous private memory. */
static inline s64 do_mmap(struct mm_struct *mm, u64 addr, u64 len, u64 prot, u64 flags)
{
	return do_mmap_source(mm, addr, len, prot, flags, (struct vm_source){ .may = VM_PROT });
}
/*
 * Unmaps; holes are fine.  -EINVAL unaligned, length 0, beyond TASK_SIZE; -ENOMEM an area cannot be
 * split.
 */
int do_munmap(struct mm_struct *mm, u64 addr, u64 len);
/* The same of the valid range [start, end), with mmap_lock(w) held. */
int do_munmap_locked(struct mm_struct *mm, u64 start, u64 end);
/*
 * A place for len bytes: the hint if it is free, otherwise top-down; 0 if there is none.
 * mmap_lock(w).
 */
u64 mmap_find_place(struct mm_struct *mm, u64 hint, u64 len);
