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
 * The world is stopped: every other CPU sits in its idle thread, so no code of this kernel is in
 * the middle of anything except where it sleeps.  It sleeps only with sleeping locks held, and the
 * one under which the address space is out of shape is mmap_lock held for writing; if any is, or
 * pages are leaving an object, the world goes on and mm_check() tries again a little later.  The
 * scanner is paused by its mutex.  Walks take no root lock here (rmap_world_stopped): a thread that
 * is not running may have been handed it.
 *
 * Locks: scanner mutex, then none, because nothing else runs.
 *
 * What is checked
 *  1. Each present PTE: its area exists and allows it, its frame is neither free
 *     nor the kernel's, special means the zero page, read-only; none in an area of an
 *     object at or beyond the object's end.
 *  2. Each frame: PTEs = mapcount = rmap_walk; references >= mappings; a free
 *     frame has no mapping.  A frame that is not anonymous is an object's: each PTE
 *     that holds it lies in an area of that object, at the page that the object
 *     says the frame is; the object has a reference of its own.  A frame that says it is
 *     a page of an object is the one that the object has there.
 *  3. Each mm: nr_ptes, nr_tables, nr_vmas, nr_links; areas sorted and disjoint; links;
 *     each area of an object once in its i_mmap, with its range.
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
#include "mm/object/filemap.h"
#include "mm/rmap/anon_vma.h"
#include "mm/rmap/rmap.h"
#include "mm/space/hooks.h"
#include "mm/pgtable/ptwalk.h"
#include "mm/space/mm.h"
#include "mm/space/vma.h"
#include "mm/vmo.h"

#define CHUNK_ORDER  8
#define CHUNK_FRAMES ((PAGE_SIZE << CHUNK_ORDER) / sizeof(u32))
#define MAX_CHUNKS   64

static u32 *counts[MAX_CHUNKS]; /* PTEs of each frame, by brute force */

struct check {
	struct mm_struct *mm;
	u64 ptes, zeros; /* of this mm; zeros: merged ones */
	u64 links;	 /* of this mm */
	u64 zero_merged; /* of all */
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
	check_that(pte_pfn(e) == zero_pfn && !pte_write(e),
		   "pid %d 0x%lx: special entry %lx is not the read-only zero page", check.mm->pid,
		   addr, e);
	if (e & PTE_ZMERGED)
		check.zeros++;
}

/* writable => exclusive => mapcount 1; merged => read-only, not exclusive */
static void check_anon_pte(pte_t e, u64 addr, const struct page *page)
{
	bool exclusive = PageAnonExclusive(page);
	int mapcount = page_mapcount(page);

	check_that(!pte_write(e) || exclusive,
		   "pid %d 0x%lx: writable, but frame %lu is not exclusive", check.mm->pid, addr,
		   pte_pfn(e));
	check_that(!exclusive || mapcount == 1, "frame %lu: exclusive with mapcount %d", pte_pfn(e),
		   mapcount);
	check_that(!PageKsm(page) || (!pte_write(e) && !exclusive),
		   "pid %d 0x%lx: merged frame %lu is writable or exclusive", check.mm->pid, addr,
		   pte_pfn(e));
	check_that(page_count(page) > 0, "pid %d 0x%lx: frame %lu is not a live page",
		   check.mm->pid, addr, pte_pfn(e));
}

/* Whether the object has the page where the page says it is. */
static bool is_page_of_object(const struct page *page, struct vmo *vmo)
{
	struct page *found = vmo_get_page(vmo, page->index);

	if (found)
		put_page(found);
	return found == page;
}

/* Whether page is the one that the area shows at addr, and the object and the frame say so. */
static bool is_page_of_area(const struct page *page, const struct vm_area_struct *vma, u64 addr)
{
	if (!vma->vmo || page->mapping != (u64)vma->vmo)
		return false;
	return page->index == linear_page_index(vma, addr) && is_page_of_object(page, vma->vmo);
}

