/* SPDX-License-Identifier: MIT */
/*
 * Unmapping: the end of PTEs, of areas, and of an address space.
 *
 * THEORY
 *
 * Unmapping clears entries, and gives up what they held: a mapping of a page, and a reference.
 * The reference goes into a batch and is dropped after a flush (mm/pgtable/mmu_gather.c says
 * why); a walk that finds the batch full stops, and goes on where it stopped.
 *
 * Worked example, 100 pages in two tables:
 *      zap_range     table A                          table B
 *      zap_table     60 entries                       4, the batch is full | 36
 *                                                     flush, put 64
 *
 * Taking apart an area (unmap_region), and why in this order:
 *   1. unmap and flush   - pages first: rmap walks find fewer and fewer PTEs;
 *   2. unlink from the anon_vmas and i_mmap - this waits for walks that are under way, since
 *                          they hold the root lock; after it none can begin;
 *   3. free page tables  - nobody reads them now but the hardware: flush, then free;
 *   4. free the VMA.
 * A table that two areas share goes with the last of them in the region, and not at
 * all if a neighbour outside the region needs it (floor, ceiling).
 *
 * Pages of an object that goes on without them (unmap_mapping.c) are zapped in the same way, but
 * without mmap_lock: the object's i_mmap_lock keeps area and tables, as in any walk of the reverse
 * map.
 *
 * A page of an object goes through the same hands: the batch drops the entry's reference, the
 * object's stays.  The VMA's reference to the object goes last of all, in step 4, when no entry
 * and no batch has a page of it any more.  The D bit is lost, as nobody writes objects back.
 *
 * What the scanner may do meanwhile.  PKSM holds no mmap_lock.  Under the same ptl it
 * may have replaced the PTE by one for the merged page before we came, and will see an
 * empty PTE after us.  A page that we drop while it works on it lives on by its
 * reference.  The reference count test in its step 2 sees the batch's reference to a
 * page whose mapcount has gone, and lets the page alone.
 *
 * Locks:  mmap_lock (DONTNEED: reading; areas: writing) -> root anon_vma in step 2,
 * ptl in step 1, before which i_mmap_lock may stand for mmap_lock; no spinlock is held while
 * flushing here.
 *
 * Invariants
 *  1. nr_ptes falls by what was cleared in a table before the walk leaves it.
 *  2. After unmap_region() no PTE, no link in a tree and no table is left that only
 *     the region needed.
 *  3. After exit_mmap() nr_ptes is 0 and the root is the only table.
 *
 * Deliberately missing: lazy freeing by another thread, the OOM reaper.
 *
 * Further reading: Gorman, chapter 4; Linux's unmap_region().
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/pgtable/mmu_gather.h"
#include "mm/pgtable/ptwalk.h"
#include "mm/rmap/anon_vma.h"
#include "mm/rmap/rmap.h"
#include "mm/space/mm.h"
#include "mm/space/vma.h"
#include "mm/space/zap.h"
#include "mm/vmo.h"

/*
 * The entry at which the walk stands.  ptl held.  The A and D bits that the hardware may set at
 * this moment are lost with the contents.
 */
static __always_inline void zap_pte(struct mmu_gather *tlb, const struct ptwalk *w)
{
	struct page *page;

	ptep_get_and_clear(w->pte);
	tlb_gather_owe(tlb, w->addr);
	EVENT(zap, pte_pfn(w->entry), w->addr, tlb->mm->pid);
	switch (pte_kind(w->entry)) {
	case PTE_KIND_NONE:
		break; /* passed over by the walk */
	case PTE_KIND_PRESENT:
		page = pfn_to_page(pte_pfn(w->entry));
		page_remove_rmap(page);
		tlb_gather_page(tlb, page);
		break;
	case PTE_KIND_SPECIAL:
		if (w->entry & PTE_ZMERGED)
			count_zero_merged(tlb->mm, -1);
		break;
	}
}

/* Whether the entry maps a page of an object, and none of the area's own.  ptl held. */
static bool maps_object_page(pte_t e)
{
	switch (pte_kind(e)) {
	case PTE_KIND_NONE:
	case PTE_KIND_SPECIAL:
		return false;
	case PTE_KIND_PRESENT:
		return !PageAnon(pte_page(e));
	}
	BUG();
}

/* The rest of one page table, or as much as the batch has room for. */
static __always_inline void zap_table(struct mmu_gather *tlb, struct ptwalk *w, bool object_only)
{
	s64 zapped = 0;

	ptwalk_lock(w);
	/* locked: mmap(r) or i_mmap(r), ptl */
	for_each_entry(w) {
		if (tlb_gather_full(tlb))
			break;
		if (object_only && !maps_object_page(w->entry))
			continue;
		zap_pte(tlb, w);
		zapped++;
	}
	ptwalk_unlock(w);
	atomic64_add(-zapped, &tlb->mm->nr_ptes);
}

static __always_inline void zap(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 start,
				u64 end, bool object_only)
{
	struct ptwalk w;

	for_each_table(&w, vma->vm_mm, start, end) {
		u64 from = w.addr;

		zap_table(tlb, &w, object_only);
		tlb_gather_range(tlb, from, w.addr);
		if (tlb_gather_full(tlb))
			tlb_gather_flush(tlb);
		cond_resched();
	}
}

/* Whether area and tables stay while somebody zaps. */
static __maybe_unused bool area_stays(const struct vm_area_struct *vma)
{
	return rwsem_is_locked(&vma->vm_mm->mmap_lock) ||
	       (vma->vmo && rwsem_is_locked(&vma->vmo->i_mmap_lock));
}

void zap_range(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 start, u64 end)
{
	ASSERT(area_stays(vma));
	zap(tlb, vma, start, end, false);
}

void zap_object_pages(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 start, u64 end)
{
	ASSERT(area_stays(vma));
	zap(tlb, vma, start, end, true);
}

/* Steps 2 and 3 of one VMA whose predecessors in the region have gone through them. */
static void free_vma_tables(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 floor)
{
	struct vm_area_struct *next = vma_next(vma);

	vma_unlink_rmap(vma);
	pgtable_free_range(tlb, vma, floor, next ? next->vm_start : BIT(47));
	cond_resched();
}

void unmap_region(struct mm_struct *mm, u64 start, u64 end, bool dying)
{
	struct vm_area_struct *first = find_vma(mm, start), *vma, *next;
	u64 floor = first ? vma_prev_end(first) : 0;
	struct mmu_gather tlb;

	ASSERT(rwsem_is_write_held(&mm->mmap_lock));
	tlb_gather_start(&tlb, mm, dying);
	for (vma = first; vma && vma->vm_start < end; vma = vma_next(vma))
		zap_range(&tlb, vma, vma->vm_start, vma->vm_end);
	tlb_gather_flush(&tlb);
	for (vma = first; vma && vma->vm_start < end; vma = vma_next(vma))
		free_vma_tables(&tlb, vma, floor);
	tlb_gather_flush(&tlb);
	if (dying) {
		vma_destroy_all(mm);
		return;
	}
	for (vma = first; vma && vma->vm_start < end; vma = next) {
		next = vma_next(vma);
		vma_destroy(vma);
		cond_resched();
	}
}

void exit_mmap(struct mm_struct *mm)
{
	EVENT(exit_mmap, mm->pid);
	BUG_ON(mm->cpumask); /* the last user has left it: no flush below */
	WRITE_GUARD(&mm->mmap_lock);
	unmap_region(mm, 0, TASK_SIZE, true);
	BUG_ON(atomic64_read(&mm->nr_ptes) || atomic64_read(&mm->nr_tables) != 1);
}
