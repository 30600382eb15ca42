/* SPDX-License-Identifier: MIT */
/*
 * mm_check(): the invariants of mm/, restated as code.
 *
 * THEORY
 *
 * Every count and every list in mm/ is kept because deriving it each time would
 * be too slow.  Here it is derived, by the most stupid means, and compared:
 *
 *     page tables of all mms  --brute force-->  PTEs of each frame
 *            |                                        ||  must equal
 *            |                        page->mapcount  and  what rmap_walk() finds
 *            '--> each PTE: writable => exclusive => mapcount 1; merged => read-only
 *
 * The central property: the set of PTEs that the reverse map finds equals the set
 * that the brute-force walk finds.  A walk looks at each PTE it visits and visits
 * each once, so what it finds is a subset without repetitions; equal numbers then
 * mean equal sets.
 *
 * Worked example.  Frame 812: the page tables hold it 3 times, mapcount says 3,
 * the walk finds 2.  Printed: "frame 812: 3 PTEs hold it, the reverse map finds
 * 2".  Something appended a PTE before its record.
 *
 * The world is stopped: every other CPU sits in its idle thread, so no code of
 * this kernel is in the middle of anything except where it sleeps.  It sleeps
 * only with sleeping locks held, and the one under which the address space is
 * out of shape is mmap_lock held for writing; if any is, the world goes on and
 * mm_check() tries again a little later.  The scanner is paused by its mutex.
 * Walks take no root lock here (rmap_world_stopped): a thread that is not running
 * may have been handed it.
 *
 * Locks: scanner mutex, then none, because nothing else runs.
 *
 * What is checked
 *  1. Each present PTE: its area exists and allows it, its frame is neither free
 *     nor the kernel's, special means the zero page, read-only.
 *  2. Each frame: PTEs = mapcount = rmap_walk; references >= mappings; a free
 *     frame has no mapping.  A frame that is not anonymous is an object's: each PTE
 *     that holds it lies in an area of that object, at the page that the object
 *     says the frame is; the object has a reference of its own.  No rmap_walk.
 *  3. Each mm: nr_ptes, nr_tables, nr_vmas; areas sorted and disjoint; links.
 *  4. Free lists, slabs, merge trees and lists by their own checks.
 *
 * Rejected: checking on the running system with retries: a real mismatch and a
 * race look the same.
 *
 * Deliberately missing: the contents of pages (tests know them, we do not).
 *
 * Further reading: Chickadee's memory viewer checks the same on every tick.
 */
#include "mm/check.h"

#include <abi/errno.h>

#include "kernel/core/log.h"
#include "mm/frame/slab.h"
#include "mm/frame/violation.h"
#include "mm/merge/merge.h"
#include "mm/rmap/rmap.h"
#include "mm/space/fault.h"

#define CHUNK_ORDER  8
#define CHUNK_FRAMES ((PAGE_SIZE << CHUNK_ORDER) / sizeof(u32))
#define MAX_CHUNKS   64

static u32 *counts[MAX_CHUNKS]; /* PTEs of each frame, by brute force */

struct check {
	struct mm_struct *mm;
	u64 ptes, tables, zeros; /* of this mm; zeros: merged ones */
	u64 zero_merged;	 /* of all */
	int bad;
	bool busy; /* an address space is being changed */
};

static struct check check; /* one mm_check() at a time: scanner mutex */

#define violation(fmt, ...)    VIOLATION(&check.bad, "mm_check: " fmt, ##__VA_ARGS__)
#define check_that(holds, ...) CHECK_THAT(&check.bad, holds, "mm_check: " __VA_ARGS__)

static u32 *count_of(u64 pfn)
{
	return &counts[pfn / CHUNK_FRAMES][pfn % CHUNK_FRAMES];
}

void mm_check_init(void)
{
	u64 chunks = (max_pfn + CHUNK_FRAMES - 1) / CHUNK_FRAMES;

	BUG_ON(chunks > MAX_CHUNKS);
	for (u64 i = 0; i < chunks; i++) {
		struct page *page = alloc_pages(CHUNK_ORDER);

		if (!page)
			panic("no memory for the counters of mm_check()");
		counts[i] = page_address(page);
	}
	if (CONFIG_LOCKDEP)
		fault_hooks.done = mm_check_tick;
}

static void check_special(pte_t e, u64 addr)
{
	if (pte_pfn(e) != zero_pfn || pte_write(e))
		violation("pid %d 0x%lx: special entry %lx is not the read-only zero page",
			  check.mm->pid, addr, e);
	if (e & PTE_ZMERGED)
		check.zeros++;
}

