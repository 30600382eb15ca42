/* SPDX-License-Identifier: MIT */
/*
 * Page faults in areas of memory objects: the file rows of the table.
 *
 * THEORY
 *
 * An area that has a vmo shows an object, page by page.  Where its page table is
 * empty the object is asked, and what comes of it depends on the access and on whether
 * the area is shared:
 *
 *                     private                             shared
 *      read     CASE F  [object's page]  r-         CASE F  [object's page]  r-
 *      write    CASE P  [object's page]             CASE S  [object's page]  rw
 *                          --copy--> [new page] rw
 *      write, the object's page is there read-only:
 *               CASE C  as any other copy           CASE W  the same page, rw
 *
 *      F  do_read_fault    P  do_cow_fault    S  do_shared_fault    W  wp_page_shared
 *      C  wp_page_copy (fault.c): an object's page is never taken over
 *
 * Page-in.  Some pages of an object have to be brought by a pager before there is anything to
 * show, which takes as long as another program takes.  So nothing may be held meanwhile, and all
 * may have changed afterwards:
 *
 *      handle_mm_fault()     mmap_lock(r):  VM_FAULT_RETRY
 *      fault_page_in()       mmap_lock(r):  area, object + 1, index
 *                            nothing:       object->page_in() ... sleeps, until the page is in
 *                                           the object; or fails: SIGBUS
 *      retry, from the look-up of the area on.  The page is there, so F, P or S is next; or it has
 *                                           left the object again, and all begins anew
 *
 * Unlike Linux, where the page in the cache is locked and the fault waits for its lock.
 *
 * Beyond the object's last page there is nothing to show: SIGBUS.  A page that the object
 * does not have yet is made, of zeros, for F and S; also for F, since the zero page would
 * stay what it is when somebody writes to the object.  P copies zeros instead.  What of
 * the last page lies beyond the object's last byte is zeros, until somebody maps it shared and
 * writes there.
 *
 * Fault-around.  A program that reads one page of a file mostly reads the next ones too,
 * and an entry costs little beside a fault.  So F fills the 64 KiB around the address, as
 * far as area and object go and the object has the pages: none is made for it.  Their
 * entries have A clear, for nobody has used them yet.
 *
 * Worked example.  libc.a, 700 pages, is mapped private and read from its start: faults at
 * pages 0, 16, 32, ...  A write to page 5, which F has mapped read-only: C, frame 812,
 * anonymous, exclusive, index 5 in this area's anon_vma.  A write to page 300, which nobody
 * has read: P, frame 813.  Fork copies the entries of 812 and 813 and no others.  DONTNEED
 * drops them all; the next read of page 5 shows the object's page again.
 *
 * What may go.  A page may leave the object at any time, when that shrinks or gets a hole
 * (mm/object/truncate.c), and then it must not be mapped: whoever cuts passes through all page
 * tables that may map it, once, and takes the lock of each.  So what allows an entry is read under
 * the ptl under which it is set:
 *
 *      F, S     the object has this page: the look-up, with a reference that becomes the entry's
 *      P        the area's page lies below the end of the object
 *      C, W     the entry is the same as before
 *
 * and what was seen without it is a hint.  If the page has gone meanwhile nothing is mapped, and
 * the program touches again.
 *
 * Why this stands here and not in mm/object: it is about page tables and areas.  Of the object it
 * knows the operations in mm/vmo.h, which any kind of object could provide.
 *
 * Counts.  The object has a reference to each of its frames, each entry has one more and is
 * in mapcount.  So a page of an object never has a count of one while it is mapped, but that
 * is not why it is not reused: it is not anonymous, and wp_can_reuse() looks at that.
 *
 * Races.  mmap_lock(r) keeps the area, and that the object.  Two faults may
 * bring the same missing page: the object decides which frame it is (mm/object/filemap.c),
 * and whoever finds the entry filled under the ptl is done.  What P copies may be written
 * meanwhile by others, as any shared memory may while it is read; a reference keeps the frame.
 *
 * Flush.  F, P and S fill an empty entry, W adds a right: no shootdown.
 *
 * Lock order:  mmap_lock(r) -> ptl.  Memory is got and filled with no ptl held; the object
 * is asked for what it has, without a lock of its own, under the ptl.
 *
 * Invariants
 *  1. An entry with an object's page stands in an area of that object, at the page's index.
 *  2. Such an entry is writable only in a shared area; an anonymous page, and the zero page,
 *     are in private ones only.
 *  3. No entry of either kind lies at or beyond the object's end, except while that is being cut.
 *
 * Rejected: writable entries at once for reads of a shared area (whoever will write pages
 * back wants to know of the first write).
 *
 * Deliberately missing: telling a pager of the first write, dirty pages: PTE_D is set, and lost
 * when the entry goes.
 *
 * Further reading: Linux's do_read_fault() and its neighbours; "Faultaround" in LWN 588802.
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/x86/page_ops.h"
#include "mm/rmap/rmap.h"
#include "mm/space/filefault.h"
#include "mm/space/hooks.h"
#include "mm/space/vma.h"
#include "mm/vmo.h"

#include <abi/errno.h>

#define FAULT_AROUND_PAGES 16
#define FAULT_AROUND	   (FAULT_AROUND_PAGES * PAGE_SIZE)

/*
 * An object's page into an empty entry; ptl held.  The caller's reference to the page becomes the
 * entry's.  No flush: the entry was empty.
 */
