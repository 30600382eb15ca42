/* SPDX-License-Identifier: MIT */
/*
 * fork: a second address space with the same contents, for the price of its page
 * tables.
 *
 * THEORY
 *
 * No page is copied.  Parent and child map the same frames read-only, and whoever
 * writes first gets a copy (mm/space/fault.c do_wp_page):
 *
 *      before      parent PTE  P W A D  --> page 812  excl  count 1  mapcount 1
 *
 *      after       parent PTE  P   A D  --\
 *                                          > page 812   -   count 2  mapcount 2
 *                  child  PTE  P   A    --/
 *
 * Two things change in the parent: W leaves the PTE, and AnonExclusive leaves the
 * page.  The second is what counts.  From now on a write must find out whether the
 * page may be taken over, and the answer is not in the PTE.  Were the flag to stay,
 * the parent's next write fault would reuse the page in place, and the child would
 * see the write.
 *
 * Worked example, three generations.  P writes page a (exclusive), forks C, C forks G:
 * count 3, mapcount 3.  G writes: copies, a: 2.  P writes: copies, a: 1.  C writes: the
 * count is 1 and the page lock can be had: C takes a over, exclusive again, no copy.
 *
 * Order.  For each VMA the child's links into the anon_vma trees come first, then the
 * page tables: so a page is never mapped where a walk cannot find it.  Within a page
 * table both ptls are held, parent then child; entries are copied as they are at that
 * moment, and the scanner, which changes entries under ptl, comes before or after.
 *
 * One flush, at the end.  Until then a thread of the parent may write through a stale
 * TLB entry to a page that is shared already: it has not returned from fork, so the
 * write counts as before it.  The child does not run yet.  The scanner, which needs no
 * mmap_lock and so can meet such a page, shoots down every mapping itself, including
 * those of pages that are not exclusive and whose PTEs are read-only: this is why.
 *
 * Pins.  The kernel may be copying through a pinned page (gup.c).  Were it shared, the
 * parent's next write would move the parent to a copy and the kernel's writes would go
 * to the child.  So a pinned exclusive page stays the parent's, writable, and the
 * child gets a copy now.
 *
 * Failing.  A fork that runs out of memory throws the half-made child away like any
 * other address space.  The parent is left with read-only PTEs and pages without
 * AnonExclusive but with a count of one: its next writes take them over again.  It is
 * flushed in this case too.
 *
 * Not copied: VM_WIRED areas (a pager's own memory), those of MADV_DONTFORK; the pages of those of
 * MADV_WIPEONFORK, which the child has empty (a generator's seed, that no two may go on from);
 * what a fault provides again, which is everything in an area without anon_vma (zero pages, or
 * pages of an object: a shared area has no others), and in an area of an object those pages that
 * are the object's own.  The copies that a private area made of them are pages like all others.
 * The child's area has its own reference to the object before it has a page of it.
 *
 * Lock order:  parent mmap_lock(w) -> child mmap_lock(w) -> root anon_vma;
 *              parent ptl -> child ptl
 *
 * Invariants
 *  1. After fork no PTE of either side is writable unless its page is exclusive.
 *  2. The references and mapcounts of a shared page have grown by one each.
 *  3. A failed fork leaves every count of the parent's pages as it was.
 *
 * Rejected: sharing page tables (a table for both until one writes: cheap forks, and
 * every lock rule of this folder doubled); copying at fork, as early Unix and xv6 do.
 *
 * Deliberately missing: vfork.
 *
 * Further reading: "Patching until the COWs come home" (LWN 849638, 2021), for why the
 * page's exclusiveness and not its mapcount must decide; CVE-2020-29374.
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/x86/page_ops.h"
#include "mm/pgtable/ptwalk.h"
#include "mm/pgtable/tlb.h"
#include "mm/pgtable/tlb_check.h"
#include "mm/rmap/anon_vma.h"
#include "mm/rmap/rmap.h"
#include "mm/space/fork.h"
#include "mm/space/hooks.h"
#include "mm/space/mm.h"
#include "mm/space/vma.h"

#include <abi/errno.h>

/* A fork under way. */
struct fork_copy {
	struct mm_struct *parent, *child;
	struct vm_area_struct *vma; /* the child's */
	struct page *spare;	    /* a frame for a pinned page, got without locks */
	bool protected;		    /* some PTE of the parent has lost W: flush */
	struct tlb_owed owed;
};

