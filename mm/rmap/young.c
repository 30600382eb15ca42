/* SPDX-License-Identifier: MIT */
/*
 * Whether a page is used.
 *
 * THEORY
 *
 * The CPU sets the accessed bit A in an entry when it fills a translation from it.  A page has as
 * many such bits as it has mappings, so "was it used?" is a question to the reverse map: walk, and
 * take A from each entry.  Two ask it, and each wants to know of the time since its own last
 * question:
 *
 *      page_referenced()    who looks for pages that can be spared
 *      idle tracking        a program that measures how much memory others really use: it marks
 *                           pages idle, waits, and asks which of them still are
 *
 * There is one bit for both.  So idle tracking, when it takes an A, leaves PG_young in its place,
 * which page_referenced() counts and clears; and page_referenced() takes PG_idle away with the A.
 *
 *      A of the entries --- page_referenced() ---> PG_idle off, and the number is the answer
 *            `------------- page_check_idle() ---> PG_idle off, PG_young on
 *
 * Worked example.  Frame 812 is mapped by P and C.  Marked idle: A is taken from both, PG_idle set.
 * C reads it: A in C's entry.  page_check_idle(): finds that A, so PG_idle goes and PG_young comes;
 * not idle.  page_referenced(): no A, but PG_young: 1.  Asked again: 0.
 *
 * Flush.  Each address whose A was taken, at once, under its page-table lock: as long as a CPU has
 * the translation it sets no A again, and the page would look unused while it is in use.
 *
 * Races.  The hardware may set A or D at any moment, so A is cleared by an atomic operation that
 * keeps the rest.  A use between the flush and the setting of PG_idle is not lost: it sets A, and
 * the next question finds it.  What the kernel copies through a pin sets no A.
 *
 * Locks: page lock -> the walk's -> page-table lock.
 *
 * Invariants
 *  1. PG_idle and no A in any entry: nobody has used the page since it was marked.
 *  2. No A is taken without page_referenced() being told, by the number or by PG_young.
 *
 * Rejected: to leave the translation as it is, as Linux does on x86 (there they do not live long;
 * here QEMU keeps them until somebody flushes).
 *
 * Further reading: Linux's Documentation/admin-guide/mm/idle_page_tracking.rst.
 */
#include "mm/rmap/young.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/pgtable/tlb.h"
#include "mm/rmap/rmap.h"

static bool take_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	int *used = arg;
	pte_t *pte = page_vma_mapped(page, vma, addr);

	if (!pte)
		return true;
	/* locked: page, i_mmap(r) or root(r), pte */
	if (ptep_get(pte) & PTE_A) {
		__atomic_fetch_and(pte, ~PTE_A, __ATOMIC_SEQ_CST);
		tlb_flush_page(vma->vm_mm, addr);
		++*used;
	}
	pte_unlock(pte);
	return true;
}

/* Takes A from all entries; how many had it. */
static int take_accessed(struct page *page)
{
	int used = 0;
	struct rmap_walk_control rwc = { .rmap_one = take_one, .arg = &used };

	ASSERT(PageLocked(page) && page_count(page) > 0);
	rmap_walk(page, &rwc);
	EVENT(referenced, page_to_pfn(page), used);
	return used;
}

int page_referenced(struct page *page)
{
	int used = take_accessed(page);

	if (page_flag(page, PG_young)) {
		page_clear_flag(page, PG_young);
		used++;
	}
	if (used && page_flag(page, PG_idle))
		page_clear_flag(page, PG_idle);
	return used;
}

/* For idle tracking: an A that it takes is kept for page_referenced(). */
static void take_for_idle(struct page *page)
{
	if (!take_accessed(page))
		return;
	page_clear_flag(page, PG_idle);
	page_set_flag(page, PG_young);
}

void page_set_idle(struct page *page)
{
	take_for_idle(page);
	page_set_flag(page, PG_idle);
}

bool page_check_idle(struct page *page)
{
	if (page_flag(page, PG_idle))
		take_for_idle(page);
	return page_flag(page, PG_idle);
}
