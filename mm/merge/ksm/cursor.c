/* SPDX-License-Identifier: MIT */
/*
 * KSM's cursor: which page is next.
 *
 * THEORY
 *
 * KSM visits every page of every mergeable area, address by address, and takes up
 * where it left off at the next wake-up.  The place where it stands is a cursor of
 * three parts: an address space in a ring, an address in it, and a link in that
 * address space's list of items:
 *
 *     ksm_head -> slot P -> slot Q -> slot R -> (ksm_head)
 *                             ^ cursor.slot
 *       Q's page tables   .. 0x7000 0x8000 [0x9000] ..          cursor.address
 *       Q's items         0x7000 -> 0x8000 -> 0xb000            cursor.rmap_list:
 *                                         ^                     the link after 0x8000
 *
 * Both advance together.  An item is made when its page is seen for the first time;
 * items that the address has passed belong to pages that have gone.  A page table
 * that does not exist is passed over as a whole, so an area of 1 TiB with a few
 * touched pages costs what its page tables cost.
 *
 * Worked example.  The PTE of 0x9000 is present: the item list's next is 0xb000, so a
 * new item is linked before it.  The PTE of 0xa000 is empty: passed over.  0xb000 has
 * its item, a site of frame 812, and the PTE maps 812: settled, nothing to do, and no
 * reference was taken.  Most visits of a quiet system are of this kind.
 *
 * Leaving.  A process that exits drops its areas by itself; the slot holds the
 * mm_struct alone (mm_count).  __ksm_exit() frees the slot at once if ksmd has nothing
 * there, else moves it next to the cursor, so that ksmd drops it soon.
 *
 * Locks: scanner mutex -> mmap_lock (read) -> page-table lock.  The ring has a
 * spinlock, since processes enter and leave without the mutex; the slot under the
 * cursor is never freed by them.
 *
 * Invariants
 *  1. mm->merge_private is the mm's slot as long as that is in the ring.
 *  2. The cursor's link belongs to the cursor's slot.
 *  3. A slot that leaves the ring has no items.
 *
 * Rejected: passing over every address of an area (an area may be a thousand times larger
 * than what is touched of it).
 *
 * Unlike Linux, the mm points to its slot: no hash table of address spaces.
 *
 * Deliberately missing: memory nodes.
 *
 * Further reading: ksm.c for what is done with a page.
 */
#include "mm/merge/ksm/cursor.h"

#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "mm/frame/slab.h"
#include "mm/frame/violation.h"
#include "mm/merge/scanner.h"
#include "mm/pgtable/ptwalk.h"
#include "mm/pgtable/tlb.h"
#include "mm/space/vma.h"

struct ksm_knobs ksm_knobs;
struct merge_work ksm_work;

static spinlock_t ksm_lock = SPINLOCK_INIT(LOCK_MM_LIST);
static struct mm_slot ksm_head = { .link = LIST_HEAD_INIT(ksm_head.link) };

/* The cursor.  (s); slot also under ksm_lock */
static struct {
	struct mm_slot *slot;
	u64 address;		      /* next one to look at */
	struct rmap_item **rmap_list; /* link to the next item in the slot's list */
	u64 started_ns, scan_ns;      /* when this scan started, and ksmd's time until then */
} ksm_scan = { .slot = &ksm_head };

static struct kmem_cache *slot_cache;

void ksm_cursor_init(void)
{
	slot_cache = kmem_cache_create("mm_slot", sizeof(struct mm_slot), 8, SLAB_ACCOUNT);
	BUG_ON(!slot_cache);
}

/* --- the ring of address spaces --------------------------------------------------------------- */

/* Just before the cursor, so that it is scanned last: a young process may exec soon. */
static void slot_link(struct mm_slot *slot)
{
	assert_spin_held(&ksm_lock);
	list_add_tail(&slot->link, &ksm_scan.slot->link);
}

int __ksm_enter(struct mm_struct *mm)
{
	struct mm_slot *slot;

	if (mm->merge_private)
		return 0;
	slot = kmem_cache_zalloc(slot_cache);
	if (!slot)
		return -ENOMEM;
	slot->mm = mm;
	mmgrab(mm);
	mm->merge_private = slot;
	spin_lock(&ksm_lock);
	slot_link(slot);
	spin_unlock(&ksm_lock);
	EVENT(ksm_enter, mm->pid);
	scanner_wake(); /* ksmd sleeps while the ring is empty */
	return 0;
}

