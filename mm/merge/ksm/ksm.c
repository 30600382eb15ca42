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
#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "mm/merge/ksm/ksm.h"
#include "mm/space/gup.h"

/* --- sites ------------------------------------------------------------------------------------ */

static void site_gone(struct rmap_item *item, u64 others)
{
	if (others)
		ksm.sharing--;
	else
		ksm.shared--;
	item->mm->ksm_merging_pages--;
	item->address &= PAGE_MASK;
	list_del(&item->site);
	EVENT(ksm_remove_rmap_item, item->head->pfn, item->address, item->mm->pid);
}

static void stable_tree_append(struct rmap_item *item, struct stable_node *node)
{
	item->head = node;
	item->address |= STABLE_FLAG;
	list_add_tail(&item->site, &node->sites);
	if (node->nr_sites++)
		ksm.sharing++;
	else
		ksm.shared++;
	item->mm->ksm_merging_pages++;
	item->age = item->remaining_skips = 0;
}

/* The node's page has gone, or was never merged: its sites belong to nothing. */
static void ksm_node_gone(struct stable_node *node)
{
	struct rmap_item *item, *next;

	if (node->in_tree || !list_empty(&node->dups))
		EVENT(ksm_remove_ksm_page, node->pfn);
	list_for_each_entry_safe(item, next, &node->sites, site)
		site_gone(item, --node->nr_sites);
}

void ksm_drop_unstable_tree(void)
{
	unstable_tree_drop();
	tree_seqnr++;
}

/* No candidate any more.  It is one until ksmd comes back to it, though the tree it stood in may have gone. */
static void candidate_gone(struct rmap_item *item)
{
	item->address &= PAGE_MASK;
	ksm.unshared--;
}

void remove_rmap_item_from_tree(struct rmap_item *item)
{
	if (item->address & STABLE_FLAG) {
		site_gone(item, --item->head->nr_sites);
	} else if (item->address & UNSTABLE_FLAG) {
		if (ksm_in_unstable_tree(item))
			unstable_tree_erase(&item->item); /* says that the candidate is gone */
		else
			candidate_gone(item);
	}
}

/* --- one page --------------------------------------------------------------------------------- */

/* The item's area if it still is to be merged.  mmap_lock held. */
static struct vm_area_struct *find_mergeable_vma(const struct rmap_item *item)
{
	struct vm_area_struct *vma;

	if (mm_is_dying(item->mm))
		return NULL;
	vma = vma_lookup(item->mm, item->address & PAGE_MASK);
	return vma && vma->vm_flags & VM_MERGEABLE && vma->anon_vma ? vma : NULL;
}

/* get_mergeable_page: the page an unstable item stands for, referenced, or NULL. */
static struct page *ksm_item_page(struct unstable_item *unstable)
{
	const struct rmap_item *item = container_of(unstable, struct rmap_item, item);
	struct page *page;

	READ_GUARD(&item->mm->mmap_lock);
	if (!find_mergeable_vma(item))
		return NULL;
	page = follow_page(item->mm, item->address & PAGE_MASK);
	if (page && (!PageAnon(page) || PageKsm(page))) {
		put_page(page);
		return NULL;
	}
	return page;
}

static void ksm_item_out(struct unstable_item *item)
{
	candidate_gone(container_of(item, struct rmap_item, item));
}

/* Merges the item's mapping of page: into kpage, or (null) into the zero page. */
static enum merge_result try_to_merge_one_page(struct rmap_item *item, struct page *page,
					       struct page *kpage)
{
	struct merge_scope scope = { .addr = item->address & PAGE_MASK };
	enum merge_result r;

	READ_GUARD(&item->mm->mmap_lock);
	scope.vma = find_mergeable_vma(item);
	if (!scope.vma)
		return MERGE_REFUSED;
	r = kpage ? try_to_merge_with_ksm_page(page, kpage, &scope) :
		    try_to_merge_zero(page, &scope);
	EVENT(ksm_merge_one_page, page_to_pfn(page), scope.addr, r);
	return r;
}

/*
 * An equal page is merged already: page of item joins it and gets a site there, or, if
 * that fails now, tries again at the next scan.  False: there is none with room.
 */
