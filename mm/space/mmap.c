/* SPDX-License-Identifier: MIT */
/*
 * mmap and munmap: giving address ranges and taking them back.
 *
 * THEORY
 *
 * mmap() promises memory, it provides none: it makes a VMA, and the first touch of
 * each page brings the frame (mm/space/fault.c).  munmap() has to take back both.
 *
 *      TASK_SIZE   +--------------------+
 *                  | stack (exec)       |
 *      MMAP_BASE   +--------------------+  128 MiB below the top
 *                  | newest mapping     |   mappings grow downward:
 *                  | ...                |   each gets the highest hole
 *                  | oldest mapping     |   below MMAP_BASE that fits
 *                  |        |           |
 *                  |        v           |
 *                  |                    |
 *                  | program, 4 MiB     |
 *      TASK_MIN    +--------------------+  64 KiB: a null pointer plus a small
 *                  | never mapped       |  index must fault
 *                  +--------------------+
 *
 * Where a mapping goes:  MAP_FIXED: exactly there, what is there is unmapped first;
 * MAP_FIXED_NOREPLACE: exactly there or -EEXIST; an address without either is a hint
 * that is taken if the range is free; otherwise top-down, and if there is no room
 * below MMAP_BASE, the highest hole of all.
 *
 * Worked example.  Three mmap() of 16 KiB in an empty space give B-16K, B-32K, B-48K
 * (B = MMAP_BASE), and since each touches the one before and has the same flags they
 * are one VMA.  munmap() of the middle one splits twice and removes the middle VMA.
 *
 * Order of unmapping (zap.c unmap_region): unmap -> flush -> unlink from anon_vma ->
 * free page tables.  The root anon_vma lock is what a reverse walk holds, so as long
 * as the VMA is linked the walk may read its page tables.
 *
 * Failing.  Everything that can fail comes first (limits, splits, the new VMA's
 * memory is the last of it), so a call that returns an error has changed nothing
 * that a program can see, but for one case, as in Linux: MAP_FIXED over an existing
 * mapping has unmapped that when there is no memory for the new VMA.
 *
 * What is mapped.  An area shows anonymous memory or a memory object (struct vmo).  The
 * object's handle says what may be done with its bytes: to see them takes the right to read, to
 * change them in a shared mapping that to write, to run them that to execute.  A private mapping
 * may always be written: it changes copies.  What the handle did not give is not forgotten with
 * it: VM_MAY keeps it in the area, and mprotect() asks there.  Shared anonymous memory is an
 * object that nobody has a handle to: only the areas hold it.
 *
 * Worked example.  An object of 3 pages is mapped shared, 5 pages from page 1 on, with a handle
 * that may read.  vm_pgoff 1; the first two pages show pages 1 and 2, the others are SIGBUS;
 * mprotect(PROT_WRITE) is -EACCES.
 *
 * W^X.  A mapping that is writable and executable is refused with -EACCES, by
 * mmap() and by mprotect().  Unlike Linux this is the rule, not a security module's
 * option; the kernel parameter allow_wx=1 lifts it for tests.
 *
 * Locks:  mmap_lock(w) throughout; below it what split, zap and free take.
 *
 * Invariants
 *  1. vm_pgoff of a new anonymous VMA is its first address in pages: unique in the
 *     address space, so neighbours that were mapped apart join by the index rule.
 *  2. A new VMA has no PTE below it: whoever unmapped the range before has zapped it.
 *
 * Rejected: bottom-up allocation (the heap of a program wants to grow upward into
 * the hole); address space randomisation (runs must be repeatable here).
 *
 * Deliberately missing: brk (libc's malloc uses mmap), overcommit
 * accounting: every private mapping is MAP_NORESERVE.
 *
 * Further reading: mmap(2); "Topdown mmap" in LWN 91829 (2004).
 */
#include "kernel/core/log.h"
#include "mm/space/gup.h"
#include "mm/space/limit.h"
#include "mm/space/madvise.h"
#include "mm/space/mm.h"
#include "mm/space/mmap.h"
#include "mm/space/stack.h"
#include "mm/space/vma.h"
#include "mm/vmo.h"
#include "mm/space/zap.h"

#include <abi/errno.h>

#define MMAP_BASE (TASK_SIZE - (128UL << 20))

_Static_assert(PROT_READ == VM_READ && PROT_WRITE == VM_WRITE && PROT_EXEC == VM_EXEC,
	       "PROT_ and VM_ bits are the same, here and in mprotect.c");

/* What is wrong with the request whatever the address space looks like; 0 or -errno. */
static int check_request(u64 len, u64 prot, u64 flags, const struct vm_source *source)
{
	u64 sharing = flags & (MAP_SHARED | MAP_PRIVATE);

	if (!len || (sharing != MAP_PRIVATE && (sharing != MAP_SHARED || !source->vmo)))
		return -EINVAL;
	if (flags & MAP_GROWSDOWN && source->vmo)
		return -EINVAL;
	if (ALIGN_UP(len, PAGE_SIZE) < len || ALIGN_UP(len, PAGE_SIZE) > TASK_SIZE)
		return -ENOMEM;
	if ((prot & VM_PROT & ~source->may) ||
	    ((prot & PROT_WRITE) && (prot & PROT_EXEC) && !allow_wx))
		return -EACCES;
	return 0;
}

