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
 * few, the more the older it is: 1, 2, 4, at last 8 scans.
 *
 * Leaving.  A process that exits drops its areas by itself; the slot holds the
 * mm_struct alone (mm_count).  ksm_exit() frees the slot at once if ksmd has
 * nothing there, else moves it next to the cursor, so that ksmd drops it soon.
 *
 * Locks: scanner mutex -> mmap_lock (read) -> page lock -> ... ; the ring has a
 * spinlock, since processes enter and leave without the mutex.  An rmap_item is
 * touched under the mutex only.
 *
 * Invariants, at a scan boundary
 *  1. Nodes with sites = pages_shared; all sites = pages_shared + pages_sharing.
 *  2. The sum of ksm_merging_pages over all processes = all sites.
 *  3. Items with UNSTABLE and this tree's number = items in the unstable tree.
 *  4. Items of a list are in ascending order of address, at most one each.
 *
 * Rejected: one list for all items (leaving would search it); an item for each
 * page from the start (1 TiB of untouched area costs what its page tables cost).
 *
 * Unlike Linux, a merge of two pages that fails demotes instead of breaking COW,
 * and with order=hash the unstable tree outlives the scan.
 *
 * Deliberately missing: the advisor, memory nodes, migration.
 *
 * Further reading: Documentation/admin-guide/mm/ksm.rst of any Linux.
 */
#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "mm/frame/slab.h"
#include "mm/merge/engine.h"

#define SEQNR_MASK    0x0ffUL
#define UNSTABLE_FLAG 0x100UL
#define STABLE_FLAG   0x200UL

/* One page of one address space.  Scanner mutex. */
struct rmap_item {
	struct rmap_item *next; /* in its mm's list */
	struct mm_struct *mm;	/* (c) counted by the slot */
	u64 address;		/* | flags | low bits of the tree's number */
	union {
		struct unstable_item item; /* while UNSTABLE */
		struct {
			struct list_head site;	  /* while STABLE: in head->sites */
			struct stable_node *head; /* the node */
		};
	};
	u64 oldchecksum;
	u8 age;		    /* scans it has lived without merging */
	u8 remaining_skips; /* smart scan */
};

/* An address space that KSM scans. */
struct mm_slot {
	struct list_head link;	     /* (ksm_lock) in the ring */
	struct mm_struct *mm;	     /* (c) mm_count held */
	struct rmap_item *rmap_list; /* (s) */
};

static spinlock_t ksm_lock = SPINLOCK_INIT(LOCK_MM_LIST);
static struct mm_slot ksm_head = { .link = LIST_HEAD_INIT(ksm_head.link) };

/* The cursor.  (s); slot also under ksm_lock */
static struct {
	struct mm_slot *slot;
	u64 address;		      /* next one to look at */
	struct rmap_item **rmap_list; /* link to the next item in the slot's list */
} ksm_scan = { .slot = &ksm_head };

static struct {
	u64 shared, sharing, items, skipped;
} ksm; /* (s) */

static u64 tree_seqnr; /* (s) number of the unstable tree in use */

static struct kmem_cache *slot_cache, *item_cache;

void ksm_init(void)
{
	slot_cache = kmem_cache_create("mm_slot", sizeof(struct mm_slot), 8, 0);
	item_cache = kmem_cache_create("rmap_item", sizeof(struct rmap_item), 8, 0);
}

u64 ksm_item_size(void)
{
	return sizeof(struct rmap_item);
}

/* --- the ring of address spaces --------------------------------------------------------------- */

/* Enters just behind the cursor, so that it is scanned last: a young process may exec soon. */
static int __ksm_enter(struct mm_struct *mm)
{
	struct mm_slot *slot = kmem_cache_zalloc(slot_cache);

	if (!slot)
		return -ENOMEM;
	slot->mm = mm;
	mmgrab(mm);
	mm->ksm_slot = slot;
	SPIN_GUARD(&ksm_lock);
	list_add_tail(&slot->link, &ksm_scan.slot->link);
	return 0;
}

int ksm_enter(struct mm_struct *mm)
{
	return mm->ksm_slot ? 0 : __ksm_enter(mm);
}

