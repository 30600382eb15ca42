/* SPDX-License-Identifier: MIT */
/*
 * Parting: how a merged mapping becomes a page of its own again.
 *
 * THEORY
 *
 * Most merged pages are parted by their owners: a write faults on the read-only
 * PTE, do_wp_page() sees a merged page, copies, and drops its mapping.  This file
 * is for parting without a write:
 *
 *     who asks                     which pages               how they are found
 *     MADV_UNMERGEABLE, prctl(0)   a range of one mm         its page tables
 *     run=2                        all                       the nodes' records
 *
 * Both end in the same primitive, break_ksm(): an *unshare* fault, repeated until
 * the PTE no longer maps a merged page.  The fault copies the page, leaves the
 * PTE read-only (nobody has written), and makes the copy exclusive, so that the
 * first write finds it reusable.  Repeated, because between the fault and the
 * look the scanner may have merged the copy again; with the area's flag set, or
 * the scanner's mutex held, that ends.
 *
 * Worked example.  run=2 with frame 812 mapped by P and Q.  Lock 812, walk its
 * records: {P, 0x403000}, {Q, 0x10000}; each mm is kept by mmget_not_zero().
 * Unlock.  Take P's mmap_lock, look up the area, unshare fault: P maps 813.  The
 * same for Q: Q maps 814, and 812 is freed by the put in the fault.  The node's
 * key no longer fits, so the next look through the keyhole removes it.
 *
 * Why collect first: the walk holds a root anon_vma lock, inside mmap_lock; to
 * take mmap_lock there would turn the lock order round.  What was collected may
 * be out of date when its turn comes: then the area is gone, or the PTE maps
 * something else, and there is nothing to do.
 *
 * Batches in a fixed array: run=2 is asked for when memory is short too.
 * Each batch goes on at the record where the last one stopped, so N mappings cost
 * N, not N*N over the batch; when the last one is parted the page is freed and its node goes.
 * A page that somebody has pinned outlives its last mapping: nothing can map it again, so it
 * gives up its node and is an ordinary page until the pin goes (stable_node_unmapped()).
 *
 * How long it takes programs decide.  Others run between two batches, two page tables, and two
 * records that reach nothing; between batches and tables whoever asked can be killed: -EINTR.
 *
 * Parting may need more frames than existed before: pages that fork had shared
 * were merged as one mapping each and come back one frame for each.
 *
 * Locks
 *     collect: scanner mutex -> merged page's lock -> root anon_vma -> page table
 *     part:    scanner mutex -> mmap_lock (read) -> what a fault takes
 *     range:   mmap_lock -> what a fault takes
 *
 * Invariants
 *  1. After break_ksm_range() succeeds no PTE of the range maps a merged page or
 *     a zero page put there by a merge, and none will while the flag stands.
 *  2. After unmerge_all() succeeds there is no node.
 *  3. On an error what was parted stays parted; nothing else has changed.
 *
 * Rejected: a write fault instead of an unshare fault (it would dirty pages that
 * nobody wrote); walking every process for run=2 (it is the rmap's job).
 *
 * Deliberately missing: parting one page by frame number.
 *
 * Further reading: FAULT_FLAG_UNSHARE in Linux since 6.0.
 */
#include "mm/merge/engine/part.h"

#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/rmap/rmap.h"
#include "mm/space/fault.h"
#include "mm/pgtable/ptwalk.h"
#include "mm/space/pagelock.h"
#include "mm/space/vma.h"

/* The entry maps a merged page, or a zero page by a merge. */
static bool pte_merged(pte_t e)
{
	switch (pte_kind(e)) {
	case PTE_KIND_NONE:
		break;
	case PTE_KIND_PRESENT:
		return PageKsm(pte_page(e));
	case PTE_KIND_SPECIAL:
		return e & PTE_ZMERGED;
	}
	return false;
}

/*
 * mmap_lock held, so the page table stays.  A look without its lock: a PTE that maps a
 * merged page does so until somebody parts it, and the frame's mapping may be read at
 * any time.  A merge that is between reading the area's flag and setting the PTE is not
 * seen: see break_ksm_range().
 */
static bool maps_merged(struct mm_struct *mm, u64 addr)
{
	pte_t *pte = pte_find(mm, addr);

	return pte && pte_merged(ptep_get(pte));
}

/* One try to part an address that maps a merged page.  mmap_lock held.  -ENOMEM */
static int try_break_ksm(struct vm_area_struct *vma, u64 addr)
{
	enum vm_fault r = handle_mm_fault(vma, addr, FAULT_FLAG_UNSHARE);

	if (likely(r == VM_FAULT_OK))
		return 0;
	BUG_ON(r != VM_FAULT_OOM); /* the area is there */
	return -ENOMEM;
}

/* Until the address maps no merged page: the scanner may merge the copy, or the PTE change. */
static int break_ksm(struct vm_area_struct *vma, u64 addr)
{
	int err = 0;

	while (!err && maps_merged(vma->vm_mm, addr))
		err = try_break_ksm(vma, addr);
	return err;
}

/*
 * Each page table's lock is taken once before its entries are looked at.  A merge reads the
 * area's flag and sets the PTE within one hold of this lock.  One that read the flag before
 * it was set has let go of the lock, and its PTE is seen; one that comes later sees the flag.
 */
int break_ksm_range(struct vm_area_struct *vma, u64 start, u64 end)
{
	struct ptwalk w;

	ASSERT(rwsem_is_locked(&vma->vm_mm->mmap_lock));
	for_each_table(&w, vma->vm_mm, start, end) {
		ptwalk_lock(&w);
		ptwalk_unlock(&w);
		for_each_entry(&w) {
			int err = break_ksm(vma, w.addr);

			if (err)
				return err;
		}
		if (cond_resched_killable())
			return -EINTR;
	}
	return 0;
}

