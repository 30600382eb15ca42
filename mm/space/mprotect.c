/* SPDX-License-Identifier: MIT */
/*
 * mprotect: other rights for pages that are there already.
 *
 * THEORY
 *
 * The VMA's flags say what a program may do, the PTEs what it can do at once.
 * Taking a right away must change both, and flush; giving a right need only change
 * the VMA, for the fault handler will find the right there when it is used.
 *
 *      VMA        r w  ->  r -       PTE  W=1 -> W=0, flush      (must)
 *      VMA        r -  ->  r w       PTE  W=0 stays              (fault decides)
 *      VMA        r w  ->  - -       PTE  P=0, PROTNONE=1, flush (must)
 *
 * Why write permission is never given here.  A PTE may be writable only if its page
 * is AnonExclusive; the page may be shared by fork, merged, or the zero page.
 * do_wp_page() is the one place that knows how to decide that, so the next write
 * goes there: it either sets W or copies.  (CVE-2016-5195 and its relatives are what
 * becomes of several places that each know a part of the rule.)
 *
 * Worked example.  A page is written, made read-only and writable again:
 *      PTE  P W A D excl  --mprotect(READ)-->  P A D excl  --mprotect(READ|WRITE)-->
 *      P A D excl  --write: fault, do_wp_page, exclusive: reuse-->  P W A D excl
 *
 * Areas of objects.  A shared one gets W back by wp_page_shared() in the same way.  A right that
 * the object's handle did not give (VM_MAY) is refused, before anything is changed.
 *
 * PROT_NONE.  The frame stays in the entry, with the hardware's present bit clear:
 * so the program cannot touch it, nor can the kernel on the program's behalf (a
 * present entry without the user bit would be open to the kernel's user copies),
 * yet the reverse map still finds it and it may be merged.
 *
 * Locks:  mmap_lock(w) -> ptl.  Between two page tables the lock is dropped; the
 * scanner may then see some entries changed and others not, which it cannot tell
 * from a program that makes two calls.
 *
 * The flush comes once, at the end, before mmap_lock is dropped.  Until then another
 * thread may use a stale right, as if it had come before the call.  The scanner does
 * not rely on the PTE being flushed: it flushes for itself after it has cleared one.
 *
 * Invariants
 *  1. No PTE gains W.
 *  2. When the call returns no CPU has a right that the VMA does not give.
 *  3. A failing call has changed nothing.  Unlike Linux, a hole in the range or an area that may
 *     not have the right is found before the first VMA is changed; the errors are the same.
 *
 * Deliberately missing: protection keys, PROT_GROWSDOWN, the shortcut by which Linux
 * makes exclusive pages writable at once (it saves a fault of 300 instructions and
 * would be a second place that gives W).
 *
 * Further reading: mprotect(2); Linux's can_change_pte_writable() for that shortcut.
 */
#include "kernel/core/log.h"
#include "mm/pgtable/ptwalk.h"
#include "mm/pgtable/tlb.h"
#include "mm/pgtable/tlb_check.h"
#include "mm/space/limit.h"
#include "mm/space/mm.h"
#include "mm/space/mprotect.h"
#include "mm/space/vma.h"

#include <abi/errno.h>

/*
 * The entry at which the walk stands.  Its table's lock is held; the caller flushes.  It is
 * emptied by an atomic exchange before it is written anew, so that an A or D bit that another CPU
 * sets meanwhile is not lost.  Counts do not change.
 */
static void change_pte(const struct ptwalk *w, u64 vm_flags, struct tlb_owed *owed)
{
	switch (pte_kind(w->entry)) {
	case PTE_KIND_NONE:
		break; /* passed over by the walk */
	case PTE_KIND_PRESENT:
	case PTE_KIND_SPECIAL:
		set_pte(w->pte, pte_modify(ptep_get_and_clear(w->pte), vm_flags));
		tlb_owe(owed, w->addr);
		break;
	}
}

static void change_protection(struct vm_area_struct *vma, struct tlb_owed *owed)
{
	struct ptwalk w;

	for_each_table(&w, vma->vm_mm, vma->vm_start, vma->vm_end) {
		ptwalk_lock(&w);
		for_each_entry(&w)
			change_pte(&w, vma->vm_flags, owed);
		ptwalk_unlock(&w);
		cond_resched();
	}
}

/*
 * Whether [start, end) is covered without a hole (-ENOMEM), by areas that may have the rights
 * (-EACCES).
 */
static int mprotect_allowed(struct mm_struct *mm, u64 start, u64 end, u64 rights)
{
	struct vm_area_struct *vma = vma_lookup(mm, start);

	while (vma && vma->vm_start <= start) {
		if (rights & ~(vma->vm_flags >> VM_MAY_SHIFT))
			return -EACCES;
		if (vma->vm_end >= end)
			return 0;
		start = vma->vm_end;
		vma = vma_next(vma);
	}
	return -ENOMEM;
}

static int mprotect_locked(struct mm_struct *mm, u64 start, u64 end, u64 rights)
{
	struct vm_area_struct *vma;
	struct tlb_owed owed;
	int err = mprotect_allowed(mm, start, end, rights);

	if (!err)
		err = vma_split_edges(mm, start, end, &vma);
	if (err)
		return err;
	tlb_owe_nothing(&owed, mm, __func__);
	for (; vma && vma->vm_start < end; vma = vma_next(vma)) {
		u64 flags = (vma->vm_flags & ~VM_PROT) | rights;

		if (vma->vm_flags != flags) {
			err = mm_may_have(mm, vma->vm_flags, flags, vma->vm_end - vma->vm_start);
			if (err)
				break;
			WRITE_ONCE(vma->vm_flags, flags);
			change_protection(vma, &owed);
		}
		vma = vma_merge(vma);
		cond_resched(); /* an area without tables had none */
	}
	tlb_flush_range(mm, start, end);
	tlb_check_owed(&owed);
	return err;
}

int do_mprotect(struct mm_struct *mm, u64 addr, u64 len, u64 prot)
{
	u64 end = addr + ALIGN_UP(len, PAGE_SIZE);

	if (!IS_ALIGNED(addr, PAGE_SIZE) || (prot & ~VM_PROT))
		return -EINVAL;
	if (!len)
		return 0;
	if (end <= addr || end > TASK_SIZE)
		return -ENOMEM;
	if ((prot & VM_WRITE) && (prot & VM_EXEC) && !allow_wx)
		return -EACCES;
	WRITE_GUARD(&mm->mmap_lock);
	return mprotect_locked(mm, addr, end, prot);
}