/* Out of the ring.  ksm_lock held. */
static void slot_unlink(struct mm_slot *slot)
{
	list_del(&slot->link);
	slot->mm->ksm_slot = NULL;
}

static void slot_free(struct mm_slot *slot)
{
	struct mm_struct *mm = slot->mm;

	kmem_cache_free(slot_cache, slot);
	mmdrop(mm);
}

/*
 * ksmd holds no more than the slot's mm_count; exit_mmap() waits for its mmap_lock.
 * ksmd may have seen the mm die and dropped the slot just now: looked at under the lock.
 */
static void __ksm_exit(struct mm_struct *mm)
{
	struct mm_slot *slot;
	bool easy_to_free;

	spin_lock(&ksm_lock);
	slot = mm->ksm_slot;
	easy_to_free = slot && slot != ksm_scan.slot && !slot->rmap_list;
	if (easy_to_free)
		slot_unlink(slot);
	else if (slot && slot != ksm_scan.slot)
		list_move(&slot->link, &ksm_scan.slot->link);
	spin_unlock(&ksm_lock);
	if (easy_to_free)
		slot_free(slot);
}

void ksm_exit(struct mm_struct *mm)
{
	if (mm->ksm_slot)
		__ksm_exit(mm);
}

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

/* The node's page has gone: its sites belong to nothing. */
static void ksm_node_gone(struct stable_node *node)
{
	struct rmap_item *item, *next;

	list_for_each_entry_safe(item, next, &node->sites, site)
		site_gone(item, --node->nr_sites);
}

/* Items of an earlier tree were dropped with it (with order=bytes, after each scan). */
static bool in_unstable_tree(const struct rmap_item *item)
{
	return (item->address & SEQNR_MASK) == (tree_seqnr & SEQNR_MASK);
}

static void drop_unstable_tree(void)
{
	unstable_tree_drop();
	tree_seqnr++;
}

static void remove_rmap_item_from_tree(struct rmap_item *item)
{
	if (item->address & STABLE_FLAG) {
		site_gone(item, --item->head->nr_sites);
	} else if (item->address & UNSTABLE_FLAG) {
		if (in_unstable_tree(item))
			unstable_tree_erase(&item->item);
		item->address &= PAGE_MASK;
	}
}

static void remove_trailing_rmap_items(struct rmap_item **list)
{
	while (*list) {
		struct rmap_item *item = *list;

		*list = item->next;
		remove_rmap_item_from_tree(item);
		item->mm->ksm_rmap_items--;
		ksm.items--;
		kmem_cache_free(item_cache, item);
		cond_resched();
	}
}

/* --- the cursor ------------------------------------------------------------------------------- */

/*
 * The item of an address, made if it is new; items below it belong to pages that
 * have gone.  NULL without memory.
 */
static struct rmap_item *get_next_rmap_item(struct mm_slot *slot, u64 addr)
{
	struct rmap_item **link = ksm_scan.rmap_list, *item;

	while ((item = *link) && (item->address & PAGE_MASK) < addr) {
		*link = item->next;
		item->next = NULL;
		remove_trailing_rmap_items(&item);
	}
	if (item && (item->address & PAGE_MASK) == addr)
		return item;
	item = kmem_cache_zalloc(item_cache);
	if (!item)
		return NULL;
	item->mm = slot->mm;
	item->address = addr;
	item->next = *link;
	*link = item;
	slot->mm->ksm_rmap_items++;
	ksm.items++;
	return item;
}

static bool dirty_filter(void)
{
	return MERGE_KNOB(KSM_VOLATILE_FILTER);
}

/*
 * Nothing to do for this PTE: it maps the merged page whose site the item is, or
 * its page is a candidate already and was not written.  Page-table lock held.
 */
static bool settled(const struct rmap_item *item, pte_t e)
{
	if (item->address & STABLE_FLAG)
		return item->head->pfn == pte_pfn(e);
	return item->address & UNSTABLE_FLAG && dirty_filter() && in_unstable_tree(item) &&
	       !pte_dirty(e);
}

