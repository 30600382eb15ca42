/* SPDX-License-Identifier: MIT */
/* Frames and page tables to be freed after the flush that makes them unreachable. */
#pragma once

#include "mm/frame/page_alloc.h"
#include "mm/mm_types.h"
#include "mm/pgtable/tlb_check.h"

#define MMU_GATHER_BATCH 64
struct mmu_gather {
	struct mm_struct *mm;
	u64 start, end; /* what must be flushed before anything is freed */
	u32 nr;
	bool dying;		 /* nobody runs on this mm and nobody will: no flush needed */
	struct list_head tables; /* page tables, by page->lru */
	struct page *pages[MMU_GATHER_BATCH];
	struct tlb_owed owed;
};
/* Begins with nothing gathered.  Ends with tlb_gather_flush(). */
void tlb_gather_start(struct mmu_gather *tlb, struct mm_struct *mm, bool dying);
/* Widens what the next flush is for by [start, end). */
static inline void tlb_gather_range(struct mmu_gather *tlb, u64 start, u64 end)
{
	tlb->start = MIN(tlb->start, start);
	tlb->end = MAX(tlb->end, end);
}
/* Takes over the reference of a PTE that has just been cleared; dropped after the flush. */
static inline void tlb_gather_page(struct mmu_gather *tlb, struct page *page)
{
	if (tlb->dying)
		put_page(page);
	else
		tlb->pages[tlb->nr++] = page;
}
/* The entry of addr has been cleared, ptl held. */
static inline void tlb_gather_owe(struct mmu_gather *tlb, u64 addr)
{
	if (!tlb->dying)
		tlb_owe(&tlb->owed, addr);
}
/* No room for another page: drop the page-table lock and call tlb_gather_flush(). */
static inline bool tlb_gather_full(const struct mmu_gather *tlb)
{
	return tlb->nr == MMU_GATHER_BATCH;
}
/* Takes a page table whose entry has just been cleared; freed after the flush. */
static inline void tlb_gather_table(struct mmu_gather *tlb, struct page *table)
{
	list_add(&table->lru, &tlb->tables);
}
/* Flushes and frees what was gathered, and begins anew.  No page-table lock held. */
void tlb_gather_flush(struct mmu_gather *tlb);
