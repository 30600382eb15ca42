/* SPDX-License-Identifier: MIT */
/*
 * Copies between address spaces, through the direct map.
 *
 * THEORY
 *
 * Only one address space is loaded at a time, so a copy between two cannot go by user
 * addresses.  But every frame has a kernel address as well: gup.c pins the page, and the
 * bytes go straight from one frame to the other, or to a buffer of the kernel.
 *
 *      copy_user_page    kernel buffer <-> page of a program       message, memory object
 *      copy_own_page     page of the caller <-> page of another    window of a message
 *      access_remote_vm  kernel buffer <-> memory of another       exec, and for
 *        access_remote_user  by 256 bytes on the stack, the caller's   vm_peek, vm_poke
 *
 * The first two may do what the program itself may.  The third is a debugger's: it reads
 * every area, and writes to read-only ones too, but to a page of the program's own, made
 * by the same fault.  What was never touched it reads as zeros, without a fault, if it is
 * anonymous; in an area of an object the fault brings the object's page.
 *
 * Worked example.  A server copies 100 bytes from its page at S to the window at C of a client
 * that waits for the reply:
 *      S: mmap_lock(r) of the server: page 40 faulted in, pinned.  Unlocked.
 *      C: mmap_lock(r) of the client: page 812 faulted in for writing, pinned.  Unlocked.
 *         100 bytes from frame 40 to 812.
 *      C: mmap_lock(r) of the client: PTE of C set dirty.  Unlocked; unpinned.
 *      S: unpinned.
 * Neither address space is locked while the other faults, or while a pager is waited for: two
 * servers that copy to each other cannot wait in a circle.  Both pages are pinned, so meanwhile
 * nobody merges them; and the one that is written is exclusive, so a fork gives the child a copy
 * of it at once, while the client keeps 812.
 *
 * The dirty bit.  The hardware has not seen a write through the direct map, and a scanner
 * that believes the bit would call the page unchanged; so it is set by hand, if the entry
 * still maps the page.  If it does not, somebody has unmapped it, and nobody will ask.
 *
 * Locks:  mmap_lock(r) -> ptl.  One mmap_lock at a time, none while bytes are copied (but for
 * peek_anonymous()).
 *
 * Invariants
 *  1. A copy between frames never faults: what it touches is pinned, or the kernel's.
 *     (From and to the caller's own addresses it may, with no lock held.)
 *  2. While a page is pinned for it, a copy stays within that page.
 *
 * Rejected: mapping the other's page for a while (an entry and a flush for each, where the
 * direct map is there); loading the other's page table, and copying everything twice.
 *
 * Deliberately missing: moving pages instead of copying them; the ranges of a message are
 * not aligned, and a page that moves must be unmapped everywhere.
 *
 * Further reading: Liedtke, "Improving IPC by Kernel Design" (1993), whose window maps the
 * receiver's memory into the sender's for the time of one copy.
 */
#include "mm/space/copy.h"

#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/lib/string.h"
#include "kernel/x86/uaccess.h"
#include "mm/space/gup.h"
#include "mm/pgtable/pgtable.h"
#include "mm/space/vma.h"

#define CHUNK 256 /* bytes on the stack */

/*
 * A write through the direct map, made visible to whoever believes the dirty bit.
 * Lock: the page-table lock, as mmap_lock was not held while the bytes were copied.
 * Flush: none, a bit is only added.
 * Count: the pin keeps the frame, so an entry that maps it maps this very page.
 * Other CPUs: the entry may have gone or hold another page by now; then there is nothing to mark.
 */
static void mark_dirty(struct mm_struct *mm, u64 addr, struct page *page)
{
	pte_t *pte;

	READ_GUARD(&mm->mmap_lock);
	pte = pte_find_lock(mm, addr);
	if (!pte)
		return;
	if (pte_maps(ptep_get(pte), page))
		__atomic_fetch_or(pte, PTE_D, __ATOMIC_SEQ_CST);
	pte_unlock(pte);
}

