/* SPDX-License-Identifier: MIT */
/*
 * madvise, and prctl's switch for merging: what a program tells of its memory.
 *
 * THEORY
 *
 * What is acted upon:
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
 *   POPULATE               (MADV_POPULATE_READ, MADV_POPULATE_WRITE) every page is touched now,
 *                          so that later touches need no fault
 *   REMOVE                 the bytes of the object itself are worthless: they are zeros for all
 *                          that show it, and its frames free (mm/object/truncate.c)
 *   DONTFORK, WIPEONFORK   what fork makes of the area: nothing, or an empty one; flags of the
 *                          VMA that DOFORK and KEEPONFORK clear
 *
 * NORMAL, RANDOM and SEQUENTIAL are flags, too, and so part areas as in Linux, but nobody asks
 * them: a page that a pager has to bring is brought when it is touched, not before.  WILLNEED,
 * HUGEPAGE and NOHUGEPAGE are accepted and change nothing: there are no huge pages.
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
 * for writing.  The parting handles faults, and so runs under the same lock.  Populating takes
 * it for an area's look, and again for each page table, since a pager may have to be waited for.
 * REMOVE cuts the object with no lock held, only a reference to it.
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
 * Deliberately missing: reading ahead (WILLNEED of a paged object), poison.
 *
 * Further reading: madvise(2), prctl(2); mm/README.md on both scanners.
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/lib/atomic.h"
#include "mm/pgtable/mmu_gather.h"
#include "mm/space/gup.h"
#include "mm/space/hooks.h"
#include "mm/space/madvise.h"
#include "mm/space/vma.h"
#include "mm/space/zap.h"
#include "mm/vmo.h"

#include <abi/errno.h>

static int madvise_dontneed(struct vm_area_struct *vma, u64 start, u64 end)
{
	struct mmu_gather tlb;

	tlb_gather_start(&tlb, vma->vm_mm, false);
	zap_range(&tlb, vma, start, end);
	tlb_gather_flush(&tlb);
	return 0;
}

/* What an advice makes of an area's flags. */
struct flag_change {
	u64 clear, set;
};

static u64 changed_flags(const struct vm_area_struct *vma, struct flag_change change)
{
	return (vma->vm_flags & ~change.clear) | change.set;
}

/* VM_MERGEABLE or VM_UNMERGEABLE, and not the other. */
static struct flag_change merging(u64 flag)
{
	return (struct flag_change){ VM_MERGEABLE | VM_UNMERGEABLE, flag };
}

/* Visible before a parting begins: a merge re-reads them under the ptl. */
static void set_flags(struct vm_area_struct *vma, struct flag_change change)
{
	WRITE_ONCE(vma->vm_flags, changed_flags(vma, change));
	smp_mb();
}

/* Parts [start, end) of vma, whose flag is set. */
static int unmerge(struct vm_area_struct *vma, u64 start, u64 end)
{
	EVENT(unmerge_begin, vma->vm_mm->pid, start, end);
	return merge_hooks.unmerge ? merge_hooks.unmerge(vma, start, end) : 0;
}

static const struct flag_change flag_changes[] = {
	[MADV_NORMAL] = { VM_SEQ_READ | VM_RAND_READ, 0 },
	[MADV_RANDOM] = { VM_SEQ_READ, VM_RAND_READ },
	[MADV_SEQUENTIAL] = { VM_RAND_READ, VM_SEQ_READ },
	[MADV_DONTFORK] = { 0, VM_DONTCOPY },
	[MADV_DOFORK] = { VM_DONTCOPY, 0 },
	[MADV_WIPEONFORK] = { 0, VM_WIPEONFORK },
	[MADV_KEEPONFORK] = { VM_WIPEONFORK, 0 },
};

static bool changes_flags(int advice)
{
	return (size_t)advice < ARRAY_SIZE(flag_changes) &&
	       (flag_changes[advice].clear | flag_changes[advice].set);
}

/* The same for [start, end) of *vma, split off if need be; *vma is the VMA that has it then. */
static int change_flags(struct vm_area_struct **vma, u64 start, u64 end, struct flag_change change)
{
	if ((*vma)->vm_flags == changed_flags(*vma, change))
		return 0;
	if (vma_split_edges((*vma)->vm_mm, start, end, vma))
		return -EAGAIN;
	set_flags(*vma, change);
	*vma = vma_merge(*vma);
	return 0;
}

