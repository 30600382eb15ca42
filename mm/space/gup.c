/* SPDX-License-Identifier: MIT */
/*
 * get_user_pages: the one place where the kernel takes a reference to a user's page.
 *
 * THEORY
 *
 * Sometimes the kernel needs a page of a program, not an address: because the program
 * is another one than the one that runs (vm_peek, vm_poke), or because it copies
 * between two address spaces (messages).  It looks the page up as the hardware would,
 * faults it in if need be, and takes a reference, so that the frame stays what it is
 * when every lock has been dropped.
 *
 *      follow_page      reference + 1           look: the bytes as they are now
 *      pin_user_page    reference + PAGE_PIN    copy: the page must stay *the page
 *                                               at this address* while we do so
 *
 * The difference is in what others may do meanwhile:
 *
 *                          reference + 1           pin
 *      program writes      may be moved to a       pin for writing: the page is
 *                          copy (COW)              exclusive, so written in place
 *      fork                shared as ever          child gets a copy at once
 *      merge               refused (count is above mapcount) in both cases
 *
 * Worked example.  The kernel pins page 812 of P for writing: AnonExclusive, count
 * 1 + 1024.  P forks: the child gets a copy (frame 901), P keeps 812 and its W.  The
 * kernel writes into 812: P sees it, the child does not.  Unpinned: count 1.
 *
 * What is then done with the page is in copy.c.  It is pinned as the program itself might
 * use it: the area must allow that, whatever the entry says.
 *
 * Pins for writing need AnonExclusive, not the W bit: a write on behalf of a debugger
 * (FAULT_FLAG_REMOTE) goes to read-only areas too, and there the page is made private
 * by the same fault, whose entry just stays read-only.  That is all there is to
 * FOLL_FORCE: it is never allowed to write to a page that anybody shares
 * (CVE-2016-5195 came of deciding that in two steps with a race in between).
 *
 * A page of an object is pinned for writing only through a shared area, where its entry says W:
 * what is written is the object's, as the program's own write would be.  In a private area it is
 * copied first, by the fault; in a shared one that the program may not write, a debugger may not
 * either.  The pin keeps the frame when the area, and with it the object, has gone.
 *
 * A page that a pager has to bring is not waited for under mmap_lock: -EAGAIN, and whoever took the
 * lock drops it, has the page brought (fault_page_in()) and tries again.
 *
 * The zero page is not given out: a reader has it parted (an unshare fault), or gets
 * NULL from follow_page(), which reads as zeros.
 *
 * Locks:  mmap_lock(r) -> ptl.  The reference is taken under the ptl, so the page
 * cannot go between the look and the reference.
 *
 * Invariants
 *  1. refcount = mapcount + passing references + PAGE_PIN * pins, and one for the object whose
 *     page it is.
 *  2. An anonymous page pinned for writing stays AnonExclusive until it is unpinned.
 *
 * Rejected: walking without the ptl (Linux's gup_fast: saves a lock, needs the page
 * tables freed by RCU).
 *
 * Deliberately missing: long-term pins.
 *
 * Further reading: Linux's Documentation/core-api/pin_user_pages.rst.
 */
#include "kernel/core/log.h"
#include "mm/space/fault.h"

#include <abi/errno.h>

/* The page of the entry if it may be pinned as it is, or NULL.  ptl held. */
static struct page *pinnable_page(pte_t e, bool write)
{
	struct page *page = pte_present(e) ? pte_page(e) : NULL;

	if (!page || !write || PageAnonExclusive(page))
		return page;
	return !PageAnon(page) && pte_write(e) ? page : NULL;
}

/* The page at addr with a pin, or NULL if a fault is needed first. */
static struct page *try_pin(struct mm_struct *mm, u64 addr, bool write)
{
	pte_t *pte = pte_find_lock(mm, addr);
	struct page *page;

	if (!pte)
		return NULL;
	page = pinnable_page(ptep_get(pte), write);
	if (page)
		atomic_add(PAGE_PIN, &page->refcount);
	pte_unlock(pte);
	return page;
}

/* The fault that brings the page for try_pin(); 0 or -errno, -EAGAIN as pin_user_page(). */
static int fault_in(struct vm_area_struct *vma, u64 addr, u32 flags)
{
	switch (handle_mm_fault(vma, addr, flags)) {
	case VM_FAULT_OK:
		return 0;
	case VM_FAULT_OOM:
		return -ENOMEM;
	case VM_FAULT_PAGER:
		return -EAGAIN;
	default:
		return -EFAULT;
	}
}

/*
 * Until the page is there; the scanner may merge or part it between the fault and our
 * look, so this may go round more than once.  Reading an empty or zero entry: first the
 * zero page, then its parting.
 */
static struct page *pin_page(struct mm_struct *mm, u64 addr, bool write, u32 flags)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	struct page *page;

	ASSERT(rwsem_is_locked(&mm->mmap_lock));
	if (!vma || !(flags & FAULT_FLAG_REMOTE || vma->vm_flags & (write ? VM_WRITE : VM_PROT)))
		return ERR_PTR(-EFAULT);
	addr &= PAGE_MASK;
	while (!(page = try_pin(mm, addr, write))) {
		int err = fault_in(vma, addr, flags | (write ? FAULT_FLAG_WRITE : 0));

		if (!err && !write)
			err = fault_in(vma, addr, flags | FAULT_FLAG_UNSHARE);
		if (err)
			return ERR_PTR(err);
	}
	ASSERT(!write || !PageAnon(page) || (PageAnonExclusive(page) && page_mapcount(page) == 1));
	return page;
}

struct page *pin_user_page(struct mm_struct *mm, u64 addr, bool write)
{
	return pin_page(mm, addr, write, 0);
}

struct page *pin_remote_page(struct mm_struct *mm, u64 addr, bool write)
{
	return pin_page(mm, addr, write, FAULT_FLAG_REMOTE);
}

void unpin_user_page(struct page *page)
{
	ASSERT(page_maybe_pinned(page));
	if (atomic_add_return(-PAGE_PIN, &page->refcount) == 0)
		free_user_page(page);
}

struct page *follow_page(struct mm_struct *mm, u64 addr)
{
	pte_t *pte = pte_find_lock(mm, addr);
	struct page *page = NULL;

	ASSERT(rwsem_is_locked(&mm->mmap_lock));
	if (!pte)
		return NULL;
	if (pte_present(ptep_get(pte)))
		page = pte_page(ptep_get(pte));
	if (page)
		get_page(page);
	pte_unlock(pte);
	return page;
}

/* The pages from *start on, which moves on; -errno if one cannot be had. */
static int populate_table(struct mm_struct *mm, u64 *start, u64 end)
{
	int ret = 0;

	READ_GUARD(&mm->mmap_lock);
	for (; *start < end && !ret; *start += ret ? 0 : PAGE_SIZE) {
		struct vm_area_struct *vma = vma_lookup(mm, *start);
		u32 flags = vma && vma->vm_flags & VM_WRITE ? FAULT_FLAG_WRITE : 0;

		ret = vma ? fault_in(vma, *start, flags) : -EFAULT;
	}
	return ret;
}

void populate_range(struct mm_struct *mm, u64 start, u64 end)
{
	int ret = 0;

	while (start < end && !ret) {
		ret = populate_table(mm, &start, pte_table_end(start, end));
		if (ret == -EAGAIN)
			ret = fault_page_in(mm, start);
		if (!ret)
			ret = cond_resched_killable();
	}
}
