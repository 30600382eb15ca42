/* SPDX-License-Identifier: MIT */
/*
 * mincore and msync: looking at a range without touching it.
 *
 * THEORY
 *
 * A page is in memory if an entry maps it, or if its area shows an object that has the page:
 * the fault that maps it then waits for nobody.
 *
 *      entry      object has it      in memory
 *        x             -                x       an anonymous page, or a copy
 *        -             x                x       another process, or read(), brought it
 *        -             -                -       a fault makes it, or asks a pager
 *
 * Worked example.  A file of 12 pages is mapped shared, one page is written: one of 12.  It is
 * unmapped and mapped again: nothing is mapped, and the answer is the same.
 *
 * The answer may be out of date when it arrives.  It goes to user memory, where a fault may
 * want mmap_lock: so the lock is held for some pages at a time, and not while they are copied.
 *
 * msync has nothing to write yet: what a shared mapping shows is the object itself, which
 * others read as it is.  It tells what is wrong with the range, as write-back will.
 *
 * Locks:  mmap_lock(r) -> ptl.
 *
 * Further reading: mincore(2), msync(2).
 */
#include "mm/space/mincore.h"

#include "kernel/x86/uaccess.h"
#include "mm/pgtable/pgtable.h"
#include "mm/space/vma.h"
#include "mm/frame/page_alloc.h"
#include "mm/vmo.h"

#include <abi/errno.h>

#define CHUNK 128 /* pages at a time */

/* Under the ptl: a merge empties the entry for a moment while it holds that. */
static bool is_mapped(struct mm_struct *mm, u64 addr)
{
	pte_t *pte = pte_find_lock(mm, addr);
	bool mapped;

	if (!pte)
		return false;
	mapped = !pte_none(ptep_get(pte));
	pte_unlock(pte);
	return mapped;
}

static bool in_memory(struct vm_area_struct *vma, u64 addr)
{
	u64 index = linear_page_index(vma, addr);
	struct page *page;

	if (is_mapped(vma->vm_mm, addr))
		return true;
	page = vma->vmo ? vmo_get_page(vma->vmo, index) : NULL;
	if (!page)
		return false;
	put_page(page);
	return true;
}

/* Of n pages from addr on, to vec.  -ENOMEM: a hole. */
static int mincore_chunk(struct mm_struct *mm, u64 addr, u64 n, u8 *vec)
{
	READ_GUARD(&mm->mmap_lock);
	for (u64 i = 0; i < n; i++) {
		struct vm_area_struct *vma = vma_lookup(mm, addr + i * PAGE_SIZE);

		if (!vma)
			return -ENOMEM;
		vec[i] = in_memory(vma, addr + i * PAGE_SIZE);
	}
	return 0;
}

int do_mincore(struct mm_struct *mm, u64 addr, u64 len, u8 *uvec)
{
	u64 pages = ALIGN_UP(len, PAGE_SIZE) >> PAGE_SHIFT;
	u8 vec[CHUNK];

	if (!IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (addr > TASK_SIZE || len > TASK_SIZE - addr)
		return -ENOMEM;
	for (u64 done = 0, n; done < pages; done += n) {
		int err;

		n = MIN(pages - done, (u64)CHUNK);
		err = mincore_chunk(mm, addr + done * PAGE_SIZE, n, vec);
		if (err)
			return err;
		if (copy_to_user(uvec + done, vec, n))
			return -EFAULT;
		if (cond_resched_killable())
			return -EINTR;
	}
	return 0;
}

/* Holes are passed over, and told in the end; a locked area where none may be ends it. */
static int msync_range(struct mm_struct *mm, u64 start, u64 end, bool invalidate)
{
	struct vm_area_struct *vma;
	int holes = 0;

	READ_GUARD(&mm->mmap_lock);
	for (vma = find_vma(mm, start); start < end; vma = vma_next(vma)) {
		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start)
			holes = -ENOMEM;
		if (invalidate && vma->vm_flags & VM_LOCKED)
			return -EBUSY;
		start = vma->vm_end;
		if (cond_resched_killable())
			return -EINTR;
	}
	return holes;
}

int do_msync(struct mm_struct *mm, u64 addr, u64 len, u64 flags)
{
	u64 end = addr + ALIGN_UP(len, PAGE_SIZE);

	if (flags & ~(u64)(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || !IS_ALIGNED(addr, PAGE_SIZE))
		return -EINVAL;
	if (flags & MS_ASYNC && flags & MS_SYNC)
		return -EINVAL;
	if (end < addr || ALIGN_UP(len, PAGE_SIZE) < len)
		return -ENOMEM;
	return msync_range(mm, addr, end, flags & MS_INVALIDATE);
}
