/* SPDX-License-Identifier: MIT */
/*
 * i_mmap: which areas may map a given page of a memory object.
 *
 * THEORY
 *
 * An anonymous page needs anon_vmas, because who may map it follows from the history
 * of forks.  A page of an object needs no history: it may be mapped wherever the object
 * is, at the page of the object that it is.  So each object has one tree of its areas,
 * by the pages of the object that they show:
 *
 *      page --mapping--> vmo --i_mmap[index]--> areas --vma_address--> PTE?
 *
 * Worked example.  P maps pages 0-3 of an object at 0x700000 and C pages 2-5 at
 * 0x900000.  Page 2 of the object: the tree finds both, [0, 3] and [2, 5]; the addresses
 * are 0x702000 and 0x900000.  C has never touched its: one PTE maps the page, one area
 * only may.
 *
 * A private area is in the tree as a shared one is: it maps the object's own pages until
 * it writes to them, and its copies are anonymous pages, found by its anon_vma.
 *
 * When.  A walk must never miss an entry, and may see one twice:
 *      mmap, fork    the area is entered before its first entry
 *      split         the upper part is entered before the lower one shrinks
 *      join          the survivor has grown before the other one leaves
 *      munmap, exit  the entries go, the area leaves, and then its tables are freed
 * Leaving waits for the walks under way, so a page table found in a walk stays one.
 *
 * Locks.  i_mmap_lock: a walk holds it for reading, what changes the tree for writing.
 *      mmap_lock -> page lock -> i_mmap_lock -> root anon_vma rwsem -> page-table lock
 * An area has one object, so nobody holds two of them.  The page lock keeps the page
 * the object's, and so the object alive: an object takes the lock of each of its frames
 * before it lets go of it (mm/object/filemap.c).
 *
 * Invariants (mm_check restates them)
 *  1. Every area with an object is in the tree of that object once, with its range in
 *     pages of the object.
 *  2. The walk of an object's page finds each PTE that maps it once, and nothing else.
 *
 * Rejected: a list of the areas without their ranges (a library that a thousand programs
 * map is asked for one page, and all areas have to be looked at).
 *
 * Deliberately missing: a count of the writable shared areas (nobody refuses to write to
 * what is mapped).
 *
 * Further reading: Gorman, chapter 4 (a list of areas then).
 */
#include "mm/rmap/i_mmap.h"

void i_mmap_pre_update(struct vm_area_struct *vma)
{
	if (!vma->vmo)
		return;
	i_mmap_lock_write(vma->vmo);
	interval_remove(&vma->i_mmap_node, &vma->vmo->i_mmap);
}

/* Enters vma with the range that it has now, and unlocks. */
void i_mmap_post_update(struct vm_area_struct *vma)
{
	if (!vma->vmo)
		return;
	vma->i_mmap_node.start = vma->vm_pgoff;
	vma->i_mmap_node.last = vma->vm_pgoff + vma_pages(vma) - 1;
	interval_insert(&vma->i_mmap_node, &vma->vmo->i_mmap);
	i_mmap_unlock_write(vma->vmo);
}

void i_mmap_insert(struct vm_area_struct *vma)
{
	if (vma->vmo)
		i_mmap_lock_write(vma->vmo);
	i_mmap_post_update(vma);
}

void i_mmap_remove(struct vm_area_struct *vma)
{
	i_mmap_pre_update(vma);
	if (vma->vmo)
		i_mmap_unlock_write(vma->vmo);
}