/* What a look at one page table has found. */
struct ksm_look {
	u64 addr;
	struct page *page; /* referenced */
	bool dirty;	   /* its PTE was, and is no more: to be flushed */
	bool no_memory;	   /* for an item: the cursor stays where it is */
};

/*
 * Under the page-table lock: the next PTE of [addr, end) that needs work.  Settled
 * ones are passed over here, which is what makes a quiet scan cheap.  The dirty
 * bit is taken over by the page; the flush follows before the mm is left.
 */
static bool look_in_table(pte_t *pte, u64 addr, u64 end, struct ksm_look *look)
{
	SPIN_GUARD(pte_lockptr(pte));
	for (; addr < end; addr += PAGE_SIZE, pte++) {
		struct rmap_item *item = *ksm_scan.rmap_list;
		pte_t e = ptep_get(pte);

		if (!pte_present(e) || pte_special(e))
			continue;
		merge_counters.scanned++;
		if (item && (item->address & PAGE_MASK) == addr && settled(item, e)) {
			ksm_scan.rmap_list = &item->next;
			continue;
		}
		look->addr = addr;
		look->page = pte_page(e);
		look->dirty = dirty_filter() && pte_dirty(e);
		if (look->dirty) {
			page_set_flag(look->page, PG_dirty);
			__atomic_fetch_and(pte, ~PTE_D, __ATOMIC_SEQ_CST);
		}
		get_page(look->page);
		return true;
	}
	return false;
}

/* The next page of an area that needs work.  mmap_lock held. */
static bool look_in_vma(struct vm_area_struct *vma, struct ksm_look *look)
{
	u64 addr = pgtable_next(vma->vm_mm, MAX(ksm_scan.address, vma->vm_start), vma->vm_end);

	while (addr < vma->vm_end) {
		u64 end = pte_table_end(addr, vma->vm_end);

		if (look_in_table(pte_find(vma->vm_mm, addr), addr, end, look))
			return true;
		ksm_scan.address = end;
		addr = pgtable_next(vma->vm_mm, end, vma->vm_end);
	}
	return false;
}

/* The next page of the slot that needs work, and its item; NULL: the slot is done. */
static struct rmap_item *look_in_mm(struct mm_slot *slot, struct ksm_look *look)
{
	struct mm_struct *mm = slot->mm;
	struct vm_area_struct *vma;

	READ_GUARD(&mm->mmap_lock);
	if (mm_is_dying(mm)) /* ksm_test_exit */
		return NULL;
	for (vma = find_vma(mm, ksm_scan.address); vma; vma = vma_next(vma)) {
		struct rmap_item *item;

		if (!(vma->vm_flags & VM_MERGEABLE) || !vma->anon_vma || !look_in_vma(vma, look))
			continue;
		if (look->dirty)
			flush_tlb_page(mm, look->addr);
		ksm_scan.address = look->addr;
		item = get_next_rmap_item(slot, look->addr);
		look->no_memory = !item;
		if (!item) {
			put_page(look->page);
			return NULL;
		}
		ksm_scan.address += PAGE_SIZE;
		ksm_scan.rmap_list = &item->next;
		return item;
	}
	return NULL;
}

static void cursor_enter(struct mm_slot *slot)
{
	ksm_scan.slot = slot;
	ksm_scan.address = 0;
	ksm_scan.rmap_list = &slot->rmap_list;
}

static bool has_mergeable_area(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	READ_GUARD(&mm->mmap_lock);
	for_each_vma(mm, vma)
		if (vma->vm_flags & VM_MERGEABLE)
			return true;
	return false;
}

/*
 * Past the end of a slot: what is left of its list is out of date.  A slot that is
 * dying leaves the ring; who marked an area meanwhile stays.
 */
static void leave_slot(struct mm_slot *slot)
{
	bool gone = mm_is_dying(slot->mm);

	if (gone || !has_mergeable_area(slot->mm))
		ksm_scan.rmap_list = &slot->rmap_list;
	remove_trailing_rmap_items(ksm_scan.rmap_list);
	spin_lock(&ksm_lock);
	cursor_enter(list_entry(slot->link.next, struct mm_slot, link));
	if (gone)
		slot_unlink(slot);
	spin_unlock(&ksm_lock);
	if (gone)
		slot_free(slot);
}