/* The range that MAP_FIXED asks for: 0 or -errno, in Linux's order. */
static int check_fixed(struct mm_struct *mm, u64 addr, u64 len, u64 flags)
{
	if (addr > TASK_SIZE - len)
		return -ENOMEM;
	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (addr < TASK_MIN)
		return -EPERM;
	if ((flags & MAP_FIXED_NOREPLACE) && vma_range_used(mm, addr, addr + len))
		return -EEXIST;
	return 0;
}

/* Whether nothing is in [start, end), and no area that grows right above. */
static bool is_room(struct mm_struct *mm, u64 start, u64 end)
{
	struct vm_area_struct *next = find_vma(mm, start);

	return !next || vma_floor(next) >= end;
}

u64 mmap_find_place(struct mm_struct *mm, u64 hint, u64 len)
{
	u64 addr = hint & PAGE_MASK;

	if (addr && addr < TASK_MIN)
		addr = TASK_MIN;
	if (addr && addr <= TASK_SIZE - len && is_room(mm, addr, addr + len))
		return addr;
	addr = vma_find_hole(mm, len, MMAP_BASE);
	return addr ? addr : vma_find_hole(mm, len, TASK_SIZE);
}

int do_munmap_locked(struct mm_struct *mm, u64 start, u64 end)
{
	struct vm_area_struct *first;
	int err = vma_split_edges(mm, start, end, &first);

	if (!err && first && first->vm_start < end)
		unmap_region(mm, start, end, false);
	return err;
}

/* Maps [addr, addr + len), for which room is made; the address or -ENOMEM. */
static s64 map_locked(struct mm_struct *mm, u64 addr, u64 len, u64 vm_flags,
		      const struct vm_source *source)
{
	u64 pgoff = source->vmo ? source->pgoff : addr >> PAGE_SHIFT;
	struct vm_area_struct *vma;

	if (vma_range_used(mm, addr, addr + len) && do_munmap_locked(mm, addr, addr + len))
		return -ENOMEM;
	vma = vma_create(mm, addr, addr + len, vm_flags, pgoff, source->vmo);
	if (!vma)
		return -ENOMEM;
	vma_merge(vma);
	return (s64)addr;
}

static u64 vm_flags_of(const struct mm_struct *mm, u64 prot, u64 flags, u64 may)
{
	u64 vm_flags = (prot & VM_PROT) | may << VM_MAY_SHIFT | mm->lock_flags;

	if (flags & MAP_LOCKED)
		vm_flags |= VM_LOCKED;
	if (flags & MAP_GROWSDOWN)
		vm_flags |= VM_GROWSDOWN;
	if (flags & MAP_STACK)
		vm_flags |= VM_STACK;
	if (flags & MAP_SHARED)
		vm_flags |= VM_SHARED;
	else
		vm_flags |= mm_merge_flags(mm);
	return vm_flags;
}

static s64 mmap_locked(struct mm_struct *mm, u64 addr, u64 len, u64 prot, u64 flags,
		       const struct vm_source *source)
{
	u64 vm_flags = vm_flags_of(mm, prot, flags, source->may);
	int err = 0;

	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
		err = check_fixed(mm, addr, len, flags);
	else
		addr = mmap_find_place(mm, addr, len);
	if (!err && !addr)
		err = -ENOMEM;
	if (!err)
		err = mm_may_map(mm, vm_flags, len, addr, addr + len);
	if (err)
		return err;
	return map_locked(mm, addr, len, vm_flags, source);
}

s64 do_mmap_source(struct mm_struct *mm, u64 addr, u64 len, u64 prot, u64 flags,
		   struct vm_source source)
{
	bool is_locked_now;
	s64 ret;

	source.may &= VM_PROT;
	if (flags & MAP_PRIVATE) /* what is written is a copy */
		source.may |= VM_WRITE;
	ret = check_request(len, prot, flags, &source);
	if (ret)
		return ret;
	len = ALIGN_UP(len, PAGE_SIZE);
	down_write(&mm->mmap_lock);
	ret = mmap_locked(mm, addr, len, prot, flags, &source);
	is_locked_now = mm->lock_flags == VM_LOCKED; /* without VM_LOCKONFAULT */
	up_write(&mm->mmap_lock);
	if (ret >= 0 && (flags & (MAP_POPULATE | MAP_LOCKED) || is_locked_now))
		populate_range(mm, (u64)ret, (u64)ret + len, VM_WRITE);
	return ret;
}

int do_munmap(struct mm_struct *mm, u64 addr, u64 len)
{
	if (!IS_ALIGNED(addr, PAGE_SIZE) || addr > TASK_SIZE || len > TASK_SIZE - addr || !len)
		return -EINVAL;
	WRITE_GUARD(&mm->mmap_lock);
	return do_munmap_locked(mm, addr, addr + ALIGN_UP(len, PAGE_SIZE));
}
