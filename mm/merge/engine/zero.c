/* SPDX-License-Identifier: MIT */
/*
 * Pages of zeros: merged into the one zero page.
 *
 * THEORY
 *
 * Most equal pages are zero.  The kernel has a page of zeros already, the one a
 * read fault maps; it needs no node, no record, no count, because it is never
 * freed.  So a page found to be zero goes through the same steps as any merge,
 * with the zero page as target and step 5 (append) left out:
 *
 *     lock -> protect -> count -> "all zero?" -> replace by zero_pfn|SPECIAL|ZMERGED
 *
 * SPECIAL says that the entry holds no reference and no mapping count.  ZMERGED,
 * a software bit, tells an entry that a merge made from one that a read fault
 * made: it is counted (nr_zero_merged), follows fork, and is parted by
 * MADV_UNMERGEABLE and run=2, while a read fault's entry is nobody's merge.
 *
 * Worked example.  A process clears an array of 1,000 pages: 1,000 frames.  After
 * probation each PTE maps zero_pfn; 1,000 frames are free, pages_sharing does not
 * move, zero_pages says 1,000.  A write faults, do_wp_page() copies (clears) a
 * fresh frame, and zero_pages falls by one.
 *
 * Locks: as in join.c.
 *
 * Invariants
 *  1. nr_zero_merged = number of PTEs with the ZMERGED bit, in all and of each address
 *     space (mm_check counts).
 *  2. A ZMERGED entry is read-only, SPECIAL, and holds zero_pfn.
 *
 * Rejected: a stable node for zero pages: every process's zero pages would hang on one
 * node's records.  (KSM without use_zero_pages does just that, as in Linux.)
 * Coloured zero pages: no caches of that kind on x86-64.
 *
 * Deliberately missing: nothing; KSM's use_zero_pages decides in ksm.c.
 *
 * Further reading: mm/space/fault.c, do_wp_page(), for the parting.
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/merge/engine/engine.h"

/* Steps 2 to 6 for a locked page. */
static enum merge_result zero_locked(struct page *page, const struct merge_scope *scope)
{
	enum merge_result r = write_protect_page(page, zero_pfn, NULL, scope);
	u64 moved;

	if (r != MERGE_DONE)
		return r;
	if (!page_is_zero(page_address(page)))
		return MERGE_DIFFERS;
	EVENT(zero_merge, page_to_pfn(page), 0);
	moved = replace_page(page, NULL, NULL, scope);
	return (scope->vma ? moved : !page_mapped(page)) ? MERGE_DONE : MERGE_RETRY;
}

enum merge_result try_to_merge_zero(struct page *page, const struct merge_scope *scope)
{
	enum merge_result r;

	ASSERT(mutex_is_held(&scanner_mutex));
	if (!trylock_page(page))
		return MERGE_RETRY;
	EVENT(merge_locked, page_to_pfn(page), zero_pfn);
	r = zero_locked(page, scope);
	unlock_page(page);
	if (r == MERGE_DONE) {
		scanner->work->merges++;
		EVENT(merge_done, page_to_pfn(page), zero_pfn);
	} else {
		EVENT(merge_fail, page_to_pfn(page), zero_pfn, r);
	}
	return r;
}
