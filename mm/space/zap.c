/* SPDX-License-Identifier: MIT */
/*
 * Unmapping: the end of PTEs, of areas, and of an address space.
 *
 * THEORY
 *
 * A page that is unmapped may be freed only when no CPU can reach it any more, so
 * clearing a PTE and dropping its reference are two steps with a flush in between.
 * To flush once for many pages the references are gathered:
 *
 *      under ptl:   PTE := 0, mapcount - 1, page into the batch     (64 times)
 *      ptl dropped: flush the range on every CPU
 *                   put the pages of the batch: now a frame may be free
 *
 * Worked example.  munmap() of 100 pages, thread B on CPU 2 reads them meanwhile.
 * After the first 64 PTEs are cleared CPU 2 may still read page 5 through its TLB;
 * the frame is still page 5's, because the batch holds its reference.  After the
 * flush CPU 2 faults, and finds no area when munmap() has dropped mmap_lock.
 *
 * Taking apart an area (unmap_region), and why in this order:
 *   1. unmap and flush   - pages first: rmap walks find fewer and fewer PTEs;
 *   2. unlink from the anon_vmas - this waits for walks that are under way, since
 *                          they hold the root lock; after it none can begin;
 *   3. free page tables  - nobody reads them now but the hardware: flush, then free;
 *   4. free the VMA.
 * A table that two areas share goes with the last of them in the region, and not at
 * all if a neighbour outside the region needs it (floor, ceiling).
 *
 * A page of an object goes through the same hands: the batch drops the entry's reference, the
 * object's stays.  The VMA's reference to the object goes last of all, in step 4, when no entry
 * and no batch has a page of it any more.  The D bit is lost, as nobody writes objects back.
 *
 * At exit nobody runs in the address space any more and nobody will (mm.c): nothing
 * is flushed, and pages are put at once.
 *
 * What the scanner may do meanwhile.  PKSM holds no mmap_lock.  Under the same ptl it
 * may have replaced the PTE by one for the merged page before we came, and will see an
 * empty PTE after us.  A page that we drop while it works on it lives on by its
 * reference.  The reference count test in its step 2 sees the batch's reference to a
 * page whose mapcount has gone, and lets the page alone.
 *
 * Locks:  mmap_lock (DONTNEED: reading; areas: writing) -> root anon_vma in step 2,
 * ptl in step 1; no lock is held while flushing here.
 *
 * Invariants
 *  1. The reference of a cleared PTE is dropped after the flush (not if dying).
 *  2. After unmap_region() no PTE, no link in a tree and no table is left that only
 *     the region needed.
 *  3. After exit_mmap() nr_ptes is 0 and the root is the only table.
 *
 * Unlike Linux the batch is one fixed array, not a chain of pages: a flush for 64
 * pages costs little beside freeing them, and nothing can fail here.
 *
 * Deliberately missing: lazy freeing by another thread, the OOM reaper.
 *
 * Further reading: Linux's Documentation/core-api/cachetlb.rst; CVE-2018-18281, which is a
 * frame freed before the flush.
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/rmap/rmap.h"
#include "mm/space/ptwalk.h"

/*
 * The entry at which the walk stands.  ptl held.  The A and D bits that the hardware may set at
 * this moment are lost with the contents.
 */
static __always_inline void zap_pte(struct mmu_gather *tlb, const struct ptwalk *w)
{
	struct page *page;

	ptep_get_and_clear(w->pte);
	EVENT(zap, pte_pfn(w->entry), w->addr, tlb->mm->pid);
	switch (pte_kind(w->entry)) {
	case PTE_KIND_NONE:
		break; /* passed over by the walk */
	case PTE_KIND_PRESENT:
		page = pfn_to_page(pte_pfn(w->entry));
		page_remove_rmap(page);
		tlb_remove_page(tlb, page);
		break;
	case PTE_KIND_SPECIAL:
		if (w->entry & PTE_ZMERGED)
			count_zero_merged(tlb->mm, -1);
		break;
	}
}

/* The rest of one page table, or as much as the batch has room for. */
static __always_inline void zap_table(struct mmu_gather *tlb, struct ptwalk *w)
{
	s64 zapped = 0;

	ptwalk_lock(w);
	/* locked: mmap(r), ptl */
	for_each_entry(w)
	{
		if (tlb_full(tlb))
			break;
		zap_pte(tlb, w);
		zapped++;
	}
	ptwalk_unlock(w);
	atomic64_add(-zapped, &tlb->mm->nr_ptes);
}

void zap_range(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 start, u64 end)
{
	struct ptwalk w;

	ASSERT(rwsem_is_locked(&vma->vm_mm->mmap_lock));
	for_each_table(&w, vma->vm_mm, start, end)
	{
		u64 from = w.addr;

		zap_table(tlb, &w);
		tlb_add_range(tlb, from, w.addr);
		if (tlb_full(tlb))
			tlb_flush(tlb);
		cond_resched();
	}
}

/* Steps 2 and 3 of one VMA whose predecessors in the region have gone through them. */
static void free_vma_tables(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 floor)
{
	struct vm_area_struct *next = vma_next(vma);

	unlink_anon_vmas(vma);
	pgtable_free_range(tlb, vma, floor, next ? next->vm_start : BIT(47));
}

void unmap_region(struct mm_struct *mm, u64 start, u64 end, bool dying)
{
	struct vm_area_struct *first = find_vma(mm, start), *vma, *next;
	u64 floor = first ? vma_prev_end(first) : 0;
	struct mmu_gather tlb;

	ASSERT(rwsem_is_write_held(&mm->mmap_lock));
	tlb_gather(&tlb, mm, dying);
	for (vma = first; vma && vma->vm_start < end; vma = vma_next(vma))
		zap_range(&tlb, vma, vma->vm_start, vma->vm_end);
	tlb_flush(&tlb);
	for (vma = first; vma && vma->vm_start < end; vma = vma_next(vma))
		free_vma_tables(&tlb, vma, floor);
	tlb_flush(&tlb);
	for (vma = first; vma && vma->vm_start < end; vma = next) {
		next = vma_next(vma);
		vma_destroy(vma);
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