/* An object's page, or what should be one; writable in a shared area only.  vma may be null. */
static void check_file_pte(pte_t e, u64 addr, const struct page *page,
			   const struct vm_area_struct *vma)
{
	if (!vma || !is_page_of_area(page, vma, addr)) {
		violation("pid %d 0x%lx: frame %lu (mapping %lx, index %lu) is not its area's page",
			  check.mm->pid, addr, pte_pfn(e), page->mapping, page->index);
		return;
	}
	check_that(!pte_write(e) || (vma->vm_flags & VM_SHARED),
		   "pid %d 0x%lx: an object's frame %lu, writable in a private area", check.mm->pid,
		   addr, pte_pfn(e));
	check_that(!PageAnonExclusive(page), "pid %d 0x%lx: an object's frame %lu, exclusive",
		   check.mm->pid, addr, pte_pfn(e));
}

/* An entry that maps a page: its frame is counted here. */
static void check_present(pte_t e, u64 addr, const struct vm_area_struct *vma)
{
	const struct page *page = pfn_to_page(pte_pfn(e));
	bool shared = vma && (vma->vm_flags & VM_SHARED);

	if (pte_pfn(e) >= max_pfn) {
		violation("pid %d 0x%lx: frame %lu does not exist", check.mm->pid, addr,
			  pte_pfn(e));
		return;
	}
	++*count_of(pte_pfn(e));
	if (PageAnon(page) && !shared)
		check_anon_pte(e, addr, page);
	else
		check_file_pte(e, addr, page, vma);
}

static void check_pte(pte_t e, u64 addr)
{
	const struct vm_area_struct *vma = vma_lookup(check.mm, addr);

	check.ptes++;
	check_that(pte_present(e), "pid %d 0x%lx: entry %lx is of no kind", check.mm->pid, addr, e);
	check_that(vma && (!pte_write(e) || (vma->vm_flags & VM_WRITE)),
		   "pid %d 0x%lx: entry %lx without an area that allows it", check.mm->pid, addr,
		   e);
	check_that(!vma || !vma->vmo || linear_page_index(vma, addr) < vmo_pages(vma->vmo),
		   "pid %d 0x%lx: entry %lx lies beyond the end of the object", check.mm->pid, addr,
		   e);
	switch (pte_kind(e)) {
	case PTE_KIND_NONE:
		break; /* passed over by the walk */
	case PTE_KIND_PRESENT:
		check_present(e, addr, vma);
		break;
	case PTE_KIND_SPECIAL:
		check_special(e, addr);
		break;
	}
}

/* The brute-force walk: every entry of every table, whether an area is there or not. */
static void check_entries(struct mm_struct *mm)
{
	struct ptwalk w;

	for_each_table(&w, mm, 0, TASK_SIZE)
		for_each_entry(&w)
			check_pte(w.entry, w.addr);
}

/* A link of an area's chain says what the area says. */
static bool link_agrees(const struct anon_vma_chain *avc, const struct vm_area_struct *vma)
{
	if (avc->vma != vma)
		return false;
	return avc->node.start == vma->vm_pgoff &&
	       avc->node.last == vma->vm_pgoff + vma_pages(vma) - 1;
}

static void check_links(const struct vm_area_struct *vma)
{
	struct anon_vma *root = vma->anon_vma ? vma->anon_vma->root : NULL;
	const struct anon_vma_chain *avc;
	bool own = false;

	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		check.links++;
		if (avc->anon_vma == vma->anon_vma)
			own = true;
		check_that(link_agrees(avc, vma) && avc->anon_vma->root == root,
			   "pid %d area 0x%lx: a link of its chain is wrong", check.mm->pid,
			   vma->vm_start);
	}
	check_that(!(vma->vm_flags & VM_SHARED) || (vma->vmo && !root),
		   "pid %d area 0x%lx: shared, but without an object or with an anon_vma",
		   check.mm->pid, vma->vm_start);
	check_that(own || !vma->anon_vma, "pid %d area 0x%lx: its anon_vma is not in its chain",
		   check.mm->pid, vma->vm_start);
}

