/* SPDX-License-Identifier: MIT */
/*
 * unmap_mapping_range: pages of a memory object leave every address space.
 *
 * THEORY
 *
 * An object shrinks, or loses pages from its middle (mm/object/truncate.c).  When that has been
 * done no program may reach one of these pages, through whatever mapping.  The object's i_mmap has
 * all areas that show them:
 *
 *      object, pages 3 to 9 go       i_mmap
 *      P's area  [0, 9]   shared     pages 3-9 zapped, flushed
 *      Q's area  [4, 5]   private    pages 4-5: the object's own, and Q's copies too
 *      R's area  [0, 2]              not visited
 *
 * Copies.  What a private area has written is a copy of its own, an anonymous page like any other.
 * When an object ends before it, it goes too, and the next touch is a SIGBUS.  A hole in the middle
 * takes the object's own pages only: the copy is not the object's.
 *
 * Who comes in between.  A fault does not ask i_mmap, it may map a page of the object while the
 * pass is under way.  So the order is:
 *
 *      who cuts                             who maps
 *      size := 3                            page-table lock
 *      full barrier                           reads the size: the page is beyond it, or
 *      each table of the range:               maps it
 *        page-table lock, zap, unlock       unlock
 *
 * The two hold the same page-table lock, one after the other.  If the mapper was first, its entry
 * is found.  If it comes later, it reads the new size.  And a table that is not there yet when the
 * pass looks for it: it is hung in before its first lock is taken, hence after the barrier, and its
 * mapper reads the new size as well.  So one pass is enough, for copies too.  Unlike Linux, whose
 * private write fault does not look at the size again, so that it passes twice.
 *
 * fork.  The child's area enters i_mmap before its first entry, and behind its parent's, whose
 * range is the same.  So a pass that comes by while fork copies has zapped the parent's entry
 * before it was copied, or meets the child later.
 *
 * Areas and tables stay.  An area leaves i_mmap after its entries have gone and before its tables
 * are freed, and leaving waits for the pass, which holds i_mmap_lock for reading.  It holds it all
 * the while, also where it lets others run: mremap() would otherwise carry entries from an area
 * that has not been visited yet to one that has.
 *
 * Locks:  [page lock ->] i_mmap_lock(r) -> ptl.  No mmap_lock: an area keeps its range and its
 * place as long as i_mmap_lock is held.
 *
 * Flush.  As in munmap(): under the ptl the entry goes and its reference into the batch, which is
 * flushed before a frame is put, at the latest when the pass leaves the area.
 *
 * Invariants
 *  1. When it returns no CPU has a translation of what was mapped in the range before the call.
 *  2. nr_ptes of an address space is right again before the lock is dropped under which its areas
 *     may leave.
 *
 * Rejected: mmap_lock of each address space (it is taken before i_mmap_lock, and somebody who
 * holds it may wait for a pager whose object is being cut).
 *
 * Further reading: Linux's Documentation/mm/process_addrs.rst, on rmap locks.
 */
#include "kernel/core/event.h"
#include "kernel/sched/thread.h"
#include "mm/rmap/i_mmap.h"
#include "mm/space/unmap_mapping.h"
#include "mm/space/zap.h"

static u64 address_of(const struct vm_area_struct *vma, u64 index)
{
	return vma->vm_start + ((index - vma->vm_pgoff) << PAGE_SHIFT);
}

/* The part of the pages that the area shows. */
static void unmap_in_area(struct vm_area_struct *vma, u64 first, u64 last, bool copies)
{
	u64 start = address_of(vma, MAX(first, vma->vm_pgoff));
	u64 end = address_of(vma, MIN(last, vma->vm_pgoff + vma_pages(vma) - 1)) + PAGE_SIZE;
	struct mmu_gather tlb;

	EVENT(unmap_pass, start, end, vma->vm_mm->pid);
	tlb_gather_start(&tlb, vma->vm_mm, false);
	if (copies)
		zap_range(&tlb, vma, start, end);
	else
		zap_object_pages(&tlb, vma, start, end);
	tlb_gather_flush(&tlb);
}

void unmap_mapping_range(struct vmo *vmo, u64 first, u64 last, bool copies)
{
	struct interval_node *node;

	i_mmap_lock_read(vmo);
	/* locked: i_mmap(r) */
	interval_for_each(node, &vmo->i_mmap, first, last) {
		unmap_in_area(container_of(node, struct vm_area_struct, i_mmap_node), first, last,
			      copies);
		cond_resched();
	}
	i_mmap_unlock_read(vmo);
}