/* The cursor goes round: to the first slot; false if there is none. */
static bool start_full_scan(void)
{
	bool any;

	spin_lock(&ksm_lock);
	any = !list_empty(&ksm_head.link);
	if (any)
		cursor_enter(list_first_entry(&ksm_head.link, struct mm_slot, link));
	spin_unlock(&ksm_lock);
	if (any && MERGE_KNOB(KSM_ORDER) == ORDER_BYTES)
		drop_unstable_tree();
	return any;
}

/* The next page that needs work; NULL at the end of a full scan, or without memory. */
static struct rmap_item *scan_get_next_rmap_item(struct ksm_look *look)
{
	*look = (struct ksm_look){ 0 };
	if (ksm_scan.slot == &ksm_head && !start_full_scan())
		return NULL;
	while (ksm_scan.slot != &ksm_head) {
		struct rmap_item *item = look_in_mm(ksm_scan.slot, look);

		if (item || look->no_memory)
			return item;
		leave_slot(ksm_scan.slot);
	}
	merge_counters.full_scans++;
	return NULL;
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

/* The page an unstable item stands for, referenced, or NULL. */
static struct page *get_mergeable_page(const struct rmap_item *item)
{
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

static struct page *ksm_item_page(struct unstable_item *item)
{
	return get_mergeable_page(container_of(item, struct rmap_item, item));
}

static void ksm_item_out(struct unstable_item *item)
{
	container_of(item, struct rmap_item, item)->address &= PAGE_MASK;
}

/* Merges the item's mapping of page: into kpage, or (null) into the zero page. */
static enum merge_result try_to_merge_one_page(struct rmap_item *item, struct page *page,
					       struct page *kpage)
{
	struct merge_scope scope = { .addr = item->address & PAGE_MASK };

