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
 * Worked example.  A server copies 100 bytes from its page at S to the client's window at
 * C, who waits for the reply:
 *      S: mmap_lock(r) of the server: page 40 faulted in, pinned.  Unlocked.
 *      C: mmap_lock(r) of the client: page 812 faulted in for writing, pinned;
 *         100 bytes from frame 40 to 812; PTE of C set dirty; unpinned.  Unlocked.
 *      S: unpinned.
 * Neither address space is locked while the other faults: two servers that copy to each
 * other cannot wait in a circle.  Both pages are pinned, so meanwhile nobody merges them,
 * and a fork of either copies its page.
 *
 * The dirty bit.  The hardware has not seen a write through the direct map, and a scanner
 * that believes the bit would call the page unchanged; so it is set by hand, if the entry
 * still maps the page.  If it does not, somebody has unmapped it, and nobody will ask.
 *
 * Locks:  mmap_lock(r) -> ptl.  One mmap_lock at a time.
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
#include "kernel/core/event.h"
#include "kernel/lib/string.h"
#include "kernel/x86/uaccess.h"
#include "mm/space/fault.h"

#include <abi/errno.h>

#define CHUNK 256 /* bytes on the stack */

/* A write through the direct map, made visible to whoever believes the dirty bit. */
static void mark_dirty(struct mm_struct *mm, u64 addr, struct page *page)
{
	pte_t *pte = pte_find_lock(mm, addr);

	if (!pte)
		return;
	if (pte_present(ptep_get(pte)) && pte_page(ptep_get(pte)) == page)
		__atomic_fetch_or(pte, PTE_D, __ATOMIC_SEQ_CST);
	pte_unlock(pte);
}

/*
 * n bytes within one page, to the program (write) or from it; the page is pinned, or why
 * it is not, and is unpinned.  mmap_lock(r) held.
 */
static int copy_pinned(struct page *page, struct mm_struct *mm, u64 addr, void *buf, size_t n,
		       bool write)
{
	void *data;

	if (IS_ERR(page))
		return (int)PTR_ERR(page);
	EVENT(remote_access, page_to_pfn(page), addr, mm->pid);
	data = page_address(page) + addr % PAGE_SIZE;
	memcpy(write ? data : buf, write ? buf : data, n);
	if (write)
		mark_dirty(mm, addr, page);
	unpin_user_page(page);
	return 0;
}

/* Whether the page, for want of which *ret is -EAGAIN, has been brought: then again.  Nothing locked. */
static bool paged_in(struct mm_struct *mm, u64 addr, int *ret)
{
	if (likely(*ret != -EAGAIN))
		return false;
	*ret = fault_page_in(mm, addr);
	return !*ret;
}

int copy_user_page(struct mm_struct *mm, u64 addr, void *buf, size_t n, bool write)
{
	int ret;

	do {
		down_read(&mm->mmap_lock);
		ret = copy_pinned(pin_user_page(mm, addr, write), mm, addr, buf, n, write);
		up_read(&mm->mmap_lock);
	} while (paged_in(mm, addr, &ret));
	return ret;
}

int copy_own_page(struct mm_struct *mm, u64 addr, u64 own, size_t n, bool write)
{
	struct page *page;
	int ret;

	do {
		down_read(&current->mm->mmap_lock);
		page = pin_user_page(current->mm, own, !write);
		up_read(&current->mm->mmap_lock);
		ret = IS_ERR(page) ? (int)PTR_ERR(page) : 0;
	} while (paged_in(current->mm, own, &ret));
	if (ret)
		return ret;
	ret = copy_user_page(mm, addr, page_address(page) + own % PAGE_SIZE, n, write);
	READ_GUARD(&current->mm->mmap_lock);
	if (!write)
		mark_dirty(current->mm, own, page);
	unpin_user_page(page);
	return ret;
}

/* As for a debugger: from any area, and what the program has not touched yet is zero. */
static int peek(struct mm_struct *mm, u64 addr, void *buf, size_t n)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	struct page *page;

	if (!vma)
		return -EFAULT;
	if (vma->vmo) /* what was never touched has bytes all the same */
		return copy_pinned(pin_remote_page(mm, addr, false), mm, addr, buf, n, false);
	page = follow_page(mm, addr);
	if (!page) {
		memset(buf, 0, n);
		return 0;
	}
	EVENT(remote_access, page_to_pfn(page), addr, mm->pid);
	memcpy(buf, page_address(page) + addr % PAGE_SIZE, n);
	put_page(page);
	return 0;
}

/* To any area; what the program shares becomes its own first. */
static int poke(struct mm_struct *mm, u64 addr, void *buf, size_t n)
{
	return copy_pinned(pin_remote_page(mm, addr, true), mm, addr, buf, n, true);
}

s64 access_remote_vm(struct mm_struct *mm, u64 addr, void *buf, size_t n, bool write)
{
	for (size_t done = 0, len; done < n; done += len) {
		u64 at = addr + done;
		int err;

		len = MIN(n - done, PAGE_SIZE - at % PAGE_SIZE);
		do {
			down_read(&mm->mmap_lock);
			err = write ? poke(mm, at, buf + done, len) : peek(mm, at, buf + done, len);
			up_read(&mm->mmap_lock);
		} while (paged_in(mm, at, &err));
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