/* An area with an object is in its i_mmap, once. */
static void check_i_mmap(const struct vm_area_struct *vma)
{
	u64 first = vma->vm_pgoff, last = first + vma_pages(vma) - 1;
	struct interval_node *node;
	int found = 0;

	if (!vma->vmo)
		return;
	check_that(vma->i_mmap_node.start == first && vma->i_mmap_node.last == last,
		   "pid %d area 0x%lx: its range in i_mmap is wrong", check.mm->pid, vma->vm_start);
	interval_for_each(node, &vma->vmo->i_mmap, first, last)
		if (node == &vma->i_mmap_node)
			found++;
	check_that(found == 1, "pid %d area 0x%lx: %d times in its object's i_mmap", check.mm->pid,
		   vma->vm_start, found);
}

static void check_vmas(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	u64 end = 0;
	u32 nr = 0;

	for_each_vma(mm, vma) {
		check_that(end <= vma->vm_start && vma->vm_start < vma->vm_end && vma->vm_mm == mm,
			   "pid %d: area 0x%lx-0x%lx overlaps or is empty", mm->pid, vma->vm_start,
			   vma->vm_end);
		check_that(vma_lookup(mm, vma->vm_start) == vma,
			   "pid %d: area 0x%lx is not in the tree", mm->pid, vma->vm_start);
		check_links(vma);
		check_i_mmap(vma);
		end = vma->vm_end;
		nr++;
	}
	check_that(nr == mm->nr_vmas, "pid %d: %u areas, %u counted", mm->pid, nr, mm->nr_vmas);
}

/* What was found of an address space, against the counter that it keeps. */
static void check_counter(const char *what, u64 found, const atomic64_t *counter)
{
	check_that(found == (u64)atomic64_read(counter), "pid %d: %lu %s, %ld counted",
		   check.mm->pid, found, what, (long)atomic64_read(counter));
}

static void check_mm(struct mm_struct *mm)
{
	check.mm = mm;
	check.ptes = 0;
	check.zeros = 0;
	check.links = 0;
	check_vmas(mm);
	check_entries(mm);
	check.zero_merged += check.zeros;
	if (mm_is_dying(mm))
		return; /* its counters are folded in at the end of exit_mmap() */
	check_counter("entries", check.ptes, &mm->nr_ptes);
	check_counter("merged zero entries", check.zeros, &mm->nr_zero_merged);
	check_counter("page tables", pgtable_count(mm), &mm->nr_tables);
	check_counter("links to anon_vmas", check.links, &mm->nr_links);
}

/* A frame that says which page of which object it is; one that is free or frozen says nothing. */
static void check_name(const struct page *page)
{
	struct vmo *vmo = (struct vmo *)page->mapping;

	if (!vmo || PageAnon(page) || page->index == VMO_NO_INDEX)
		return;
	check_that(is_page_of_object(page, vmo),
		   "frame %lu: not the page %lu of the object that it says it is",
		   page_to_pfn(page), page->index);
}

static void check_frame(u64 pfn)
{
	struct page *page = pfn_to_page(pfn);
	int ptes = (int)*count_of(pfn);
	int owners = PageAnon(page) ? 0 : 1; /* an object has a reference of its own */
	int found;

	check_name(page);
	check_that(ptes == page_mapcount(page), "frame %lu: %d PTEs hold it, mapcount is %d", pfn,
		   ptes, page_mapcount(page));
	if (!ptes)
		return;
	check_that(page_count(page) >= ptes + owners, "frame %lu: %d references for %d mappings",
		   pfn, page_count(page), ptes);
	check_that(!page_flag(page, PG_buddy) && !page_flag(page, PG_pcp) &&
			   !page_flag(page, PG_slab),
		   "frame %lu is mapped and free, or the kernel's", pfn);
	found = page_rmap_count(page);
	check_that(found == ptes, "frame %lu: %d PTEs hold it, the reverse map finds %d", pfn, ptes,
		   found);
}

static bool world_is_quiet(void)
{
	struct mm_struct *mm;

	if (filemap_is_cutting())
		return false;
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
	check_that(check.zero_merged == (u64)atomic64_read(&nr_zero_merged),
		   "%lu merged zero entries, %ld counted", check.zero_merged,
		   (long)atomic64_read(&nr_zero_merged));
	check.bad += page_alloc_check();
	check.bad += slab_check();
	check.bad += merge_check();
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
