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
 *  1. Items of a list are in ascending order of address, at most one each.
 *  2. mm->ksm_slot is the mm's slot as long as that is in the ring.
 *  3. The cursor's link belongs to the cursor's slot.
 *
 * Rejected: one list for all items (leaving would search it); an item for each page
 * from the start.
 *
 * Unlike Linux, the mm points to its slot: no hash table of address spaces.
 *
 * Deliberately missing: memory nodes.
 *
 * Further reading: ksm.c for what is done with a page.
 */
#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "mm/frame/slab.h"
#include "mm/merge/ksm/ksm.h"
#include "mm/space/ptwalk.h"

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
	u64 started_ns, scan_ns;      /* when this scan started, and ksmd's time until then */
} ksm_scan = { .slot = &ksm_head };

struct ksm_counters ksm;
u64 tree_seqnr;

static struct kmem_cache *slot_cache, *item_cache;

void ksm_scan_init(void)
{
	slot_cache = kmem_cache_create("mm_slot", sizeof(struct mm_slot), 8, 0);
	item_cache = kmem_cache_create("rmap_item", sizeof(struct rmap_item), 8, 0);
}

/* --- the ring of address spaces --------------------------------------------------------------- */

/* Enters just behind the cursor, so that it is scanned last: a young process may exec soon. */
int __ksm_enter(struct mm_struct *mm)
{
	struct mm_slot *slot;

	if (mm->ksm_slot)
		return 0;
	slot = kmem_cache_zalloc(slot_cache);
	if (!slot)
		return -ENOMEM;
	slot->mm = mm;
	mmgrab(mm);
	mm->ksm_slot = slot;
	spin_lock(&ksm_lock);
	list_add_tail(&slot->link, &ksm_scan.slot->link);
	spin_unlock(&ksm_lock);
	EVENT(ksm_enter, mm->pid);
	scanner_wake(); /* ksmd sleeps while the ring is empty */
	return 0;
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
void __ksm_exit(struct mm_struct *mm)
{
	struct mm_slot *slot;
	bool easy_to_free;

	if (!mm->ksm_slot)
		return;
	EVENT(ksm_exit, mm->pid);
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

/*
 * Nothing to do for this PTE: it maps the merged page whose site the item is, or
 * its page is a candidate already and was not written.  Page-table lock held.
 */
static bool settled(const struct rmap_item *item, pte_t e)
{
	if (item->address & STABLE_FLAG)
		return item->head->pfn == pte_pfn(e);
	return item->address & UNSTABLE_FLAG && ksm_dirty_filter() && ksm_in_unstable_tree(item) &&
	       !pte_dirty(e);
}

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
		if (scanner->work->scanned >= look->end) {
			look->pause = true;
			ksm_scan.address = addr;
			return false;
		}
		scanner->work->scanned++;
		if (item && (item->address & PAGE_MASK) == addr && settled(item, e)) {
			ksm_scan.rmap_list = &item->next;
			continue;
		}
		if (!PageAnon(pte_page(e)))
			continue; /* an object's own page, in a private area of it */
		look->addr = addr;
		look->page = pte_page(e);
		look->dirty = ksm_dirty_filter() && pte_dirty(e);
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
		if (look->pause)
			return false;
		ksm_scan.address = end;
		cond_resched();
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

		if (!(vma->vm_flags & VM_MERGEABLE) || !vma->anon_vma)
			continue;
		if (!look_in_vma(vma, look)) {
			if (look->pause)
				return NULL;
			continue;
		}
		if (look->dirty)
			flush_tlb_page(mm, look->addr);
		ksm_scan.address = look->addr;
		item = get_next_rmap_item(slot, look->addr);
		look->pause = !item;
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

/* Past the end of a slot: what is left of its list is out of date.  True: the slot has left the ring. */
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
	if (MERGE_KNOB(KSM_ORDER) == ORDER_BYTES)
		ksm_drop_unstable_tree();
	ksm_scan.scan_ns = scanner->work->scan_ns;
	ksm_scan.started_ns = now_ns();
	EVENT(ksm_start_scan, scanner->work->full_scans, ksm.items);
	return true;
}

/* The advisor's figures: how long the scan took, and how much of one CPU in per cent. */
static void end_full_scan(void)
{
	u64 took = now_ns() - ksm_scan.started_ns;
	u64 busy = scanner->work->scan_ns - ksm_scan.scan_ns;

	scanner->work->full_scans++;
	EVENT(ksm_advisor, took / NSEC_PER_MSEC, MERGE_KNOB(KSM_PAGES_TO_SCAN),
	      busy * 100 / MAX(took, 1UL));
	EVENT(ksm_stop_scan, scanner->work->full_scans, ksm.items);
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

/* One list: ascending addresses, flags that agree with the trees. */
static int check_list(const struct mm_slot *slot, u64 *candidates, u64 *in_tree)
{
	const struct rmap_item *item;
	u64 least = 0;
	int bad = 0;

	for (item = slot->rmap_list; item; item = item->next) {
		u64 addr = item->address & PAGE_MASK, flags = item->address & ~PAGE_MASK;
		bool candidate = flags & UNSTABLE_FLAG;

		bad += addr < least || item->mm != slot->mm || (candidate && flags & STABLE_FLAG);
		*candidates += candidate;
		*in_tree += candidate && ksm_in_unstable_tree(item);
		least = addr + PAGE_SIZE;
	}
	return bad;
}

int ksm_check_items(void)
{
	u64 candidates = 0, in_tree = 0;
	struct mm_slot *slot;
	int bad = 0;

	list_for_each_entry(slot, &ksm_head.link, link)
		bad += check_list(slot, &candidates, &in_tree);
	return bad +
	       INVARIANT(
		       !bad && candidates == ksm.unshared && in_tree == merge_counters.unstable,
		       "ksm: %d items in disorder; %lu candidates, %lu counted; %lu in the tree, %lu counted",
		       bad, candidates, ksm.unshared, in_tree, merge_counters.unstable);
}

bool ksm_has_slots(void)
{
	return READ_ONCE(ksm_head.link.next) != &ksm_head.link;
}
