/* SPDX-License-Identifier: MIT */
/*
 * KSM: the scanner that walks the address spaces that asked for it.
 *
 * THEORY
 *
 * Linux's KSM scans *virtual* pages: every page of every area marked
 * MADV_MERGEABLE, again and again, each address by itself.  Three structures
 * carry it from one wake-up to the next:
 *
 *     ksm_scan (cursor)
 *        |
 *        v
 *     mm_slot --> mm_slot --> mm_slot --> (ring, ends at ksm_head)
 *        |  mm
 *        |  rmap_list
 *        v
 *     rmap_item -> rmap_item -> rmap_item       sorted by address, one a page seen
 *       0x403000     0x404000     0x410000      + flags in the low bits:
 *       STABLE       UNSTABLE|7   (none)          STABLE: a site of a stable node
 *                                                 UNSTABLE|n: in unstable tree n
 *
 * A visit (cmp_and_merge_page) asks, in this order: is an equal page merged
 * already?  did it change since the last visit?  is it zero?  is an equal candidate
 * known?  So a page needs two or three full scans to be merged: the first remembers
 * its checksum, the second, if it is the same, enters it into the unstable tree,
 * where the second page of a pair finds it.
 *
 * Linux 6.12 asks in another order: changed? zero? merged already? a candidate?  The knob
 * checksum_first does so too.  No search is spent on a page that is being written; but a
 * page whose equal is merged already waits a scan longer, and a page of zeros that comes
 * after others were merged goes to the zero page and not to them.
 *
 * Worked example.  P has three pages a, b, a.  Scan 0: three checksums.  Scan 1: a
 * inserted, b inserted, the other a meets the first: two sites on one node.
 * pages_shared 1, pages_sharing 1, pages_unshared 1.
 *
 * A *site* is an rmap_item on a node: it feeds the counters, no more.  The reverse
 * map goes by the node's records (stable.c), so losing a site never loses a PTE,
 * and pages that fork shares are found without sites of their own.  Counters
 * change when ksmd notices, on its next visit, not at the write that parted a page.
 *
 * Smart scan.  A page that failed to merge for three scans is skipped for the next
 * few, the more the older it is: 1, 2, 4, at last 8 scans.  With order=bytes two old
 * candidates that are equal but rest by turns miss each other, as in Linux: they merge
 * when a younger pair has; with order=hash a candidate that rests keeps its place.
 *
 * Locks: scanner mutex -> mmap_lock (read) -> page lock -> ... .
 * An rmap_item is touched under the mutex only.
 *
 * Invariants, at a scan boundary
 *  1. Nodes with sites = pages_shared; all sites = pages_shared + pages_sharing.
 *  2. The sum of ksm_merging_pages over all processes = all sites.
 *  3. Items with UNSTABLE = pages_unshared; those of them with this tree's number are
 *     the items in the unstable tree.
 *
 * Rejected: sites as the reverse map (as in Linux): dropping one would have to find
 * another way to its PTE.
 *
 * Unlike Linux, a merge of two pages that fails demotes instead of breaking COW,
 * and with order=hash the unstable tree outlives the scan.
 *
 * Deliberately missing: the advisor, memory nodes, migration.
 *
 * Further reading: cursor.c for the cursor; Documentation/admin-guide/mm/ksm.rst of
 * any Linux.
 */
#include "mm/merge/ksm/ksm.h"
#include "mm/space/gup.h"

#include "kernel/core/event.h"
#include "kernel/core/time.h"
#include "kernel/lib/hash.h"
#include "mm/frame/violation.h"
#include "mm/merge/engine/prune.h"
#include "mm/merge/engine/zero.h"
#include "mm/space/vma.h"

void ksm_init(void)
{
	ksm_items_init();
	ksm_cursor_init();
}

/* --- one page --------------------------------------------------------------------------------- */

/* The item's area if it still is to be merged.  mmap_lock held. */
static struct vm_area_struct *find_mergeable_vma(const struct rmap_item *item)
{
	struct vm_area_struct *vma;

	if (mm_is_dying(item->slot->mm))
		return NULL;
	vma = vma_lookup(item->slot->mm, item_address(item));
	if (!vma || !(vma->vm_flags & VM_MERGEABLE) || !vma->anon_vma)
		return NULL;
	return vma;
}

/* get_mergeable_page: the page an unstable item stands for, referenced, or NULL. */
static struct page *ksm_item_page(struct unstable_item *unstable)
{
	const struct rmap_item *item = container_of(unstable, struct rmap_item, item);
	struct page *page;

	READ_GUARD(&item->slot->mm->mmap_lock);
	if (!find_mergeable_vma(item))
		return NULL;
	page = follow_page(item->slot->mm, item_address(item));
	if (page && (!PageAnon(page) || PageKsm(page))) {
		put_page(page);
		return NULL;
	}
	return page;
}

/* Merges the item's mapping of page: into kpage, or (null) into the zero page. */
static enum join_result try_to_merge_one_page(struct rmap_item *item, struct page *page,
					      struct page *kpage)
{
	struct merge_scope scope = { .addr = item_address(item) };
	enum join_result r;