/* What became of an entry of the parent's. */
enum copied {
	COPIED,	    /* the child has one, too */
	NOT_COPIED, /* a fault provides the child's */
	NEED_SPARE, /* nothing yet: its page is pinned, and there is no spare frame */
};

/*
 * The child's own copy of a page that is pinned in the parent.  Both ptls held.  The parent keeps
 * its PTE and its exclusive page.  No flush: the child's PTE was empty.
 */
static enum copied copy_pinned_pte(struct fork_copy *fc, u64 addr, pte_t *dst, struct page *page)
{
	struct page *copy = fc->spare;

	if (!copy)
		return NEED_SPARE;
	fc->spare = NULL;
	copy_page(page_address(copy), page_address(page));
	page_add_new_anon_rmap(copy, fc->vma, addr);
	set_pte(dst, mk_pte_dirty(page_to_pfn(copy), fc->vma->vm_flags));
	report_birth(copy, pte_lockptr(dst));
	EVENT(fork_copy, page_to_pfn(copy), addr, fc->child->pid);
	return COPIED;
}

/*
 * Parent and child share the page from now on.  Both ptls held.  The parent's W goes by
 * an atomic operation, since the hardware may set A and D at this moment; the flush
 * comes at the end of fork.  One more reference and one more mapping for the child.
 */
static __always_inline void share_pte(struct fork_copy *fc, const struct ptwalk *src, pte_t *dst,
				      struct page *page)
{
	if (PageAnonExclusive(page))
		page_clear_flag(page, PG_anon_exclusive);
	if (pte_write(src->entry)) {
		ptep_set_wrprotect(src->pte);
		tlb_owe(&fc->owed, src->addr);
		fc->protected = true;
	}
	get_page(page);
	page_dup_rmap(page);
	set_pte(dst, pte_mkold(pte_mkclean(pte_wrprotect(src->entry))));
	EVENT(fork_share, pte_pfn(src->entry), src->addr, fc->child->pid);
}

/* An entry that maps a page.  Both ptls held. */
static __always_inline enum copied copy_present_pte(struct fork_copy *fc, const struct ptwalk *src,
						    pte_t *dst)
{
	struct page *page = pfn_to_page(pte_pfn(src->entry));

	if (unlikely(!PageAnon(page)))
		return NOT_COPIED; /* its object provides it again */
	ASSERT(!pte_write(src->entry) || (PageAnonExclusive(page) && page_mapcount(page) == 1));
	if (unlikely(page_maybe_pinned(page)) && PageAnonExclusive(page))
		return copy_pinned_pte(fc, src->addr, dst, page);
	share_pte(fc, src, dst, page);
	return COPIED;
}

/* The zero page has no counts; only the entries that a merge made are counted. */
static void copy_zero_pte(struct mm_struct *child, pte_t e, pte_t *dst)
{
	if (e & PTE_ZMERGED)
		count_zero_merged(child, 1);
	set_pte(dst, pte_mkold(e));
}

/* The entry at which the walk stands.  Both ptls held. */
static __always_inline enum copied copy_pte(struct fork_copy *fc, const struct ptwalk *src,
					    pte_t *dst)
{
	switch (pte_kind(src->entry)) {
	case PTE_KIND_NONE:
		break; /* passed over by the walk */
	case PTE_KIND_PRESENT:
		return copy_present_pte(fc, src, dst);
	case PTE_KIND_SPECIAL:
		copy_zero_pte(fc->child, src->entry, dst);
		return COPIED;
	}
	return NOT_COPIED;
}

/*
 * The rest of one page table, to the child's, in which dst is the slot of the same address.
 * The walk stops before a pinned page for want of a spare frame.
 */
