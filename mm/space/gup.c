/* SPDX-License-Identifier: MIT */
/*
 * get_user_pages: the one place where the kernel takes a reference to a user's page.
 *
 * THEORY
 *
 * Sometimes the kernel needs a page of a program, not an address: because that program
 * is not the one that runs (vm_peek, vm_poke), or because it copies
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
 * A page that a pager has to bring is not waited for under mmap_lock.  The fault says
 * VM_FAULT_RETRY; then the lock is dropped, fault_wait() sleeps, and all begins again with the
 * look-up of the area.  Hence pinning takes mmap_lock itself, and so does populate_range().
 *
 * The zero page is not given out: a reader has it parted (an unshare fault), or gets
 * NULL from follow_page(), which reads as zeros.
 *
 * Locks:  mmap_lock(r) -> ptl.  The reference is taken under the ptl, so the page
 * cannot go between the look and the reference.  When pin_user_page() returns, neither is held.
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
#include "mm/space/gup.h"

#include <abi/errno.h>

#include "kernel/core/log.h"
#include "mm/pgtable/pgtable.h"
#include "mm/space/fault.h"
#include "mm/space/vma.h"

/* Whether the program itself may do this (FAULT_FLAG_WRITE or not), or need not be asked. */
static bool area_allows_pin(const struct vm_area_struct *vma, u32 flags)
{
	if (flags & FAULT_FLAG_REMOTE)
		return true;
	return vma->vm_flags & (flags & FAULT_FLAG_WRITE ? VM_WRITE : VM_PROT);
}

/* Whether the page of a present entry may be pinned as it is.  ptl held. */
static bool pinnable(const struct page *page, pte_t e, u32 flags)
{
	if (!(flags & FAULT_FLAG_WRITE))
		return true;
	if (PageAnon(page))
		return PageAnonExclusive(page);
	return pte_write(e);
}

/* The page at addr with a pin, or NULL if a fault is needed first. */
static struct page *try_pin(struct mm_struct *mm, u64 addr, u32 flags)
{
	pte_t *pte = pte_find_lock(mm, addr);
	struct page *page = NULL;
	pte_t e;

	if (!pte)
		return NULL;
	e = ptep_get(pte);
	switch (pte_kind(e)) {
	case PTE_KIND_PRESENT:
		page = pte_page(e);
		break;
	case PTE_KIND_NONE:
	case PTE_KIND_SPECIAL:
		break;
	}
	if (page && !pinnable(page, e, flags))
		page = NULL;
	if (page) {
		ASSERT(!PageAnonExclusive(page) || page_mapcount(page) == 1);
		atomic_add(PAGE_PIN, &page->refcount);
	}
	pte_unlock(pte);
	return page;
}

/*
 * The fault that brings what try_pin() did not find.  To read an empty entry takes two: the first
 * maps the zero page, the second parts it.
 */
static enum vm_fault fault_for_pin(struct vm_area_struct *vma, u64 addr, u32 flags)
{
	enum vm_fault result = handle_mm_fault(vma, addr, flags);

	if (result == VM_FAULT_OK && !(flags & FAULT_FLAG_WRITE))
		result = handle_mm_fault(vma, addr, flags | FAULT_FLAG_UNSHARE);
	return result;
}

/*
 * VM_FAULT_OK: *page is pinned.  The scanner may merge or part it between the fault and our
 * look, so this may go round more than once.  mmap_lock(r) held.
 */
static enum vm_fault pin_locked(struct mm_struct *mm, u64 addr, u32 flags, struct page **page)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);

	if (!vma)
		return VM_FAULT_NO_AREA;
	if (!area_allows_pin(vma, flags))
		return VM_FAULT_SIGSEGV;
	for (;;) {
		enum vm_fault result;

		*page = try_pin(mm, addr, flags);
		if (*page)
			return VM_FAULT_OK;
		result = fault_for_pin(vma, addr, flags);
		if (result != VM_FAULT_OK)
			return result;
	}
}

/* flags: FAULT_FLAG_WRITE and REMOTE, or neither. */
static struct page *pin_page(struct mm_struct *mm, u64 addr, u32 flags)
{
	struct page *page;
	enum vm_fault result;

	addr = ALIGN_DOWN(addr, PAGE_SIZE);
	do {
		down_read(&mm->mmap_lock);
		result = pin_locked(mm, addr, flags, &page);
		up_read(&mm->mmap_lock);
		result = fault_wait(mm, addr, result);
	} while (result == VM_FAULT_RETRY);
	return result == VM_FAULT_OK ? page : ERR_PTR(vm_fault_errno(result));
}

struct page *pin_user_page(struct mm_struct *mm, u64 addr, bool write)
{
	return pin_page(mm, addr, write ? FAULT_FLAG_WRITE : 0);
}

struct page *pin_remote_page(struct mm_struct *mm, u64 addr, bool write)
{
	return pin_page(mm, addr, FAULT_FLAG_REMOTE | (write ? FAULT_FLAG_WRITE : 0));
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
	switch (pte_kind(ptep_get(pte))) {
	case PTE_KIND_PRESENT:
		page = pte_page(ptep_get(pte));
		get_page(page);
		break;
	case PTE_KIND_NONE:
	case PTE_KIND_SPECIAL:
		break;
	}
	pte_unlock(pte);
	return page;
}

/* A touch of one page: a write if `how` and the area have VM_WRITE.  mmap_lock(r) held. */
static enum vm_fault populate_page(struct mm_struct *mm, u64 addr, u64 how)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);

	if (!vma)
		return VM_FAULT_NO_AREA;
	return handle_mm_fault(vma, addr, vma->vm_flags & how & VM_WRITE ? FAULT_FLAG_WRITE : 0);
}

/* The pages from *addr on, which is moved past each that is there. */
static enum vm_fault populate_table(struct mm_struct *mm, u64 *addr, u64 end, u64 how)
{
	READ_GUARD(&mm->mmap_lock);
	while (*addr < end) {
		enum vm_fault result = populate_page(mm, *addr, how);

		if (result != VM_FAULT_OK)
			return result;
		*addr += PAGE_SIZE;
	}
	return VM_FAULT_OK;
}

int populate_range(struct mm_struct *mm, u64 start, u64 end, u64 how)
{
	while (start < end) {
		enum vm_fault result = populate_table(mm, &start, pte_table_end(start, end), how);

		result = fault_wait(mm, start, result);
		if (result != VM_FAULT_OK && result != VM_FAULT_RETRY)
			return vm_fault_errno(result);
		if (cond_resched_killable())
			return -EINTR;
	}
	return 0;
}