	READ_GUARD(&item->slot->mm->mmap_lock);
	scope.vma = find_mergeable_vma(item);
	if (!scope.vma)
		return JOIN_REFUSED;
	if (kpage)
		r = try_to_merge_with_ksm_page(page, kpage, &scope);
	else
		r = try_to_merge_zero(page, &scope);
	EVENT(ksm_merge_one_page, page_to_pfn(page), scope.addr, r);
	return r;
}

/*
 * An equal page is merged already, and has room: page of item joins it and gets a site there,
 * or, if that fails now, tries again at the next scan.
 */
static enum page_fate merge_into_stable(struct rmap_item *item, struct page *page, u64 hash)
{
	for (enum merge_key key = KEY_HASH; key <= KEY_BYTES; key++) {
		struct page *kpage = stable_tree_search(page, hash, key);
		enum join_result r = JOIN_DONE;

		if (!kpage)
			return FATE_ALONE;
		if (kpage != page)
			r = try_to_merge_one_page(item, page, kpage);
		EVENT(ksm_merge_with_ksm_page, page_to_pfn(kpage), page_to_pfn(page), r);
		if (r == JOIN_DONE)
			stable_tree_append(item, page_stable_node(kpage));
		put_page(kpage);
		if (r == JOIN_DONE)
			return FATE_MERGED;
		if (r != JOIN_DIFFERS)
			break;
		if (key == KEY_HASH && !is_collision(page, hash))
			break;
	}
	return FATE_AGAIN;
}

/* First merge: page becomes the merged page, tree_item's mapping follows. */
static enum join_result ksm_merge_two(struct rmap_item *item, struct page *page,
				      struct rmap_item *tree_item, struct page *tree_page)
{
	struct merge_scope scope = { .addr = item_address(tree_item) };
	enum join_result r = JOIN_REFUSED;

	down_read(&tree_item->slot->mm->mmap_lock);
	scope.vma = find_mergeable_vma(tree_item);
	if (scope.vma)
		r = try_to_merge_two_pages(page, tree_page, &scope);
	up_read(&tree_item->slot->mm->mmap_lock);
	EVENT(ksm_merge_with_ksm_page, page_to_pfn(page), page_to_pfn(tree_page), r);
	if (r != JOIN_DONE)
		return r;
	remove_rmap_item_from_tree(tree_item);
	stable_tree_append(tree_item, page_stable_node(page));
	stable_tree_append(item, page_stable_node(page));
	return r;
}

/* A candidate of equal contents is looked for; without one the item becomes a candidate. */
static void merge_with_unstable(struct rmap_item *item, struct page *page, u64 hash)
{
	for (enum merge_key key = KEY_HASH; key <= KEY_BYTES; key++) {
		struct page *tree_page;
		struct unstable_item *found =
			unstable_tree_search_insert(&item->item, page, hash, key, &tree_page);
		struct rmap_item *tree_item;
		enum join_result r = JOIN_RETRY;

		if (!found) {
			item_is_candidate(item);
			return;
		}
		tree_item = container_of(found, struct rmap_item, item);
		if (page != tree_page) /* else fork shares it, and there is nothing to gain */
			r = ksm_merge_two(item, page, tree_item, tree_page);
		if (r == JOIN_DIFFERS &&
		    (key == KEY_BYTES || !is_collision(tree_page, found->hash)))
			remove_rmap_item_from_tree(
				tree_item); /* written since: its key is not true */
		put_page(tree_page);
		if (r != JOIN_DIFFERS)
			return;
	}
}

/* An item that has failed for age scans rests for so many. */
static u8 skip_age(u8 age)
{
	if (age <= 3)
		return 1;
	if (age <= 5)
		return 2;
	return age <= 8 ? 4 : 8;
}

static bool should_skip_rmap_item(const struct page *page, struct rmap_item *item)
{
	u8 age = item->age;

	if (!ksm_knobs.smart_scan || PageKsm(page))
		return false;
	if (age < 255)
		item->age++;
	if (age < 3)
		return false;
	if (!item->remaining_skips) {
		item->remaining_skips = skip_age(age);
		return false;
	}
	item->remaining_skips--;
	ksm.skipped++;
	if (item->address & STABLE_FLAG || !in_this_unstable_tree(item))
		remove_rmap_item_from_tree(item); /* else it may be found meanwhile */
	return true;
}

static bool needs_hash(void)
{
	return ksm_knobs.order == ORDER_HASH || !ksm_dirty_filter();
}

static bool ksm_page_changed(struct rmap_item *item, const struct ksm_look *look, u64 hash)
{
	bool first = !item->oldchecksum;

	if (ksm_dirty_filter()) {
		item->oldchecksum = 1;
		return first || look->dirty;
	}
	if (item->oldchecksum == hash)
		return false;
	item->oldchecksum = hash;
	return true;
}