static bool merge_into_stable(struct rmap_item *item, struct page *page, u64 hash, bool bytes)
{
	struct page *kpage = stable_tree_search(page, hash, bytes);
	enum merge_result r = MERGE_DONE;

	if (!kpage)
		return false;
	if (kpage != page)
		r = try_to_merge_one_page(item, page, kpage);
	EVENT(ksm_merge_with_ksm_page, page_to_pfn(kpage), page_to_pfn(page), r);
	if (r == MERGE_DONE)
		stable_tree_append(item, page_stable_node(kpage));
	put_page(kpage);
	if (r != MERGE_DIFFERS || bytes || !is_collision(page, hash))
		return true;
	return merge_into_stable(item, page, hash, true);
}

/* First merge: page becomes the merged page, tree_item's mapping follows. */
static enum merge_result ksm_merge_two(struct rmap_item *item, struct page *page,
				       struct rmap_item *tree_item, struct page *tree_page)
{
	struct merge_scope scope = { .addr = tree_item->address & PAGE_MASK };
	enum merge_result r = MERGE_REFUSED;

	down_read(&tree_item->mm->mmap_lock);
	scope.vma = find_mergeable_vma(tree_item);
	if (scope.vma)
		r = try_to_merge_two_pages(page, tree_page, &scope);
	up_read(&tree_item->mm->mmap_lock);
	EVENT(ksm_merge_with_ksm_page, page_to_pfn(page), page_to_pfn(tree_page), r);
	if (r != MERGE_DONE)
		return r;
	remove_rmap_item_from_tree(tree_item);
	stable_tree_append(tree_item, page_stable_node(page));
	stable_tree_append(item, page_stable_node(page));
	return r;
}

/* A candidate of equal contents is looked for; without one the item becomes a candidate. */
static void merge_with_unstable(struct rmap_item *item, struct page *page, u64 hash, bool bytes)
{
	struct page *tree_page;
	struct unstable_item *found =
		unstable_tree_search_insert(&item->item, page, hash, bytes, &tree_page);
	struct rmap_item *tree_item;
	enum merge_result r = MERGE_RETRY;

	if (!found) {
		item->address |= UNSTABLE_FLAG | (tree_seqnr & SEQNR_MASK);
		ksm.unshared++;
		return;
	}
	tree_item = container_of(found, struct rmap_item, item);
	if (page != tree_page) /* else fork shares it, and there is nothing to gain */
		r = ksm_merge_two(item, page, tree_item, tree_page);
	if (r == MERGE_DIFFERS && (bytes || !is_collision(tree_page, found->hash)))
		remove_rmap_item_from_tree(tree_item); /* written since: its key is not true */
	put_page(tree_page);
	if (r == MERGE_DIFFERS && !bytes)
		merge_with_unstable(item, page, hash, true);
}

/* An item that has failed for age scans rests for so many. */
static u8 skip_age(u8 age)
{
	return age <= 3 ? 1 : age <= 5 ? 2 : age <= 8 ? 4 : 8;
}

static bool should_skip_rmap_item(const struct page *page, struct rmap_item *item)
{
	u8 age = item->age;

	if (!MERGE_KNOB(KSM_SMART_SCAN) || PageKsm(page))
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
	if (item->address & STABLE_FLAG || !ksm_in_unstable_tree(item))
		remove_rmap_item_from_tree(item); /* else it may be found meanwhile */
	return true;
}

static bool needs_hash(void)
{
	return MERGE_KNOB(KSM_ORDER) == ORDER_HASH || !ksm_dirty_filter();
}

static bool changed(struct rmap_item *item, const struct ksm_look *look, u64 hash)
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

/* Stable tree, then volatility, then zero, then unstable tree. */
static void cmp_and_merge_page(struct rmap_item *item, struct ksm_look *look)
{
	struct page *page = look->page;
	u64 hash = 0;

	remove_rmap_item_from_tree(item);
	if (needs_hash() && !PageKsm(page))
		hash = merge_page_hash(page);
	if (merge_into_stable(item, page, hash, false))
		return;
	if (changed(item, look, hash)) {
		EVENT(volatile_page, page_to_pfn(page));
		return;
	}
	if (MERGE_KNOB(KSM_USE_ZERO_PAGES) && page_is_zero(page_address(page)) &&
	    try_to_merge_one_page(item, page, NULL) == MERGE_DONE)
		return;
	merge_with_unstable(item, page, hash, false);
}