#define BREAK_BATCH 256

struct break_list {
	u32 nr;
	struct {
		struct mm_struct *mm; /* a user of it is held, one for each run of equal ones */
		u64 addr;
	} at[BREAK_BATCH];
};

/* Whether entry i, of mm, is the first of a run of one mm: it has the run's user. */
static bool starts_run(const struct break_list *list, u32 i, const struct mm_struct *mm)
{
	return !i || list->at[i - 1].mm != mm;
}

/* A look will do: who is overlooked is found in the next round. */
static bool collect_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	struct break_list *list = arg;

	if (!page_vma_maps(page, vma, addr))
		return true;
	if (starts_run(list, list->nr, vma->vm_mm) && !mmget_not_zero(vma->vm_mm))
		return true; /* being torn down: it parts by itself */
	list->at[list->nr].mm = vma->vm_mm;
	list->at[list->nr].addr = addr;
	return ++list->nr < BREAK_BATCH;
}

/* Parts the entries from i on that are of one mm.  -ENOMEM */
static int break_in_mm(struct break_list *list, u32 i)
{
	struct mm_struct *mm = list->at[i].mm;
	struct vm_area_struct *vma = NULL;
	int err = 0;

	READ_GUARD(&mm->mmap_lock);
	for (; i < list->nr && list->at[i].mm == mm && !err; i++) {
		u64 addr = list->at[i].addr;

		if (!vma || addr < vma->vm_start || addr >= vma->vm_end)
			vma = vma_lookup(mm, addr);
		if (vma && maps_merged(mm, addr)) /* else it was parted or unmapped meanwhile */
			err = try_break_ksm(vma, addr); /* break_cow() comes back if it must */
	}
	return err;
}

/* Parts all that still is to be parted, and drops the users of the mms. */
static int break_list(struct break_list *list)
{
	int err = 0;

	for (u32 i = 0; i < list->nr && !err; i++)
		if (starts_run(list, i, list->at[i].mm))
			err = break_in_mm(list, i);
	for (u32 i = 0; i < list->nr; i++)
		if (starts_run(list, i, list->at[i].mm))
			mmput(list->at[i].mm);
	return err;
}

/*
 * Collects up to a batch of the page's mappings from record `at` on (null: the
 * first).  Returns where to go on.  Records that reach none stay: the node goes soon.
 */
static struct rb_node *collect(struct stable_node *node, struct page *kpage, struct rb_node *at,
			       struct break_list *list)
{
	struct rmap_walk_control rwc = { .rmap_one = collect_one, .arg = list };

	list->nr = 0;
	lock_page(kpage);
	if (!at)
		at = rb_first(&node->records.root);
	for (; at; at = rb_next(at)) {
		struct rmap_record *rec = rb_entry(at, struct rmap_record, node);

		rmap_walk_anon_index(kpage, rec->anon_vma, rec->index, &rwc);
		if (list->nr == BREAK_BATCH)
			break; /* this record may have more: it is the next one's first */
		if (!list->nr)
			cond_resched(); /* records that reach none may be many; a batch is not */
	}
	unlock_page(kpage);
	return at;
}

static struct break_list batch; /* (s) too large for a kernel stack */

/* The records change under the scanner mutex only, so `at` stays good between batches. */
int break_cow(struct stable_node *node)
{
	struct rb_node *at = NULL;
	struct page *kpage;
	int err = 0;

	ASSERT(mutex_is_held(&scanner_mutex));
	while (!err && (kpage = get_ksm_page(node))) {
		bool gone;

		at = collect(node, kpage, at, &batch);
		err = break_list(&batch);
		gone = !batch.nr && !at && stable_node_unmapped(node, kpage);
		put_page(kpage);
		if (gone || err)
			break;
		if (!batch.nr && !at)
			sched_yield(); /* the last mappings belong to a dying mm: let it finish */
		err = cond_resched_killable();
	}
	return err;
}

/* The address space after mm (null: the first), with a user held; drops mm's. */
static struct mm_struct *next_mm(struct mm_struct *mm)
{
	struct mm_struct *next = NULL;
	struct list_head *at;

	spin_lock(&mm_list_lock);
	for (at = mm ? mm->mm_list.next : mm_list.next; at != &mm_list; at = at->next) {
		next = list_entry(at, struct mm_struct, mm_list);
		if (mmget_not_zero(next))
			break;
		next = NULL;
	}
	spin_unlock(&mm_list_lock);
	if (mm)
		mmput(mm);
	return next;
}

static int break_mm(struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	READ_GUARD(&mm->mmap_lock);
	for_each_vma(mm, vma) {
		int err = break_ksm_range(vma, vma->vm_start, vma->vm_end);

		if (err)
			return err;
	}
	return 0;
}

/* Zero pages have no records: every page table is searched, if there is any to find. */
static int break_zero_pages(void)
{
	struct mm_struct *mm = NULL;
	int err = 0;

	if (!atomic64_read(&nr_zero_merged))
		return 0;
	while ((mm = next_mm(mm)))
		if (!err)
			err = break_mm(mm);
	return err;
}

int unmerge_all(void)
{
	int err = 0;

	ASSERT(mutex_is_held(&scanner_mutex));
	EVENT(unmerge_all);
	while (!err && !list_empty(&stable_nodes))
		err = break_cow(list_first_entry(&stable_nodes, struct stable_node, all));
	if (err)
		return err;
	return break_zero_pages();
}