/* Who may merge in the part [start, end) of *vma: one of the two flags, or the other. */
static int advise_merging(struct vm_area_struct **vma, u64 start, u64 end, u64 flag)
{
	int err;

	if ((*vma)->vm_flags & VM_SHARED)
		return 0; /* no page in it can merge */
	if (flag == VM_MERGEABLE && merge_hooks.mm_enter((*vma)->vm_mm))
		return -ENOMEM;
	err = change_flags(vma, start, end, merging(flag));
	if (err || flag == VM_MERGEABLE)
		return err;
	return unmerge(*vma, start, end);
}

static int advise_vma(struct vm_area_struct **vma, u64 start, u64 end, int advice)
{
	if (advice == MADV_WIPEONFORK && ((*vma)->vmo || (*vma)->vm_flags & VM_SHARED))
		return -EINVAL; /* whose pages are not the program's own */
	if (changes_flags(advice))
		return change_flags(vma, start, end, flag_changes[advice]);
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

/* The area at addr may be touched so (VM_READ or VM_WRITE): its end into *end.  Or -errno. */
static int may_populate(struct mm_struct *mm, u64 addr, u64 how, u64 *end)
{
	struct vm_area_struct *vma;

	READ_GUARD(&mm->mmap_lock);
	vma = vma_lookup(mm, addr);
	if (!vma)
		return -ENOMEM;
	if (!(vma->vm_flags & how))
		return -EINVAL;
	*end = vma->vm_end;
	return 0;
}

/* Up to the first page that cannot be had. */
static int madvise_populate(struct mm_struct *mm, u64 start, u64 end, u64 how)
{
	while (start < end) {
		u64 vma_end;
		int err = may_populate(mm, start, how, &vma_end);

		if (!err)
			err = populate_range(mm, start, MIN(end, vma_end), how);
		if (err)
			return err;
		start = vma_end;
	}
	return 0;
}

/* A part of an area, and the bytes of its object that it shows. */
struct removal {
	struct vmo *vmo; /* counted */
	u64 start, end, offset;
};

/* The first part of [start, end) that is mapped.  -ENOMEM none; as Linux -EINVAL, -EACCES. */
static int get_removal(struct mm_struct *mm, u64 start, u64 end, struct removal *r)
{
	const u64 writable = VM_WRITE << VM_MAY_SHIFT;
	struct vm_area_struct *vma;

	READ_GUARD(&mm->mmap_lock);
	vma = find_vma(mm, start);
	if (!vma || vma->vm_start >= end)
		return -ENOMEM;
	if (vma->vm_flags & VM_LOCKED || !vma->vmo)
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED) || !(vma->vm_flags & writable))
		return -EACCES;
	r->start = MAX(start, vma->vm_start);
	r->end = MIN(end, vma->vm_end);
	r->offset = linear_page_index(vma, r->start) << PAGE_SHIFT;
	r->vmo = vma->vmo;
	r->vmo->ops->get(r->vmo);
	return 0;
}

/* The object is cut with nothing held: see mm/object/truncate.c. */
static int madvise_remove(struct mm_struct *mm, u64 start, u64 end)
{
	int holes = 0;

	while (start < end) {
		struct removal r;
		int err = get_removal(mm, start, end, &r);

		if (err)
			return err;
		if (r.start > start)
			holes = -ENOMEM;
		err = r.vmo->ops->punch(r.vmo, r.offset, r.end - r.start);
		r.vmo->ops->put(r.vmo);
		if (err)
			return err;
		start = r.end;
	}
	return holes;
}

static bool advice_known(int advice)
{
	return changes_flags(advice) || advice == MADV_REMOVE || advice == MADV_WILLNEED ||
	       advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_DONTNEED_LOCKED ||
	       advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE ||
	       (advice >= MADV_MERGEABLE && advice <= MADV_NOHUGEPAGE);
}

/* Whether it changes areas, and not only what is in them. */
static bool needs_write_lock(int advice)
{
	return changes_flags(advice) || advice == MADV_MERGEABLE || advice == MADV_UNMERGEABLE;
}

int do_madvise(struct mm_struct *mm, u64 addr, u64 len, int advice)
{
	u64 end = addr + ALIGN_UP(len, PAGE_SIZE);

	if (!advice_known(advice) || !IS_ALIGNED(addr, PAGE_SIZE) || end < addr ||
	    ALIGN_UP(len, PAGE_SIZE) < len)
		return -EINVAL;
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return madvise_populate(mm, addr, end,
					advice == MADV_POPULATE_READ ? VM_READ : VM_WRITE);
	if (advice == MADV_REMOVE)
		return madvise_remove(mm, addr, end);
	if (needs_write_lock(advice)) {
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
			set_flags(vma, merging(VM_MERGEABLE));
		else if (mm->merge_any || !(vma->vm_flags & VM_MERGEABLE))
			set_flags(vma, merging(VM_UNMERGEABLE));
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