static void ksm_do_scan(void)
{
	struct ksm_look look;
	struct rmap_item *item;

	for (u64 end = scanner->work->scanned + MERGE_KNOB(KSM_PAGES_TO_SCAN);;) {
		item = scan_get_next_rmap_item(&look, end);
		if (!item)
			return;
		EVENT(scan, page_to_pfn(look.page), item->age);
		if (should_skip_rmap_item(look.page, item))
			scanner->work->scanned--; /* as if it were not there */
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
	next_ns = now + MERGE_KNOB(KSM_CHAINS_PRUNE_MILLISECS) * NSEC_PER_MSEC;
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
	return MERGE_KNOB(KSM_SLEEP_MILLISECS) * NSEC_PER_MSEC;
}

/* unmerge_and_remove_all_rmap_items: the engine parts, this forgets. */
static void ksm_reset(void)
{
	ksm_drop_unstable_tree();
	ksm_forget_all();
}

static bool ksm_has_room(const struct stable_node *node)
{
	return node->nr_sites < MERGE_KNOB(KSM_MAX_PAGE_SHARING);
}

void ksm_counts(struct kstat_ksm *st)
{
	u64 known = ksm.shared + ksm.sharing + ksm.unshared;

	st->pages_shared = ksm.shared;
	st->pages_sharing = ksm.sharing;
	st->pages_unshared = ksm.unshared;
	st->pages_volatile = ksm.items - MIN(known, ksm.items);
	st->pages_skipped = ksm.skipped;
	st->rmap_items = ksm.items;
}

void merge_stat_mm(struct mm_struct *mm, struct kstat_proc *st)
{
	st->ksm_merging_pages = mm->ksm_merging_pages;
	st->ksm_rmap_items = mm->ksm_rmap_items;
	st->ksm_zero_pages = (u64)atomic64_read(&mm->nr_zero_merged);
	st->ksm_merge_any = READ_ONCE(mm->merge_any);
	st->ksm_profit = (s64)((st->ksm_merging_pages + st->ksm_zero_pages) << PAGE_SHIFT) -
			 (s64)(st->ksm_rmap_items * sizeof(struct rmap_item));
}

/* Sites and items of all address spaces together are those of the nodes and lists. */
static int check_processes(u64 sites)
{
	struct mm_struct *mm;
	u64 merging = 0, items = 0;

	list_for_each_entry(mm, &mm_list, mm_list) {
		merging += mm->ksm_merging_pages;
		items += mm->ksm_rmap_items;
	}
	return INVARIANT(merging == sites && items == ksm.items,
			 "ksm: processes count %lu sites and %lu items, there are %lu and %lu",
			 merging, items, sites, ksm.items);
}

static int ksm_check(void)
{
	struct stable_node *node;
	struct rmap_item *item;
	u64 with_sites = 0, sites = 0;
	int bad = 0;

	list_for_each_entry(node, &stable_nodes, all) {
		u64 n = 0;

		list_for_each_entry(item, &node->sites, site)
			n++;
		bad += INVARIANT(n == node->nr_sites, "merged frame %lu: %lu sites, %u counted",
				 node->pfn, n, node->nr_sites);
		with_sites += n > 0;
		sites += n;
	}
	bad += INVARIANT(with_sites == ksm.shared && sites == ksm.shared + ksm.sharing,
			 "ksm: %lu nodes with %lu sites, counted %lu shared, %lu sharing",
			 with_sites, sites, ksm.shared, ksm.sharing);
	return bad + check_processes(sites) + ksm_check_items();
}

static struct merge_work ksm_work;

const struct merge_scanner ksm_scanner = {
	.name = "ksm",
	.work = &ksm_work,
	.run = KNOB_KSM_RUN,
	.order = KNOB_KSM_ORDER,
	.filter = KNOB_KSM_VOLATILE_FILTER,
	.has_work = ksm_has_slots,
	.scan = ksm_scan_wakeup,
	.pause_ns = ksm_pause_ns,
	.reset = ksm_reset,
	.node_gone = ksm_node_gone,
	.has_room = ksm_has_room,
	.item_page = ksm_item_page,
	.item_out = ksm_item_out,
	.check = ksm_check,
};