/* writable => exclusive => mapcount 1; merged => read-only, not exclusive */
static void check_anon_pte(pte_t e, u64 addr, struct page *page)
{
	bool exclusive = PageAnonExclusive(page);
	int mapcount = page_mapcount(page);

	if (pte_write(e) && !exclusive)
		violation("pid %d 0x%lx: writable, but frame %lu is not exclusive", check.mm->pid,
			  addr, pte_pfn(e));
	if (exclusive && mapcount != 1)
		violation("frame %lu: exclusive with mapcount %d", pte_pfn(e), mapcount);
	if (PageKsm(page) && (pte_write(e) || exclusive))
		violation("pid %d 0x%lx: merged frame %lu is writable or exclusive", check.mm->pid,
			  addr, pte_pfn(e));
	if (page_count(page) <= 0)
		violation("pid %d 0x%lx: frame %lu is not a live page", check.mm->pid, addr,
			  pte_pfn(e));
}

/* An object's page: the one that its area shows there; writable in a shared area only. */
static void check_file_pte(pte_t e, u64 addr, struct page *page, struct vm_area_struct *vma)
{
	struct vmo *vmo = vma ? vma->vmo : NULL;
	u64 index = vmo ? linear_page_index(vma, addr) : 0;

	if (!vmo || index >= vmo_pages(vmo) || vmo->ops->page(vmo, index, false) != page ||
	    page->mapping != (u64)vmo || page->index != index)
		violation("pid %d 0x%lx: frame %lu (mapping %lx, index %lu) is not page %lu of %p",
			  check.mm->pid, addr, pte_pfn(e), page->mapping, page->index, index, vmo);
	else if ((pte_write(e) && !(vma->vm_flags & VM_SHARED)) || PageAnonExclusive(page))
		violation(
			"pid %d 0x%lx: an object's frame %lu, in a private area writable or exclusive",
			check.mm->pid, addr, pte_pfn(e));
}

static void check_pte(pte_t e, u64 addr)
{
	struct vm_area_struct *vma = vma_lookup(check.mm, addr);

	check.ptes++;
	if (!vma || (pte_write(e) && !(vma->vm_flags & VM_WRITE)))
		violation("pid %d 0x%lx: entry %lx without an area that allows it", check.mm->pid,
			  addr, e);
	if (pte_special(e)) {
		check_special(e, addr);
	} else if (pte_pfn(e) >= max_pfn) {
		violation("pid %d 0x%lx: frame %lu does not exist", check.mm->pid, addr,
			  pte_pfn(e));
	} else {
		++*count_of(pte_pfn(e));
		if (PageAnon(pte_page(e)) && !(vma && vma->vm_flags & VM_SHARED))
			check_anon_pte(e, addr, pte_page(e));
		else
			check_file_pte(e, addr, pte_page(e), vma);
	}
}

/* The brute-force walk: every entry of every table of the lower half. */
static void walk_table(u64 *table, int level, u64 base)
{
	u64 span = 1UL << (PAGE_SHIFT + 9 * (level - 1));
	int entries = level == 4 ? 256 : 512;

	check.tables++;
	for (int i = 0; i < entries; i++) {
		u64 e = table[i], addr = base + (u64)i * span;

		if (!pte_present(e))
			continue;
		if (level == 1)
			check_pte(e, addr);
		else
			walk_table(phys_to_virt(e & PTE_PFN_MASK), level - 1, addr);
	}
}

static void check_links(struct vm_area_struct *vma)
{
	struct anon_vma *root = vma->anon_vma ? vma->anon_vma->root : NULL;
	struct anon_vma_chain *avc;
	bool own = !vma->anon_vma;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		own |= avc->anon_vma == vma->anon_vma;
		if (avc->vma != vma || avc->anon_vma->root != root ||
		    avc->node.start != vma->vm_pgoff ||
		    avc->node.last != vma->vm_pgoff + vma_pages(vma) - 1)
			violation("pid %d area 0x%lx: a link of its chain is wrong", check.mm->pid,
				  vma->vm_start);
	}
	if (vma->vm_flags & VM_SHARED && (!vma->vmo || root))
		violation("pid %d area 0x%lx: shared, but without an object or with an anon_vma",
			  check.mm->pid, vma->vm_start);
	if (!own)
		violation("pid %d area 0x%lx: its anon_vma is not in its chain", check.mm->pid,
			  vma->vm_start);
}