/* n bytes within the pinned page at addr, to the program (write) or from it; then unpins it. */
static void copy_and_unpin(struct page *page, struct mm_struct *mm, u64 addr, void *buf, size_t n,
			   bool write)
{
	void *data = page_address(page) + addr % PAGE_SIZE;

	EVENT(remote_access, page_to_pfn(page), addr, mm->pid);
	if (write) {
		memcpy(data, buf, n);
		mark_dirty(mm, addr, page);
	} else {
		memcpy(buf, data, n);
	}
	unpin_user_page(page);
}

int copy_user_page(struct mm_struct *mm, u64 addr, void *buf, size_t n, bool write)
{
	struct page *page = pin_user_page(mm, addr, write);

	if (IS_ERR(page))
		return (int)PTR_ERR(page);
	copy_and_unpin(page, mm, addr, buf, n, write);
	return 0;
}

int copy_own_page(struct mm_struct *mm, u64 addr, u64 own, size_t n, bool write)
{
	struct page *page = pin_user_page(current->mm, own, !write);
	int ret;

	if (IS_ERR(page))
		return (int)PTR_ERR(page);
	ret = copy_user_page(mm, addr, page_address(page) + own % PAGE_SIZE, n, write);
	if (!ret && !write)
		mark_dirty(current->mm, own, page);
	unpin_user_page(page);
	return ret;
}

/* As a debugger, from or to any area; what the program shares becomes its own before a write. */
static int copy_remote_page(struct mm_struct *mm, u64 addr, void *buf, size_t n, bool write)
{
	struct page *page = pin_remote_page(mm, addr, write);

	if (IS_ERR(page))
		return (int)PTR_ERR(page);
	copy_and_unpin(page, mm, addr, buf, n, write);
	return 0;
}

/* From an anonymous area: what the program has not touched yet is zeros.  mmap_lock(r) held. */
static void peek_anonymous(struct mm_struct *mm, u64 addr, void *buf, size_t n)
{
	struct page *page = follow_page(mm, addr);

	if (!page) {
		memset(buf, 0, n);
		return;
	}
	EVENT(remote_access, page_to_pfn(page), addr, mm->pid);
	memcpy(buf, page_address(page) + addr % PAGE_SIZE, n);
	put_page(page);
}

/* An area of an object has bytes where the program never touched it, so there a fault is needed. */
static int peek_remote_page(struct mm_struct *mm, u64 addr, void *buf, size_t n)
{
	struct vm_area_struct *vma;
	bool anonymous;

	down_read(&mm->mmap_lock);
	vma = vma_lookup(mm, addr);
	anonymous = vma && !vma->vmo;
	if (anonymous)
		peek_anonymous(mm, addr, buf, n);
	up_read(&mm->mmap_lock);
	return anonymous ? 0 : copy_remote_page(mm, addr, buf, n, false);
}

s64 access_remote_vm(struct mm_struct *mm, u64 addr, void *buf, size_t n, bool write)
{
	for (size_t done = 0, len; done < n; done += len) {
		u64 at = addr + done;
		int err;

		len = MIN(n - done, PAGE_SIZE - at % PAGE_SIZE);
		if (write)
			err = copy_remote_page(mm, at, buf + done, len, true);
		else
			err = peek_remote_page(mm, at, buf + done, len);
		if (err)
			return done ? (s64)done : err;
	}
	return (s64)n;
}

/* n <= CHUNK bytes; neither address space is locked while the other is touched. */
static int copy_chunk(struct mm_struct *mm, u64 addr, void *ubuf, u64 n, bool write)
{
	char chunk[CHUNK];

	if (write && copy_from_user(chunk, ubuf, n))
		return -EFAULT;
	if (access_remote_vm(mm, addr, chunk, n, write) != (s64)n)
		return -EFAULT;
	return write ? 0 : copy_to_user(ubuf, chunk, n);
}

s64 access_remote_user(struct mm_struct *mm, u64 addr, void *ubuf, size_t n, bool write)
{
	for (size_t done = 0, len; done < n; done += len) {
		len = MIN(n - done, (size_t)CHUNK);
		if (copy_chunk(mm, addr + done, ubuf + done, len, write))
			return done ? (s64)done : -EFAULT;
		if (cond_resched_killable())
			return -EINTR;
	}
	return (s64)n;
}
