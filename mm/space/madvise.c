/* SPDX-License-Identifier: MIT */
/*
 * madvise, and prctl's switch for merging: what a program tells of its memory.
 *
 * THEORY
 *
 * Two kinds of advice are acted upon.
 *
 *   DONTNEED, FREE         the contents are worthless: unmap the pages now, keep the
 *                          area; the next touch finds zeros, or the object's page
 *   MERGEABLE, UNMERGEABLE who may merge here: a flag of the VMA; taking permission
 *                          away also parts what was merged
 *
 * What is locked (mlock.c) is dropped by MADV_DONTNEED_LOCKED only; the other two are refused.
 *
 * Objects.  DONTNEED drops a private area's copies, and the object's own pages show again; in a
 * shared area it drops entries only.  FREE is for anonymous areas.  MERGEABLE in a private area
 * offers its copies (the object's own pages are never merged: they have no anon_vma to be found
 * by); in a shared area there is nothing to offer, and the advice is passed over, as in Linux.
 *
 * NORMAL, RANDOM, SEQUENTIAL and WILLNEED are accepted and change nothing: a page that a pager
 * has to bring is brought when it is touched, not before.  HUGEPAGE and NOHUGEPAGE likewise: there
 * are no huge pages.
 *
 * The flags.  KSM scans only where VM_MERGEABLE is set; PKSM everywhere but where
 * VM_UNMERGEABLE is set.  So the advice sets one flag and clears the other:
 *
 *                      VM_MERGEABLE  VM_UNMERGEABLE    KSM     PKSM
 *      (nothing)            -              -           no      yes
 *      MERGEABLE            x              -           yes     yes
 *      UNMERGEABLE          -              x           no      no
 *
 * Taking away permission: the flag first, then the parting.  A merge that is under
 * way reads the flag again under the page-table lock, at the moment in which it would
 * replace the PTE.  The parting takes that lock once for each page table before it looks:
 * so whatever was replaced under the old flag is found, and afterwards nothing is.  The other order
 * would leave a page that was merged between the parting and the flag.
 *
 * Worked example.  [0x10000, 0x20000) is merged throughout; UNMERGEABLE for the upper
 * half: split at 0x18000, flag on the upper VMA, eight unshare faults.  Memory for the
 * sixth fails: -ENOMEM, the flag stays, and five pages are parted; the call may be
 * repeated and goes on with the others.
 *
 * Locks:  DONTNEED holds mmap_lock for reading, as no VMA changes; the flags need it
 * for writing.  The parting handles faults, and so runs under the same lock.
 *
 * Invariants
 *  1. No VMA has both flags.
 *  2. When UNMERGEABLE has returned 0 no PTE of the range maps a merged page, and none
 *     will.
 *
 * Errors are Linux's: unmapped parts of the range give -ENOMEM after the rest has been
 * done; no memory for a split gives -EAGAIN.  Unlike Linux, -ENOMEM from the parting
 * is not turned into -EAGAIN: it is frames that are missing, and waiting may not help.
 * MADV_FREE is permitted to free at any time, and here does so at once.
 *
 * Deliberately missing: reading ahead (WILLNEED of a paged object), poison, fork behaviour.
 *
 * Further reading: madvise(2), prctl(2); mm/README.md on both scanners.
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/lib/atomic.h"
#include "mm/pgtable/mmu_gather.h"
#include "mm/space/hooks.h"
#include "mm/space/madvise.h"
#include "mm/space/vma.h"
#include "mm/space/zap.h"

#include <abi/errno.h>

static int madvise_dontneed(struct vm_area_struct *vma, u64 start, u64 end)
{
	struct mmu_gather tlb;

	tlb_gather_start(&tlb, vma->vm_mm, false);
	zap_range(&tlb, vma, start, end);
	tlb_gather_flush(&tlb);
	return 0;
}

/* The flag is visible before the parting begins: a merge re-reads it under the ptl. */
static void set_merge_flag(struct vm_area_struct *vma, u64 flag)
{
	WRITE_ONCE(vma->vm_flags, (vma->vm_flags & ~(VM_MERGEABLE | VM_UNMERGEABLE)) | flag);
	smp_mb();
}

/* Parts [start, end) of vma, whose flag is set. */
static int unmerge(struct vm_area_struct *vma, u64 start, u64 end)
{
	EVENT(unmerge_begin, vma->vm_mm->pid, start, end);
	return merge_hooks.unmerge ? merge_hooks.unmerge(vma, start, end) : 0;
}

/*
 * The part [start, end) of *vma gets the flag, split off if need be; *vma is the VMA that has it.
 */
