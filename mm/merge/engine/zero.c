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
 * Deliberately missing: a choice; KSM asks its knob use_zero_pages before it calls.
 *
 * Further reading: mm/space/fault.c, do_wp_page(), for the parting.
 */
#include "mm/merge/engine/zero.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/lib/hash.h"
#include "mm/pgtable/pgtable.h"
#include "mm/space/pagelock.h"

enum join_result try_to_merge_zero(struct page *page, const struct merge_scope *scope)
{
	enum join_result r;
	u64 moved;

	ASSERT(mutex_is_held(&scanner_mutex));
	if (!trylock_page(page))
		return JOIN_RETRY;
	/* locked: page */
	EVENT(merge_locked, page_to_pfn(page), zero_pfn);
	r = write_protect_page(page, zero_pfn, NULL, scope);
	if (r == JOIN_DONE && !page_is_zero(page_address(page)))
		r = JOIN_DIFFERS;
	if (r == JOIN_DONE) {
		EVENT(zero_merge, page_to_pfn(page), 0);
		moved = replace_page(page, NULL, NULL, scope);
		if (!scope_is_done(scope, page, moved))
			r = JOIN_RETRY;
	}
	unlock_page(page);
	if (r == JOIN_DONE) {
		engine_client->work->merges++;
		EVENT(merge_done, page_to_pfn(page), zero_pfn);
	} else {
		EVENT(merge_fail, page_to_pfn(page), zero_pfn, r);
	}
	return r;
}