	READ_GUARD(&item->mm->mmap_lock);
	scope.vma = find_mergeable_vma(item);
	if (!scope.vma)
		return MERGE_REFUSED;
	return kpage ? try_to_merge_with_ksm_page(page, kpage, &scope) :
		       try_to_merge_zero(page, &scope);
}

/* page of item is merged into the node's page: it gets a site there. */
static bool merge_into_stable(struct rmap_item *item, struct page *page, u64 hash, bool bytes)
{
	struct page *kpage = stable_tree_search(page, hash, bytes);
	enum merge_result r = MERGE_DONE;

	if (!kpage)
		return false;
	if (kpage != page)
		r = try_to_merge_one_page(item, page, kpage);
	if (r == MERGE_DONE)
		stable_tree_append(item, page_stable_node(kpage));
	put_page(kpage);
	if (r == MERGE_DIFFERS && !bytes) {
		merge_counters.collisions++;
		return merge_into_stable(item, page, hash, true);
	}
	return r == MERGE_DONE;
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
	if (r != MERGE_DONE)
		return r;
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
		return;
	}
	tree_item = container_of(found, struct rmap_item, item);
	if (page != tree_page) { /* else fork shares it, and there is nothing to gain */
		remove_rmap_item_from_tree(tree_item);
		r = ksm_merge_two(item, page, tree_item, tree_page);
	}
	put_page(tree_page);
	if (r != MERGE_DIFFERS || bytes)
		return;
	merge_counters.collisions++;
	merge_with_unstable(item, page, hash, true);
}

/* An item that has failed for age scans rests for so many. */
static u8 skip_age(u8 age)
{
	return age <= 3 ? 1 : age <= 5 ? 2 : age <= 8 ? 4 : 8;
}

static bool should_skip_rmap_item(const struct page *page, struct rmap_item *item)
{
	if (!MERGE_KNOB(KSM_SMART_SCAN) || PageKsm(page))
		return false;
	if (item->age < 255)
		item->age++;
	if (item->age < 3)
		return false;
	if (!item->remaining_skips) {
		item->remaining_skips = skip_age(item->age);
		return false;
	}
	item->remaining_skips--;
	ksm.skipped++;
	remove_rmap_item_from_tree(item);
	return true;
}

static bool needs_hash(void)
{
	return MERGE_KNOB(KSM_ORDER) == ORDER_HASH || !dirty_filter();
}

static bool changed(struct rmap_item *item, const struct ksm_look *look, u64 hash)
{
	bool first = !item->oldchecksum;

	if (dirty_filter()) {
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

	for (u64 n = MERGE_KNOB(KSM_PAGES_TO_SCAN); n; n--) {
		item = scan_get_next_rmap_item(&look);
		if (!item)
			return;
		EVENT(scan, page_to_pfn(look.page), item->age);
		if (!should_skip_rmap_item(look.page, item))
			cmp_and_merge_page(item, &look);
		put_page(look.page);
		cond_resched();
	}
}

/* --- the scanner ------------------------------------------------------------------------------ */

static void ksm_scan_wakeup(void)
{
	stable_drop_stale();
	ksm_do_scan();
	stable_prune_some(16);
}

static u64 ksm_pause_ns(u64 took)
{
	(void)took;
	return MERGE_KNOB(KSM_SLEEP_MILLISECS) * NSEC_PER_MSEC;
}

/* The cursor to the next slot of the ring: the one it stands on cannot be freed. */
static struct mm_slot *cursor_next(struct mm_slot *slot)
{
	SPIN_GUARD(&ksm_lock);
	cursor_enter(list_entry(slot->link.next, struct mm_slot, link));
	return ksm_scan.slot;
}

/* unmerge_and_remove_all_rmap_items: the engine parts, this forgets. */
static void ksm_reset(void)
{
	struct mm_slot *slot = &ksm_head;

	drop_unstable_tree();
	while ((slot = cursor_next(slot)) != &ksm_head)
		remove_trailing_rmap_items(&slot->rmap_list);
}

static void ksm_nothing(void)
{
}

static bool ksm_has_room(const struct stable_node *node)
{
	return node->nr_sites < MERGE_KNOB(KSM_MAX_PAGE_SHARING);
}

void ksm_counts(struct kstat_ksm *st)
{
	u64 known = ksm.shared + ksm.sharing + merge_counters.unstable;

	st->pages_shared = ksm.shared;
	st->pages_sharing = ksm.sharing;
	st->pages_volatile = ksm.items - MIN(known, ksm.items);
	st->pages_skipped = ksm.skipped;
	st->rmap_items = ksm.items;
}

void merge_stat_mm(struct mm_struct *mm, struct kstat_proc *st)
{
	st->ksm_merging_pages = mm->ksm_merging_pages;
	st->ksm_rmap_items = mm->ksm_rmap_items;
}

static int ksm_check(void)
{
	struct stable_node *node;
	struct rmap_item *item;
	u64 with_sites = 0, sites = 0;

	list_for_each_entry(node, &stable_nodes, all) {
		u64 n = 0;

		list_for_each_entry(item, &node->sites, site)
			n++;
		if (n != node->nr_sites)
			pr_err("merged frame %lu: %lu sites, %u counted", node->pfn, n,
			       node->nr_sites);
		with_sites += n > 0;
		sites += n;
	}
	if (with_sites == ksm.shared && sites == ksm.shared + ksm.sharing)
		return 0;
	pr_err("ksm: %lu nodes with %lu sites, counted %lu shared, %lu sharing", with_sites, sites,
	       ksm.shared, ksm.sharing);
	return 1;
}

const struct merge_scanner ksm_scanner = {
	.name = "ksm",
	.run = KNOB_KSM_RUN,
	.order = KNOB_KSM_ORDER,
	.filter = KNOB_KSM_VOLATILE_FILTER,
	.start = ksm_nothing,
	.stop = ksm_nothing,
	.scan = ksm_scan_wakeup,
	.pause_ns = ksm_pause_ns,
	.drain = ksm_nothing,
	.reset = ksm_reset,
	.node_gone = ksm_node_gone,
	.has_room = ksm_has_room,
	.item_page = ksm_item_page,
	.item_out = ksm_item_out,
	.check = ksm_check,
};