/*
 * Stable tree, then volatility, then zero, then unstable tree.  With checksum_first the stable
 * tree stands third, but not for a page that is merged: it only looks for the node it is on.
 */
static void cmp_and_merge_page(struct rmap_item *item, struct ksm_look *look)
{
	struct page *page = look->page;
	bool search_late = ksm_knobs.checksum_first && !PageKsm(page);
	u64 hash = 0;

	remove_rmap_item_from_tree(item);
	if (needs_hash() && !PageKsm(page))
		hash = merge_page_hash(page);
	if (!search_late && merge_into_stable(item, page, hash) != FATE_ALONE)
		return;
	if (ksm_page_changed(item, look, hash)) {
		EVENT(volatile_page, page_to_pfn(page));
		return;
	}
	if (ksm_knobs.use_zero_pages && page_is_zero(page_address(page)) &&
	    try_to_merge_one_page(item, page, NULL) == JOIN_DONE)
		return;
	if (search_late && merge_into_stable(item, page, hash) != FATE_ALONE)
		return;
	merge_with_unstable(item, page, hash);
}

static void ksm_do_scan(void)
{
	u64 end = ksm_work.scanned + ksm_knobs.pages_to_scan;
	struct rmap_item *item;
	struct ksm_look look;

	while ((item = scan_get_next_rmap_item(&look, end))) {
		EVENT(scan, page_to_pfn(look.page), item->age);
		if (should_skip_rmap_item(look.page, item))
			ksm_work.scanned--; /* as if it were not there */
		else
			cmp_and_merge_page(item, &look);
		put_page(look.page);
		cond_resched();
	}
}

/* --- the scanner ------------------------------------------------------------------------------ */

/* Pages so often shared that one frame is not enough also leave the most behind. */
static void prune_chains(void)
{
	static u64 next_ns; /* (s) */
	u64 now = now_ns();

	if (!merge_counters.chains || now < next_ns)
		return;
	stable_prune_chains();
	next_ns = now + ksm_knobs.chains_prune_millisecs * NSEC_PER_MSEC;
}

static void ksm_scan_wakeup(void)
{
	stable_drop_stale();
	prune_chains();
	ksm_do_scan();
	stable_prune_some(16);
}

static u64 ksm_pause_ns(u64 took)
{
	(void)took;
	return ksm_knobs.sleep_millisecs * NSEC_PER_MSEC;
}

/* unmerge_and_remove_all_rmap_items: the engine parts, this forgets; scans count from 0 again. */
static void ksm_reset(void)
{
	ksm_work.full_scans = 0;
	ksm_drop_unstable_tree();
	ksm_forget_all();
}

static bool ksm_has_room(const struct stable_node *node)
{
	return node->nr_sites < ksm_knobs.max_page_sharing;
}

static void ksm_stat(void *kstat)
{
	struct kstat_ksm *st = kstat;
	u64 known = ksm.shared + ksm.sharing + ksm.unshared;

	st->pages_shared = ksm.shared;
	st->pages_sharing = ksm.sharing;
	st->pages_unshared = ksm.unshared;
	st->pages_volatile = ksm.items - MIN(known, ksm.items);
	st->pages_skipped = ksm.skipped;
	st->rmap_items = ksm.items;
	st->meta_bytes += ksm.items * sizeof(struct rmap_item);
	st->general_profit = (s64)((st->pages_sharing + st->zero_pages) << PAGE_SHIFT) -
			     (s64)(ksm.items * sizeof(struct rmap_item));
}

static void ksm_stat_mm(struct mm_struct *mm, struct kstat_proc *st)
{
	ksm_count_mm(mm, &st->ksm_rmap_items, &st->ksm_merging_pages);
	st->ksm_profit = (s64)((st->ksm_merging_pages + st->ksm_zero_pages) << PAGE_SHIFT) -
			 (s64)(st->ksm_rmap_items * sizeof(struct rmap_item));
}

/* At work or not: if another scanner is, there is neither site nor candidate. */
static void ksm_check(int *bad)
{
	u64 sites = ksm_check_sites(bad);
	u64 in_tree = ksm_check_items(bad, sites);

	if (engine_client != &ksm_scanner.engine)
		return;
	CHECK_THAT(bad, in_tree == merge_counters.unstable,
		   "ksm: %lu items are candidates of this tree, %lu stand in it", in_tree,
		   merge_counters.unstable);
}

const struct merge_scanner ksm_scanner = {
	.name = "ksm",
	.run = &ksm_knobs.run,
	.engine = {
		.order = &ksm_knobs.order,
		.work = &ksm_work,
		.has_room = ksm_has_room,
		.item_page = ksm_item_page,
		.item_out = ksm_item_out,
		.node_gone = ksm_node_gone,
	},
	.mm_enter = __ksm_enter,
	.mm_leave = __ksm_exit,
	.has_work = ksm_has_slots,
	.scan = ksm_scan_wakeup,
	.pause_ns = ksm_pause_ns,
	.reset = ksm_reset,
	.stat = ksm_stat,
	.stat_mm = ksm_stat_mm,
	.check = ksm_check,
};
