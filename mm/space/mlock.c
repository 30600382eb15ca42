/* SPDX-License-Identifier: MIT */
/*
 * mlock: areas whose pages stay in memory.
 *
 * THEORY
 *
 * VM_LOCKED is a promise about the future: what is in the area is not taken out of memory by
 * anybody but the program itself.  Nothing here is swapped or evicted yet, so what a program
 * notices is the other half: the pages are brought in at once, and MADV_DONTNEED, which would
 * throw them away, is refused.
 *
 *                     VM_LOCKED  VM_LOCKONFAULT     pages
 *      mlock              x            -            all brought in now
 *      MLOCK_ONFAULT      x            x            locked as they are touched
 *      munlock            -            -            stay until somebody wants them
 *
 * The flag first, then the pages: what somebody maps in between is locked already.
 *
 * Worked example.  [0x10000, 0x20000) is one area; mlock(0x14800, 0x1000) rounds to
 * [0x14000, 0x16000), splits twice, sets the flag in the middle one and touches two pages.
 * munlock() of the same joins the three again.
 *
 * Locked pages merge as others do: a lock says that a page stays, not which frame it is.  fork's
 * child has locked nothing, and exec begins with nothing locked, as POSIX has it.
 *
 * Locks:  mmap_lock(w) for the flags; faults as those of any touch.
 *
 * Invariants
 *  1. VM_LOCKONFAULT => VM_LOCKED.
 *
 * Further reading: mlock(2).
 */
#include "mm/space/mlock.h"

#include "mm/space/gup.h"
#include "mm/space/limit.h"
#include "mm/space/vma.h"

#include <abi/errno.h>

static void set_lock_flags(struct vm_area_struct *vma, u64 flags)
{
	WRITE_ONCE(vma->vm_flags, (vma->vm_flags & ~VM_LOCK_MASK) | flags);
}

/* Gives the areas of [start, end) the flags, up to the first hole: -ENOMEM.  mmap_lock(w). */
static int lock_range(struct mm_struct *mm, u64 start, u64 end, u64 flags)
{
	struct vm_area_struct *vma = vma_lookup(mm, start);

	while (vma && vma->vm_start <= start) {
		u64 next = MIN(vma->vm_end, end);

		if ((vma->vm_flags & VM_LOCK_MASK) != flags) {
			if (vma_split_edges(mm, start, next, &vma))
				return -ENOMEM;
			set_lock_flags(vma, flags);
			vma = vma_merge(vma);
		}
		if (next == end)
			return 0;
		start = next;
		if (vma->vm_end <= start)
			vma = vma_next(vma);
		if (cond_resched_killable())
			return -EINTR;
	}
	return -ENOMEM;
}

/* The pages with a byte in [addr, addr + len); -EINVAL if it wraps. */
static int round_range(u64 addr, u64 len, u64 *start, u64 *end)
{
	*start = ALIGN_DOWN(addr, PAGE_SIZE);
	*end = ALIGN_UP(addr + len, PAGE_SIZE);
	return addr + len < addr || *end < *start ? -EINVAL : 0;
}

/* The flags alone. */
static int change_range(struct mm_struct *mm, u64 start, u64 end, u64 flags)
{
	int err;

	if (start == end)
		return 0;
	WRITE_GUARD(&mm->mmap_lock);
	err = flags ? mm_may_lock(mm, start, end) : 0;
	return err ? err : lock_range(mm, start, end, flags);
}

int do_mlock(struct mm_struct *mm, u64 addr, u64 len, u64 flags)
{
	u64 start, end;
	int err;

	if (flags & ~(u64)MLOCK_ONFAULT || round_range(addr, len, &start, &end))
		return -EINVAL;
	if (flags & MLOCK_ONFAULT)
		return change_range(mm, start, end, VM_LOCKED | VM_LOCKONFAULT);
	err = change_range(mm, start, end, VM_LOCKED);
	if (err)
		return err;
	err = populate_range(mm, start, end, VM_WRITE);
	if (err == -EFAULT)
		return -ENOMEM;
	return err == -ENOMEM ? -EAGAIN : err;
}

int do_munlock(struct mm_struct *mm, u64 addr, u64 len)
{
	u64 start, end;

	if (round_range(addr, len, &start, &end))
		return -EINVAL;
	return change_range(mm, start, end, 0);
}

/* Gives all areas the flags.  mmap_lock(w). */
static void lock_all(struct mm_struct *mm, u64 flags)
{
	struct vm_area_struct *vma;

	for_each_vma(mm, vma) {
		set_lock_flags(vma, flags);
		vma = vma_merge(vma);
		cond_resched();
	}
}

/* The area at addr or the next one: the pages that are to be brought in.  False: there is none. */
static bool next_locked(struct mm_struct *mm, u64 addr, u64 *start, u64 *end)
{
	struct vm_area_struct *vma;

	READ_GUARD(&mm->mmap_lock);
	vma = find_vma(mm, addr);
	if (!vma)
		return false;
	*start = MAX(addr, vma->vm_start);
	*end = vma->vm_end;
	return true;
}

int do_mlockall(struct mm_struct *mm, u64 flags)
{
	u64 lock = VM_LOCKED | (flags & MCL_ONFAULT ? VM_LOCKONFAULT : 0);
	u64 start, end = 0;
	int err;

	if (!(flags & (MCL_CURRENT | MCL_FUTURE)) ||
	    flags & ~(u64)(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return -EINVAL;
	down_write(&mm->mmap_lock);
	err = mm_may_lock_all(mm, flags & MCL_CURRENT);
	if (!err)
		mm->lock_flags = flags & MCL_FUTURE ? lock : 0;
	if (!err && flags & MCL_CURRENT)
		lock_all(mm, lock);
	up_write(&mm->mmap_lock);
	if (err)
		return err;
	if (!(flags & MCL_CURRENT) || flags & MCL_ONFAULT)
		return 0;
	while (next_locked(mm, end, &start, &end))
		if (populate_range(mm, start, end, VM_WRITE) == -EINTR)
			return -EINTR; /* a page that cannot be had is passed over, as in Linux */
	return 0;
}

void do_munlockall(struct mm_struct *mm)
{
	WRITE_GUARD(&mm->mmap_lock);
	mm->lock_flags = 0;
	lock_all(mm, 0);
}
