/* SPDX-License-Identifier: MIT */
/*
 * A page's entries are made read-only and clean.
 *
 * THEORY
 *
 * Whoever writes a page back must hear of the next write to it, or the bytes in memory and those
 * outside part for good.  A write through a writable entry tells nobody; so before the page is
 * written every one of its entries loses W, and the next write faults.
 *
 *      entry  rw D  --xchg 0-->  none  --flush-->  PG_dirty := 1  --set-->  r-, clean
 *                                                                  the next write: a fault
 *
 * Three rules, in this order under the page-table lock:
 *  - Empty, flush, then look.  Until the flush a CPU may store through its old translation and set
 *    D; after it nobody can.  So the D that the exchange returned, together with one that the
 *    hardware adds to an empty entry never, is all there is.
 *  - D becomes PG_dirty before the entry is seen again: whoever looks at entry and page in turn
 *    finds the page dirty by one of them at any time.
 *  - No lock goes before the flush is done: as soon as it does, the caller believes that the bytes
 *    stand still.
 *
 * An anonymous page stays AnonExclusive: its next write finds the page its own (CASE R of fault.c).
 * An object's page in a shared area gets W again by wp_page_shared().
 *
 * Worked example.  Two programs map page 5 of an object, P rw with D, C rw without.  It is cleaned:
 * P's entry r-, PG_dirty; C's entry r-; 2.  C writes: a fault, and W and D come back in C's entry.
 *
 * Locks: page lock -> the walk's -> page-table lock.
 *
 * Invariants
 *  1. Between the return and the next write fault every entry is read-only and clean.
 *  2. A page that was dirty by an entry or by itself before is PG_dirty after.
 *
 * Rejected: an atomic AND that takes W and D at once, and one flush at the end (a D that the
 * hardware sets between them through an old translation would be lost).
 *
 * Further reading: LWN 185463 (2006), on tracking dirty pages of shared mappings.
 */
#include "mm/rmap/mkclean.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/pgtable/tlb.h"
#include "mm/pgtable/tlb_check.h"
#include "mm/rmap/rmap.h"

static bool clean_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	int *cleaned = arg;
	pte_t *pte = page_vma_mapped(page, vma, addr);
	pte_t old;

	if (!pte)
		return true;
	/* locked: page, i_mmap(r) or root(r), pte */
	if (ptep_get(pte) & (PTE_W | PTE_D)) {
		old = ptep_get_and_clear(pte);
		tlb_flush_page(vma->vm_mm, addr);
		tlb_check_page(vma->vm_mm, addr, pte);
		if (pte_dirty(old))
			page_set_flag(page, PG_dirty);
		set_pte(pte, pte_wrprotect(pte_mkclean(old)));
		++*cleaned;
	}
	pte_unlock(pte);
	return true;
}

int page_mkclean(struct page *page)
{
	int cleaned = 0;
	struct rmap_walk_control rwc = { .rmap_one = clean_one, .arg = &cleaned };

	ASSERT(PageLocked(page) && page_count(page) > 0);
	rmap_walk(page, &rwc);
	EVENT(mkclean, page_to_pfn(page), cleaned);
	return cleaned;
}
