/* SPDX-License-Identifier: MIT */
/*
 * A program's memory as it is seen from outside: vm_query() tells of pages, one record for
 * each address, vm_entries() the same but for the reverse map; vm_areas() tells of areas; vm_peek()
 * and vm_poke() of bytes.
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
 * midst of a merge, page lock and all, and asks how things look: a thread that waited for
 * that lock would wait for the test, which waits for the thread.  So the lock is only tried,
 * and if somebody stands at an event the walk is left out: rmap_count is -1.
 *
 * The refcount of a memory object's page has one that is the object's.
 *
 * Entries.  A walk visits every mapping, so to ask for each of n pages that were merged into
 * one costs n * n visits: 65,536 equal pages are four thousand million.  Who wants to know
 * which frames stand where (/proc/PID/pagemap, memmap, the demo's count) asks vm_entries(), which
 * leaves out the third line above.
 *
 * Areas.  vm_areas() takes mmap_lock for one record at a time and drops it to copy the
 * record out: the copy may fault, and the caller may be asking about itself.  The address
 * at which one record ends is where the next look begins, so no area is told of twice, and
 * what was there all the time is not missed; areas that come and go meanwhile may be.  `next`
 * is for a caller that wants the pages too: an area may be a thousand times larger than what was
 * touched of it, and with no page table there is no page.  Worked example:
 *      area 0x10000000-0x50000000, asked from its start; one page at 0x40000000
 *      next         0x40000000: ask vm_query() there, for one table's 512 pages
 *      from 0x40200000 on, next is the end: no further page
 *
 * Lock order:  mmap_lock(r) -> page lock -> root anon_vma (in the walk)
 *              mmap_lock(r) -> page-table lock
 *
 * Invariants
 *  1. A record never mixes two frames: all of it is said of the page in hand.
 *  2. The reference and the lock of the query itself change no record: refcount is told
 *     without ours, and a merge that meets it is refused, not spoilt.
 *  3. No lock is held while a record is copied out.
 *
 * Rejected: reading struct page alone, without a lock (rmap_count is what it is for);
 * stopping the machine, as mm_check() does (a query is to watch, not to disturb);
 * holding mmap_lock for a whole list of areas (a program of 65,530 would stand still).
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
#include "mm/space/copy.h"
#include "mm/space/gup.h"
#include "mm/pgtable/ptwalk.h"
#include "mm/space/pagelock.h"
#include "mm/space/vma.h"

#define MOST_WALKS 1000

/* What the bits of an entry that maps a frame tell. */
static void query_entry(pte_t e, struct vm_page_info *info)
{
	info->pte = e;
	info->pfn = pte_pfn(e);
	info->flags = VMQ_PRESENT;
	if (pte_write(e))
		info->flags |= VMQ_WRITABLE;
	if (pte_dirty(e))
		info->flags |= VMQ_DIRTY;
	if (e & PTE_A)
		info->flags |= VMQ_ACCESSED;
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
	switch (pte_kind(e)) {
	case PTE_KIND_NONE:
		break;
	case PTE_KIND_PRESENT:
		page = pte_page(e);
		get_page(page);
		query_entry(e, info);
		break;
	case PTE_KIND_SPECIAL:
		query_entry(e, info);
		info->flags |= VMQ_ZERO;
		if (e & PTE_ZMERGED)
			info->flags |= VMQ_ZERO_MERGED;
		break;
	}
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

/* Flags and counts of a page to which we have a reference. */
static void query_counts(const struct page *page, struct vm_page_info *info)
{
	if (PageKsm(page))
		info->flags |= VMQ_MERGED;
	if (PageAnonExclusive(page))
		info->flags |= VMQ_EXCLUSIVE;
	if (!PageAnon(page))
		info->flags |= VMQ_OBJECT;
	if (page_flag(page, PG_dirty))
		info->flags |= VMQ_PAGE_DIRTY;
	info->mapcount = page_mapcount(page);
	info->refcount = page_count(page) - 1; /* without ours */
}

/* What is true of the page only while its lock is held. */
static void query_locked(struct page *page, struct vm_page_info *info)
{
	if (!lock_page_unless_held(page))
		return;
	info->rmap_count = page_rmap_count(page);
	info->hash = PageKsm(page) ? merge_key(page) : page->scan.hash;
	unlock_page(page);
}

/* walk: with the reverse map. */
static void query_page(struct mm_struct *mm, u64 addr, bool walk, struct vm_page_info *info)
{
	struct page *page;

	*info = (struct vm_page_info){ 0 };
	READ_GUARD(&mm->mmap_lock);
	page = query_pte(mm, addr, info);
	if (!page)
		return;
	info->rmap_count = -1;
	if (walk)
		query_locked(page, info);
	query_counts(page, info);
	put_page(page);
}

/* A range of user addresses, which need not be mapped. */
static bool range_ok(u64 addr, u64 n)
{
	return user_range_ok((const void *)addr, n);
}

static s64 query(struct mm_struct *mm, u64 addr, bool walk, void *ubuf, u64 size)
{
	u64 n = size / sizeof(struct vm_page_info);
	struct vm_page_info info;

	if (!n || !IS_ALIGNED(addr, PAGE_SIZE) || n > TASK_SIZE / PAGE_SIZE ||
	    !range_ok(addr, n * PAGE_SIZE))
		return -EINVAL;
	for (u64 i = 0; i < n; i++) {
		query_page(mm, addr + i * PAGE_SIZE, walk, &info);
		if (copy_to_user(ubuf + i * sizeof(info), &info, sizeof(info)))
			return -EFAULT;
		if (cond_resched_killable())
			return -EINTR;
	}
	return n * sizeof(info);
}

s64 vm_query(struct mm_struct *mm, u64 addr, void *ubuf, u64 size)
{
	return query(mm, addr, true, ubuf, size);
}

s64 vm_entries(struct mm_struct *mm, u64 addr, void *ubuf, u64 size)
{
	return query(mm, addr, false, ubuf, size);
}

_Static_assert(VMA_PROT == VM_PROT && VMA_SHARED == VM_SHARED && VMA_MERGEABLE == VM_MERGEABLE &&
		       VMA_UNMERGEABLE == VM_UNMERGEABLE && VMA_STACK == VM_STACK &&
		       VMA_LOCKED == VM_LOCKED && VMA_DONTCOPY == VM_DONTCOPY &&
		       VMA_WIPEONFORK == VM_WIPEONFORK && VMA_SEQ_READ == VM_SEQ_READ &&
		       VMA_RAND_READ == VM_RAND_READ,
	       "the flags of an area go out as they are");

/* The area at addr or the first above it; false: none. */
static bool query_area(struct mm_struct *mm, u64 addr, struct vm_area_info *info)
{
	struct vm_area_struct *vma;

	READ_GUARD(&mm->mmap_lock);
	vma = find_vma(mm, addr);
	if (!vma)
		return false;
	*info = (struct vm_area_info){
		.start = vma->vm_start,
		.end = vma->vm_end,
		.pgoff = vma->vm_pgoff,
		.flags = vma->vm_flags | (vma->vmo ? VMA_OBJECT : 0),
		.next = ptwalk_find(mm, MAX(addr, vma->vm_start), vma->vm_end).addr,
	};
	return true;
}

s64 vm_areas(struct mm_struct *mm, u64 addr, void *ubuf, u64 size)
{
	struct vm_area_info info;
	u64 done = 0;

	if (size < sizeof(info))
		return -EINVAL;
	while (size - done >= sizeof(info)) {
		if (!query_area(mm, addr, &info))
			break;
		if (copy_to_user(ubuf + done, &info, sizeof(info)))
			return -EFAULT;
		done += sizeof(info);
		addr = info.end;
		if (cond_resched_killable())
			return -EINTR;
	}
	return (s64)done;
}

s64 vm_peek(struct mm_struct *mm, u64 addr, void *ubuf, u64 size)
{
	return range_ok(addr, size) ? access_remote_user(mm, addr, ubuf, size, false) : -EFAULT;
}

s64 vm_poke(struct mm_struct *mm, u64 addr, void *ubuf, u64 size)
{
	return range_ok(addr, size) ? access_remote_user(mm, addr, ubuf, size, true) : -EFAULT;
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