/* Out of the ring. */
static void slot_unlink(struct mm_slot *slot)
{
	assert_spin_held(&ksm_lock);
	list_del(&slot->link);
	slot->mm->merge_private = NULL;
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
void __ksm_exit(struct mm_struct *mm)
{
	struct mm_slot *slot;
	bool easy_to_free;

	if (!mm->merge_private)
		return;
	EVENT(ksm_exit, mm->pid);
	spin_lock(&ksm_lock);
	slot = mm->merge_private;
	easy_to_free = slot && slot != ksm_scan.slot && !slot->rmap_list;
	if (easy_to_free)
		slot_unlink(slot);
	else if (slot && slot != ksm_scan.slot)
		list_move(&slot->link, &ksm_scan.slot->link);
	spin_unlock(&ksm_lock);
	if (easy_to_free)
		slot_free(slot);
}

/* The slot goes only under ksm_lock, so under it the slot and its counts may be read. */
void ksm_count_mm(struct mm_struct *mm, u64 *items, u64 *sites)
{
	struct mm_slot *slot;

	SPIN_GUARD(&ksm_lock);
	slot = mm->merge_private;
	*items = slot ? READ_ONCE(slot->nr_items) : 0;
	*sites = slot ? READ_ONCE(slot->nr_sites) : 0;
}

/* --- the cursor ------------------------------------------------------------------------------- */

/*
 * Nothing to do for this PTE: it maps the merged page whose site the item is, or
 * its page is a candidate already and was not written.  Page-table lock held.
 */
static bool settled(const struct rmap_item *item, pte_t e)
{
	if (item->address & STABLE_FLAG)
		return item->head->pfn == pte_pfn(e);
	if (item->address & UNSTABLE_FLAG)
		return ksm_dirty_filter() && in_this_unstable_tree(item) && !pte_dirty(e);
	return false;
}

/*
 * Under the page-table lock: the next PTE of the table that needs work.  Settled
 * ones are passed over here, which is what makes a quiet scan cheap.  The dirty
 * bit is taken over by the page; the flush follows before the mm is left.
 */
static __always_inline bool look_in_table(struct ptwalk *w, struct ksm_look *look)
{
	SPIN_GUARD(w->ptl);
	for_each_entry(w) {
		struct rmap_item *item;

		switch (pte_kind(w->entry)) {
		case PTE_KIND_NONE: /* passed over by the walk */
		case PTE_KIND_SPECIAL:
			continue;
		case PTE_KIND_PRESENT:
			break;
		}
		if (ksm_work.scanned >= look->end) {
			look->pause = true;
			ksm_scan.address = w->addr;
			return false;
		}
		item = *ksm_scan.rmap_list;
		if (item && item_address(item) == w->addr && settled(item, w->entry)) {
			ksm_work.scanned++;
			ksm_scan.rmap_list = &item->next;
			continue;
		}
		if (!PageAnon(pte_page(w->entry)))
			continue; /* an object's own page, in a private area of it: not counted */
		ksm_work.scanned++;
		look->addr = w->addr;
		look->page = pte_page(w->entry);
		look->dirty = ksm_dirty_filter() && pte_dirty(w->entry);
		if (look->dirty) {
			page_set_flag(look->page, PG_dirty);
			__atomic_fetch_and(w->pte, ~PTE_D, __ATOMIC_SEQ_CST);
		}
		get_page(look->page);
		return true;
	}
	return false;
}

/* The next page of an area that needs work.  mmap_lock held. */
static bool look_in_vma(struct vm_area_struct *vma, struct ksm_look *look)
{
	u64 start = MAX(ksm_scan.address, vma->vm_start);
	struct ptwalk w;

	for_each_table(&w, vma->vm_mm, start, vma->vm_end) {
		if (look_in_table(&w, look))
			return true;
		if (look->pause)
			return false;
		ksm_scan.address = w.table_end;
		cond_resched();
	}
	return false;
}

/*
 * The item of the page that was found; the cursor goes past it.  Without memory it stays
 * where it is, and the page is looked at again.
 */
static struct rmap_item *pass_page(struct mm_slot *slot, struct ksm_look *look)
{
	struct rmap_item *item;

	if (look->dirty)
		tlb_flush_page(slot->mm, look->addr);
	ksm_scan.address = look->addr;
	item = get_next_rmap_item(slot, ksm_scan.rmap_list, look->addr);
	if (!item) {
		look->pause = true;
		put_page(look->page);
		return NULL;
	}
	ksm_scan.address += PAGE_SIZE;
	ksm_scan.rmap_list = &item->next;
	return item;
}

/* The next page of the slot that needs work, and its item; NULL: the slot is done, or pause. */
static struct rmap_item *look_in_mm(struct mm_slot *slot, struct ksm_look *look)
{
	struct mm_struct *mm = slot->mm;
	struct vm_area_struct *vma;

	READ_GUARD(&mm->mmap_lock);
	if (mm_is_dying(mm)) /* ksm_test_exit */
		return NULL;
	for (vma = find_vma(mm, ksm_scan.address); vma; vma = vma_next(vma)) {
		if (!(vma->vm_flags & VM_MERGEABLE) || !vma->anon_vma)
			continue;
		if (look_in_vma(vma, look))
			return pass_page(slot, look);
		if (look->pause)
			return NULL;
	}
	return NULL;
}

static void cursor_enter(struct mm_slot *slot)
{
	assert_spin_held(&ksm_lock);
	ksm_scan.slot = slot;
	ksm_scan.address = 0;
	ksm_scan.rmap_list = &slot->rmap_list;
}

/* No area of it is to be scanned, and none will be without __ksm_enter().  mmap_lock held. */
static bool nothing_to_scan(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	if (mm_is_dying(mm))
		return true;
	if (mm->merge_any)
		return false;
	for_each_vma(mm, vma)
		if (vma->vm_flags & VM_MERGEABLE)
			return false;
	return true;
}

/*
 * Past the end of a slot: what is left of its list is out of date.  True: the slot has left
 * the ring.
 */
static bool pass_slot(struct mm_slot *slot)
{
	bool gone;

	READ_GUARD(&slot->mm->mmap_lock); /* who marks an area has it for writing */
	gone = nothing_to_scan(slot->mm);
	if (gone)
		ksm_scan.rmap_list = &slot->rmap_list;
	remove_trailing_rmap_items(ksm_scan.rmap_list);
	SPIN_GUARD(&ksm_lock);
	cursor_enter(list_entry(slot->link.next, struct mm_slot, link));
	if (gone)
		slot_unlink(slot);
	return gone;
}

static void leave_slot(struct mm_slot *slot)
{
	if (pass_slot(slot))
		slot_free(slot);
}

/* To the first slot, or, if there is none, to the end of the ring. */
static void cursor_to_first(void)
{
	SPIN_GUARD(&ksm_lock);
	cursor_enter(list_entry(ksm_head.link.next, struct mm_slot, link));
}

/* The cursor goes round; false if there is nothing to scan. */
static bool start_full_scan(void)
{
	cursor_to_first();
	if (ksm_scan.slot == &ksm_head)
		return false;
	if (ksm_knobs.order == ORDER_BYTES)
		ksm_drop_unstable_tree();
	ksm_scan.scan_ns = ksm_work.scan_ns;
	ksm_scan.started_ns = now_ns();
	EVENT(ksm_start_scan, ksm_work.full_scans, ksm.items);
	return true;
}

/* The advisor's figures: how long the scan took, and how much of one CPU in per cent. */
static void end_full_scan(void)
{
	u64 took = now_ns() - ksm_scan.started_ns;
	u64 busy = ksm_work.scan_ns - ksm_scan.scan_ns;

	ksm_work.full_scans++;
	EVENT(ksm_advisor, took / NSEC_PER_MSEC, ksm_knobs.pages_to_scan,
	      busy * 100 / MAX(took, 1UL));
	EVENT(ksm_stop_scan, ksm_work.full_scans, ksm.items);
}

struct rmap_item *scan_get_next_rmap_item(struct ksm_look *look, u64 end)
{
	*look = (struct ksm_look){ .end = end };
	if (ksm_scan.slot == &ksm_head && !start_full_scan())
		return NULL;
	while (ksm_scan.slot != &ksm_head) {
		struct rmap_item *item = look_in_mm(ksm_scan.slot, look);

		if (item || look->pause)
			return item;
		leave_slot(ksm_scan.slot);
	}
	end_full_scan();
	return NULL;
}

/* Leaving a slot at its start forgets all of its items, and the slot if its mm has died. */
void ksm_forget_all(void)
{
	cursor_to_first();
	while (ksm_scan.slot != &ksm_head)
		leave_slot(ksm_scan.slot);
}

bool ksm_has_slots(void)
{
	return READ_ONCE(ksm_head.link.next) != &ksm_head.link;
}

/* --- checks ----------------------------------------------------------------------------------- */

/* What is counted of all items. */
struct item_counts {
	u64 items, sites, candidates, in_tree;
};

/* One list: ascending addresses, flags that agree with each other, counts. */
static void check_list(int *bad, const struct mm_slot *slot, struct item_counts *n)
{
	const struct rmap_item *item;
	u64 least = 0, items = 0, sites = 0;

	for (item = slot->rmap_list; item; item = item->next) {
		bool stable = item->address & STABLE_FLAG, unstable = item->address & UNSTABLE_FLAG;

		CHECK_THAT(bad, item_address(item) >= least && item->slot == slot,
			   "ksm: pid %d, item %#lx is in the wrong list or place", slot->mm->pid,
			   item->address);
		CHECK_THAT(bad, !stable || !unstable, "ksm: pid %d, item %#lx is in both trees",
			   slot->mm->pid, item->address);
		items++;
		if (stable)
			sites++;
		if (unstable)
			n->candidates++;
		if (unstable && in_this_unstable_tree(item))
			n->in_tree++;
		least = item_address(item) + PAGE_SIZE;
	}
	CHECK_THAT(bad, items == slot->nr_items && sites == slot->nr_sites,
		   "ksm: pid %d has %lu items and %lu sites, counted %lu and %lu", slot->mm->pid,
		   items, sites, slot->nr_items, slot->nr_sites);
	n->items += items;
	n->sites += sites;
}

u64 ksm_check_items(int *bad, u64 sites)
{
	struct item_counts n = { 0 };
	struct mm_slot *slot;

	list_for_each_entry(slot, &ksm_head.link, link)
		check_list(bad, slot, &n);
	CHECK_THAT(bad, n.items == ksm.items && n.sites == sites,
		   "ksm: processes have %lu items and %lu sites, there are %lu and %lu", n.items,
		   n.sites, ksm.items, sites);
	CHECK_THAT(bad, n.candidates == ksm.unshared, "ksm: %lu candidates, %lu counted",
		   n.candidates, ksm.unshared);
	return n.in_tree;
}