static void check_vmas(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	u64 end = 0;
	u32 nr = 0;

	for_each_vma(mm, vma) {
		if (vma->vm_start < end || vma->vm_start >= vma->vm_end || vma->vm_mm != mm)
			violation("pid %d: area 0x%lx-0x%lx overlaps or is empty", mm->pid,
				  vma->vm_start, vma->vm_end);
		if (vma_lookup(mm, vma->vm_start) != vma)
			violation("pid %d: area 0x%lx is not in the tree", mm->pid, vma->vm_start);
		end = vma->vm_end;
		nr++;
		check_links(vma);
	}
	if (nr != mm->nr_vmas)
		violation("pid %d: %u areas, %u counted", mm->pid, nr, mm->nr_vmas);
}

static void check_mm(struct mm_struct *mm)
{
	check.mm = mm;
	check.ptes = check.tables = check.zeros = 0;
	check_vmas(mm);
	walk_table(mm->pgd, 4, 0);
	check.zero_merged += check.zeros;
	if (mm_is_dying(mm))
		return; /* its counters are folded in at the end of exit_mmap() */
	if (check.ptes != (u64)atomic64_read(&mm->nr_ptes))
		violation("pid %d: %lu entries, %ld counted", mm->pid, check.ptes,
			  (long)atomic64_read(&mm->nr_ptes));
	if (check.zeros != (u64)atomic64_read(&mm->nr_zero_merged))
		violation("pid %d: %lu merged zero entries, %ld counted", mm->pid, check.zeros,
			  (long)atomic64_read(&mm->nr_zero_merged));
	if (check.tables != (u64)atomic64_read(&mm->nr_tables))
		violation("pid %d: %lu page tables, %ld counted", mm->pid, check.tables,
			  (long)atomic64_read(&mm->nr_tables));
}

static void check_frame(u64 pfn)
{
	struct page *page = pfn_to_page(pfn);
	u32 ptes = *count_of(pfn);
	int found;

	if ((int)ptes != page_mapcount(page))
		violation("frame %lu: %u PTEs hold it, mapcount is %d", pfn, ptes,
			  page_mapcount(page));
	if (!ptes)
		return;
	if (page_count(page) < (int)ptes + !PageAnon(page)) /* an object has one of its own */
		violation("frame %lu: %d references for %u mappings", pfn, page_count(page), ptes);
	if (page_flag(page, PG_buddy) || page_flag(page, PG_pcp) || page_flag(page, PG_slab))
		violation("frame %lu is mapped and free, or the kernel's", pfn);
	found = PageAnon(page) ? page_rmap_count(page) :
				 (int)ptes; /* else there is no reverse map */
	if (found != (int)ptes)
		violation("frame %lu: %u PTEs hold it, the reverse map finds %d", pfn, ptes, found);
}

static bool world_is_quiet(void)
{
	struct mm_struct *mm;

	list_for_each_entry(mm, &mm_list, mm_list)
		if (mm->mmap_lock.writer)
			return false;
	return true;
}

static void check_stopped(void *unused)
{
	struct mm_struct *mm;

	(void)unused;
	check = (struct check){ .busy = !world_is_quiet() };
	if (check.busy)
		return;
	for (u64 pfn = 0; pfn < max_pfn; pfn++)
		*count_of(pfn) = 0;
	rmap_world_stopped = true;
	list_for_each_entry(mm, &mm_list, mm_list)
		check_mm(mm);
	for (u64 pfn = 0; pfn < max_pfn; pfn++)
		check_frame(pfn);
	rmap_world_stopped = false;
	if (check.zero_merged != (u64)atomic64_read(&nr_zero_merged))
		violation("%lu merged zero entries, %ld counted", check.zero_merged,
			  (long)atomic64_read(&nr_zero_merged));
	check.bad += page_alloc_check() + slab_check() + merge_check();
}

int mm_check(void)
{
	int bad = -EBUSY;

	for (int tries = 0; tries < 1000 && bad == -EBUSY; tries++) {
		mutex_lock(&scanner_mutex);
		stop_machine(check_stopped, NULL);
		bad = check.busy ? -EBUSY : check.bad;
		mutex_unlock(&scanner_mutex);
		if (bad == -EBUSY)
			sched_yield();
	}
	if (bad > 0)
		pr_err("mm_check: %d violations", bad);
	return bad;
}

static atomic64_t faults;

void mm_check_tick(void)
{
	s64 every = merge_get_knob(KNOB_CHECK_EVERY);

	/* a lock held around a user copy might be one that mm_check() waits for */
	if (every <= 0 || current->held_locks || atomic64_add_return(1, &faults) % every)
		return;
	if (mm_check() > 0)
		panic("mm_check() found violations");
}
