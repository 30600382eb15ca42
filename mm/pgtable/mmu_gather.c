/* SPDX-License-Identifier: MIT */
/*
 * mmu_gather: one flush for many pages.
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
 * Page tables are gathered in the same way: a CPU caches upper entries, too, and may
 * walk through a table that has just been unhooked.
 *
 * At exit nobody runs in the address space any more and nobody will (mm.c): nothing
 * is flushed, and pages are put at once.
 *
 * Locks: none of its own.  A page is gathered under the page-table lock under which its PTE was
 * cleared; a flush holds none.
 *
 * Invariants
 *  1. The reference of a cleared PTE is dropped after the flush (not if dying).
 *  2. [start, end) covers every entry cleared since the last flush.
 *
 * Unlike Linux the batch is one fixed array, not a chain of pages: a flush for 64
 * pages costs little beside freeing them, and nothing can fail here.
 *
 * Further reading: Linux's Documentation/core-api/cachetlb.rst; CVE-2018-18281, which is a
 * frame freed before the flush.
 */
#include "mm/pgtable/mmu_gather.h"

#include "mm/pgtable/pgtable.h"
#include "mm/pgtable/tlb.h"

void tlb_gather_start(struct mmu_gather *tlb, struct mm_struct *mm, bool dying)
{
	tlb->mm = mm;
	tlb->start = TASK_SIZE;
	tlb->end = 0;
	tlb->nr = 0;
	tlb->dying = dying;
	INIT_LIST_HEAD(&tlb->tables);
	tlb_owe_nothing(&tlb->owed, mm, "tlb_gather_flush");
}

/* No CPU reaches the pages of the batch any more. */
static void put_gathered(struct mmu_gather *tlb)
{
	if (!tlb->dying)
		tlb_check_owed(&tlb->owed);
	for (u32 i = 0; i < tlb->nr; i++)
		put_page(tlb->pages[i]);
}

void tlb_gather_flush(struct mmu_gather *tlb)
{
	struct page *table, *next;

	if (!tlb->dying && tlb->start < tlb->end)
		tlb_flush_range(tlb->mm, tlb->start, tlb->end);
	put_gathered(tlb);
	list_for_each_entry_safe(table, next, &tlb->tables, lru)
		pgtable_free(table);
	tlb_gather_start(tlb, tlb->mm, tlb->dying);
}
