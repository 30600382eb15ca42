/* SPDX-License-Identifier: MIT */
/*
 * vm_query(): a page as it is seen from outside, one record for each address.
 *
 * THEORY
 *
 * A test, the pagemap program and the demo ask of an address: which frame is there,
 * who shares it, is it merged?  The answer is put together from three places, each
 * with a lock of its own, from the address inwards:
 *
 *      mmap_lock(r)   the page table stays while we look
 *         ptl         entry: frame, rights, dirty, zero page    get_page()
 *         page lock   reverse map: PTEs a walk finds; the key   (waits)
 *         none        flags and counts, as they are just now    put_page()
 *
 * The page lock may not be awaited under the ptl, which spins; so the entry is read
 * first and the page kept by a reference.  In between it may be parted or merged, and
 * then the record tells of the frame that was there when the entry was read.  What is
 * asked of a machine at rest is exact, and tests bring it to rest first.
 *
 * Worked example.  P and its child C share frame 812, P is asked about:
 *      entry        pfn 812, present, not writable
 *      counts       mapcount 2, refcount 2 (our own is taken off)
 *      walk         rmap_count 2: both entries are found again from the frame
 * A mapcount of 2 beside an rmap_count of 1 would be a hole in the reverse map.
 *
 * A page lock that is never given back.  A test holds a thread at an event in the
 * midst of a merge, page lock and all, and asks how things look: whoever waited for
 * that lock would wait for the test, which waits for him.  So the lock is only tried,
 * and if somebody stands at an event the walk is left out: rmap_count is -1.
 *
 * Lock order:  mmap_lock(r) -> page lock -> root anon_vma (in the walk)
 *              mmap_lock(r) -> page-table lock
 *
 * Invariants
 *  1. A record never mixes two frames: all of it is said of the page in hand.
 *  2. The reference and the lock of the query itself change no record: refcount is told
 *     without ours, and a merge that meets it is refused, not spoilt.
 *
 * Rejected: reading struct page alone, without a lock (rmap_count is what it is for);
 * stopping the machine, as mm_check() does (a query is to watch, not to disturb).
 *
 * Deliberately missing: which other processes map a page.  A program with the KCAP may
 * ask each for itself, and compare the frames.
 *
 * Further reading: Linux's Documentation/admin-guide/mm/pagemap.rst, which gives frame
 * numbers to the superuser only: with them one can aim at a neighbour's row of RAM.
 */
#include "mm/query.h"

#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/x86/uaccess.h"
#include "mm/merge/merge.h"
#include "mm/rmap/rmap.h"
#include "mm/space/memory.h"

#define MOST_WALKS 1000

static u32 query_flags(pte_t e)
{
	return VMQ_PRESENT | (pte_write(e) ? VMQ_WRITABLE : 0) | (pte_dirty(e) ? VMQ_DIRTY : 0) |
	       (e & PTE_A ? VMQ_ACCESSED : 0) | (pte_special(e) ? VMQ_ZERO : 0) |
	       (e & PTE_ZMERGED ? VMQ_ZERO_MERGED : 0);
}

/* Reads the entry at addr; its page, unless that is the zero page, comes back referenced. */
static struct page *query_pte(struct mm_struct *mm, u64 addr, struct vm_page_info *info)
{
	struct page *page = NULL;
	pte_t *pte = pte_find_lock(mm, addr);
	pte_t e;

	if (!pte)
		return NULL;
	e = ptep_get(pte);
	if (pte_present(e)) {
		info->pte = e;
		info->pfn = pte_pfn(e);
		info->flags = query_flags(e);
		page = pte_page(e);
	}
	if (page)
		get_page(page);
	pte_unlock(pte);
	return page;
}

static bool somebody_is_held(void)
{
	for (u32 id = 0; id < NR_EVENTS; id++)
		if (event_is_held(id))
			return true;
	return false;
}

/* Whoever holds the page lock may stand at an event and wait for us to look on and release it. */
static bool lock_page_unless_held(struct page *page)
{
	while (!trylock_page(page)) {
		if (somebody_is_held())
			return false;
		sched_yield();
	}
	return true;
}

static void query_page(struct mm_struct *mm, u64 addr, struct vm_page_info *info)
{
	struct page *page;

	*info = (struct vm_page_info){ 0 };
	READ_GUARD(&mm->mmap_lock);
	page = query_pte(mm, addr, info);
	if (!page)
		return;
	info->rmap_count = -1;
	if (lock_page_unless_held(page)) {
		info->rmap_count = page_rmap_count(page);
		info->hash = PageKsm(page) ? merge_key(page) : page->scan.hash;
		unlock_page(page);
	}
	info->flags |=
		(PageKsm(page) ? VMQ_MERGED : 0) | (PageAnonExclusive(page) ? VMQ_EXCLUSIVE : 0);
	info->mapcount = page_mapcount(page);
	info->refcount = page_count(page) - 1; /* without ours */
	put_page(page);
}

s64 vm_query(struct mm_struct *mm, u64 addr, struct vm_page_info *ubuf, u64 n)
{
	struct vm_page_info info;

	for (u64 i = 0; i < n; i++) {
		query_page(mm, addr + i * PAGE_SIZE, &info);
		if (copy_to_user(ubuf + i, &info, sizeof(info)))
			return -EFAULT;
		if (cond_resched_killable())
			return -EINTR;
	}
	return n * sizeof(info);
}

s64 vm_walk_rmap(struct mm_struct *mm, u64 addr, u64 times)
{
	struct page *page;
	int found = 0;

	if (!times || times > MOST_WALKS)
		return -EINVAL;
	down_read(&mm->mmap_lock);
	page = vma_lookup(mm, addr) ? follow_page(mm, addr) : NULL;
	up_read(&mm->mmap_lock);
	if (!page)
		return -EFAULT;
	lock_page(page);
	while (times--)
		found = page_rmap_count(page);
	unlock_page(page);
	put_page(page);
	return found;
}