static int advise_merging(struct vm_area_struct **vma, u64 start, u64 end, u64 flag)
{
	if ((*vma)->vm_flags & VM_SHARED)
		return 0; /* no page in it can merge */
	if (((*vma)->vm_flags & (VM_MERGEABLE | VM_UNMERGEABLE)) != flag) {
		if (vma_split_edges((*vma)->vm_mm, start, end, vma))
			return -EAGAIN;
		if (flag == VM_MERGEABLE && merge_hooks.mm_enter((*vma)->vm_mm))
			return -ENOMEM;
		set_merge_flag(*vma, flag);
		*vma = vma_merge(*vma);
	}
	return flag == VM_UNMERGEABLE ? unmerge(*vma, start, end) : 0;
}

static int advise_vma(struct vm_area_struct **vma, u64 start, u64 end, int advice)
{
	switch (advice) {
	case MADV_FREE:
		if ((*vma)->vmo || (*vma)->vm_flags & VM_LOCKED)
			return -EINVAL; /* an object might bring older bytes back, or might not */
		return madvise_dontneed(*vma, start, end);
	case MADV_DONTNEED:
		if ((*vma)->vm_flags & VM_LOCKED)
			return -EINVAL;
		return madvise_dontneed(*vma, start, end);
	case MADV_DONTNEED_LOCKED:
		return madvise_dontneed(*vma, start, end);
	case MADV_MERGEABLE:
		return advise_merging(vma, start, end, VM_MERGEABLE);
	case MADV_UNMERGEABLE:
		return advise_merging(vma, start, end, VM_UNMERGEABLE);
	default:
		return 0;
	}
}

/* Each VMA's part of [start, end) in turn; holes are noted and passed over.  mmap_lock held. */
static int madvise_walk(struct mm_struct *mm, u64 start, u64 end, int advice)
{
	struct vm_area_struct *vma = find_vma(mm, start);
	int holes = 0;

	while (start < end) {
		u64 next;
		int err;

		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start) {
			holes = -ENOMEM;
			start = vma->vm_start;
		}
		next = MIN(vma->vm_end, end);
		err = advise_vma(&vma, start, next, advice);
		if (!err)
			err = cond_resched_killable();
		if (err)
			return err;
		start = next;
		if (vma->vm_end <= start)
			vma = vma_next(vma);
	}
	return holes;
}

static bool advice_known(int advice)
{
	return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) || advice == MADV_FREE ||
	       advice == MADV_DONTNEED_LOCKED ||
	       (advice >= MADV_MERGEABLE && advice <= MADV_NOHUGEPAGE);
}

int do_madvise(struct mm_struct *mm, u64 addr, u64 len, int advice)
{
	u64 end = addr + ALIGN_UP(len, PAGE_SIZE);

	if (!advice_known(advice) || !IS_ALIGNED(addr, PAGE_SIZE) || end < addr ||
	    ALIGN_UP(len, PAGE_SIZE) < len)
		return -EINVAL;
	if (advice == MADV_MERGEABLE || advice == MADV_UNMERGEABLE) {
		WRITE_GUARD(&mm->mmap_lock);
		return madvise_walk(mm, addr, end, advice);
	}
	READ_GUARD(&mm->mmap_lock);
	return madvise_walk(mm, addr, end, advice);
}

/*
 * What the areas get: with `on` all are offered.  Without, all lose an offer that was made for
 * the whole mm; if none was, an area that MADV_MERGEABLE offers by itself keeps it.
 */
static void set_merge_flags(struct mm_struct *mm, bool on)
{
	struct vm_area_struct *vma;

	for_each_vma(mm, vma) {
		if (vma->vm_flags & VM_SHARED)
			continue;
		if (on)
			set_merge_flag(vma, VM_MERGEABLE);
		else if (mm->merge_any || !(vma->vm_flags & VM_MERGEABLE))
			set_merge_flag(vma, VM_UNMERGEABLE);
	}
}

/* Parts the pages of every area that is refused. */
static int unmerge_refused(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	for_each_vma(mm, vma) {
		int err = 0;

		if (vma->vm_flags & VM_UNMERGEABLE)
			err = unmerge(vma, vma->vm_start, vma->vm_end);
		if (err)
			return err;
	}
	return 0;
}

int mm_set_memory_merge(struct mm_struct *mm, bool on)
{
	WRITE_GUARD(&mm->mmap_lock);
	if (on && mm->merge_any)
		return 0; /* what was advised since then stays */
	if (on && merge_hooks.mm_enter(mm))
		return -ENOMEM;
	set_merge_flags(mm, on);
	mm->merge_any = on;
	mm->merge_disabled = !on;
	return on ? 0 : unmerge_refused(mm);
}