static void map_file_page(struct vm_fault_ctx *f, u64 addr, pte_t *pte, struct page *page,
			  pte_t entry)
{
	struct mm_struct *mm = f->vma->vm_mm;

	assert_spin_held(f->ptl);
	ASSERT(page->mapping == (u64)f->vma->vmo && page->index == linear_page_index(f->vma, addr));
	page_dup_rmap(page);
	set_pte(pte, entry);
	atomic64_inc(&mm->nr_ptes);
	EVENT(file_map, page_to_pfn(page), addr, mm->pid);
}

/* One page of the window, with a reference, into its entry if that is empty. */
static void map_around(struct vm_fault_ctx *f, u64 addr, pte_t *pte, struct page *page)
{
	pte_t entry = mk_pte(page_to_pfn(page), f->vma->vm_flags);

	if (!pte_none(ptep_get(pte))) {
		put_page(page);
		return;
	}
	if (addr != f->address)
		entry &= ~PTE_A; /* nobody has used it yet */
	map_file_page(f, addr, pte, page, entry);
}

/*
 * CASE F, under the ptl: every empty entry of the window for which there is a page, that of
 * the fault among them, unless somebody was faster.
 */
static void map_window(struct vm_fault_ctx *f)
{
	struct vm_area_struct *vma = f->vma;
	u64 base = ALIGN_DOWN(f->address, FAULT_AROUND);
	u64 addr = MAX(base, vma->vm_start), end = MIN(base + FAULT_AROUND, vma->vm_end);
	pte_t *pte = f->pte - ((f->address - addr) >> PAGE_SHIFT);
	struct page *pages[FAULT_AROUND_PAGES];
	u32 n = vma->vmo->ops->get_pages(vma->vmo, linear_page_index(vma, addr),
					 (u32)((end - addr) >> PAGE_SHIFT), pages);

	for (u32 i = 0; i < n; i++)
		if (pages[i])
			map_around(f, addr + i * PAGE_SIZE, pte + i, pages[i]);
}

/* CASE F: the object has the page, or had it just now.  Takes the ptl. */
static enum vm_fault do_read_fault(struct vm_fault_ctx *f)
{
	spin_lock(f->ptl);
	/* locked: mmap(r), ptl */
	map_window(f);
	spin_unlock(f->ptl);
	return VM_FAULT_OK;
}

/*
 * CASE S: the object has the page, or had it just now.  Takes the ptl.  If another fault was faster
 * its entry serves, or CASE W comes next.
 */
static enum vm_fault do_shared_fault(struct vm_fault_ctx *f)
{
	struct vm_area_struct *vma = f->vma;
	struct page *page = NULL;

	spin_lock(f->ptl);
	/* locked: mmap(r), ptl */
	if (pte_none(ptep_get(f->pte)))
		page = vmo_get_page(vma->vmo, linear_page_index(vma, f->address));
	if (page)
		map_file_page(f, f->address, f->pte, page,
			      mk_pte_dirty(page_to_pfn(page), vma->vm_flags));
	spin_unlock(f->ptl);
	return VM_FAULT_OK;
}

/* CASE F and CASE S: the object's own page, which is made if there is none. */
static enum vm_fault do_object_fault(struct vm_fault_ctx *f)
{
	struct vmo *vmo = f->vma->vmo;
	u64 index = linear_page_index(f->vma, f->address);

	switch (vmo->ops->make(vmo, index)) {
	case 0:
		break;
	case -EFBIG:
		return VM_FAULT_SIGBUS;
	case -EAGAIN:
		return VM_FAULT_RETRY;
	default:
		return VM_FAULT_OOM;
	}
	EVENT(file_get, index, f->address, f->vma->vm_mm->pid);
	return f->flags & FAULT_FLAG_WRITE ? do_shared_fault(f) : do_read_fault(f);
}

/* A frame with the bytes of the object's page, or zeros if it has none; NULL if memory is short. */
static struct page *new_copy_of_object(struct vmo *vmo, u64 index, u64 *copied_pfn)
{
	struct page *copy = alloc_user_page();
	struct page *page;