static __always_inline void copy_pte_range(struct fork_copy *fc, struct ptwalk *src, pte_t *dst)
{
	spinlock_t *dst_ptl = pte_lockptr(dst);
	s64 to_child = dst - src->pte; /* the same for each slot of the two tables */
	s64 copied = 0;

	ptwalk_lock(src);
	spin_lock(dst_ptl);
	/* locked: mmap(w) of both, ptl of both */
	for_each_entry(src) {
		enum copied done = copy_pte(fc, src, src->pte + to_child);

		if (unlikely(done == NEED_SPARE))
			break;
		if (done == COPIED)
			copied++;
	}
	spin_unlock(dst_ptl);
	ptwalk_unlock(src);
	atomic64_add(copied, &fc->child->nr_ptes);
}

/* Shares the pages of vma, one of the parent's, with fc->vma.  -ENOMEM, -EINTR */
static int copy_page_range(struct fork_copy *fc, struct vm_area_struct *vma)
{
	struct ptwalk w;

	for_each_table(&w, fc->parent, vma->vm_start, vma->vm_end) {
		pte_t *dst = pte_alloc(fc->child, w.addr);

		if (!dst)
			return -ENOMEM;
		copy_pte_range(fc, &w, dst);
		if (unlikely(w.addr < w.table_end)) { /* before a pinned page */
			fc->spare = alloc_user_page();
			if (!fc->spare)
				return -ENOMEM;
			EVENT(fork_spare, page_to_pfn(fc->spare), w.addr, fc->child->pid);
		}
		if (cond_resched_killable())
			return -EINTR;
	}
	return 0;
}

/* Links first, page tables after: see "Order".  -ENOMEM, -EINTR: the child to be thrown away. */
static int dup_vma(struct fork_copy *fc, struct vm_area_struct *vma)
{
	if (cond_resched_killable())
		return -EINTR;
	if (vma->vm_flags & (VM_WIRED | VM_DONTCOPY))
		return 0;
	fc->vma = vma_create(fc->child, vma->vm_start, vma->vm_end, vma->vm_flags & ~VM_LOCK_MASK,
			     vma->vm_pgoff, vma->vmo);
	if (!fc->vma)
		return -ENOMEM;
	if (vma->vm_flags & VM_WIPEONFORK)
		return 0;
	if (anon_vma_fork(fc->vma, vma))
		return -ENOMEM;
	return vma->anon_vma ? copy_page_range(fc, vma) : 0;
}

static int dup_mmap(struct fork_copy *fc)
{
	struct vm_area_struct *vma;
	int err = 0;

	tlb_owe_nothing(&fc->owed, fc->parent, __func__);
	fc->child->merge_disabled = fc->parent->merge_disabled;
	fc->child->merge_any = fc->parent->merge_any;
	fc->child->limit = fc->parent->limit;
	if (fc->parent->merge_private && merge_hooks.mm_enter(fc->child))
		return -ENOMEM;
	for_each_vma(fc->parent, vma) {
		err = dup_vma(fc, vma);
		if (err)
			break;
	}
	if (fc->spare)
		put_page(fc->spare);
	EVENT(fork_flush, fc->parent->pid, fc->child->pid);
	if (fc->protected)
		tlb_flush_mm(fc->parent);
	tlb_check_owed(&fc->owed);
	return err;
}

struct mm_struct *dup_mm(struct mm_struct *mm, int child_pid)
{
	struct fork_copy fc = { .parent = mm, .child = mm_alloc(child_pid) };
	int err;

	if (!fc.child)
		return NULL;
	EVENT(fork_begin, mm->pid, child_pid);
	down_write(&mm->mmap_lock);
	down_write(&fc.child->mmap_lock);
	/* locked: mmap(w) of both */
	err = dup_mmap(&fc);
	up_write(&fc.child->mmap_lock);
	up_write(&mm->mmap_lock);
	if (err) {
		mmput(fc.child);
		return NULL;
	}
	return fc.child;
}