	if (!copy)
		return NULL;
	page = vmo_get_page(vmo, index);
	*copied_pfn = page ? page_to_pfn(page) : zero_pfn;
	copy_page(page_address(copy), page ? page_address(page) : zero_page());
	if (page)
		put_page(page);
	return copy;
}

/*
 * The decisive step of CASE P; ptl held.  From here on as CASE N: no flush, one reference, reported
 * to the scanner under the ptl.  False: another fault was faster, or the object ends before it.
 */
static bool map_copy(struct vm_fault_ctx *f, struct page *copy, u64 copied_pfn)
{
	struct vm_area_struct *vma = f->vma;

	if (!pte_none(ptep_get(f->pte)) ||
	    linear_page_index(vma, f->address) >= vmo_pages(vma->vmo))
		return false;
	page_add_new_anon_rmap(copy, vma, f->address);
	set_pte(f->pte, mk_pte_dirty(page_to_pfn(copy), vma->vm_flags));
	report_birth(copy, f->ptl);
	atomic64_inc(&vma->vm_mm->nr_ptes);
	EVENT(cow_copy, copied_pfn, page_to_pfn(copy), f->address);
	return true;
}

/* CASE P.  The frame is filled before the ptl is taken; if it cannot be mapped it goes back. */
static enum vm_fault do_cow_fault(struct vm_fault_ctx *f)
{
	struct vmo *vmo = f->vma->vmo;
	u64 index = linear_page_index(f->vma, f->address), copied_pfn;
	struct page *copy;
	bool mapped;

	if (vmo->ops->awaited(vmo, index))
		return VM_FAULT_RETRY;
	copy = new_copy_of_object(vmo, index, &copied_pfn);
	if (!copy)
		return VM_FAULT_OOM;
	EVENT(file_get, index, f->address, f->vma->vm_mm->pid);
	spin_lock(f->ptl);
	/* locked: mmap(r), ptl */
	mapped = map_copy(f, copy, copied_pfn);
	spin_unlock(f->ptl);
	if (!mapped)
		put_page(copy);
	return VM_FAULT_OK;
}

/* The caller has seen an empty entry, without the lock: a hint; each case decides under the ptl. */
enum vm_fault do_file_fault(struct vm_fault_ctx *f)
{
	const struct vm_area_struct *vma = f->vma;

	ASSERT(rwsem_is_locked(&vma->vm_mm->mmap_lock));
	if (linear_page_index(vma, f->address) >= vmo_pages(vma->vmo))
		return VM_FAULT_SIGBUS;
	if ((f->flags & FAULT_FLAG_WRITE) && !(vma->vm_flags & VM_SHARED))
		return do_cow_fault(f);
	return do_object_fault(f);
}

/* The object that is mapped at address, with a reference, and the page of it that is; or NULL. */
static struct vmo *get_object_at(struct mm_struct *mm, u64 address, u64 *index)
{
	struct vm_area_struct *vma;

	READ_GUARD(&mm->mmap_lock);
	vma = vma_lookup(mm, address);
	if (!vma || !vma->vmo)
		return NULL;
	vma->vmo->ops->get(vma->vmo);
	*index = linear_page_index(vma, address);
	return vma->vmo;
}

enum vm_fault fault_page_in(struct mm_struct *mm, u64 address)
{
	struct vmo *vmo;
	u64 index;
	int err;

	EVENT(page_in, address, mm->pid);
	vmo = get_object_at(mm, address, &index);
	if (!vmo)
		return VM_FAULT_RETRY; /* the area has gone: the next look will tell */
	err = vmo->ops->page_in(vmo, index);
	vmo->ops->put(vmo);
	switch (err) {
	case 0:
		return VM_FAULT_RETRY;
	case -ENOMEM:
		return VM_FAULT_OOM;
	case -EINTR:
		return VM_FAULT_KILLED;
	default:
		return VM_FAULT_PAGER;
	}
}

/*
 * CASE W; ptl held.  No shootdown: a right is added, and the CPU that faulted has dropped
 * its old entry.  Counts stay: it is the same page, and of the object's still, as its entry is.
 * Nobody can take the right away meanwhile, since mprotect() needs mmap_lock, and no scanner knows
 * the page.
 */
enum vm_fault wp_page_shared(struct vm_fault_ctx *f)
{
	assert_spin_held(f->ptl);
	ASSERT(!PageAnon(pte_page(f->orig)) && (f->vma->vm_flags & VM_WRITE));
	set_pte(f->pte, f->orig | PTE_W | PTE_A | PTE_D);
	spin_unlock(f->ptl);
	return VM_FAULT_OK;
}
