/* SPDX-License-Identifier: MIT */
/*
 * Page faults: what happens between a touch and the page.
 *
 * THEORY
 *
 * The hardware finds no right in the PTE and asks.  The VMA says whether the access is
 * allowed at all; if so, the PTE says which case it is:
 *
 *        VMA allows it?  -- no -->  refuse: SIGSEGV, with the reason in a sentence (pagefault.c)
 *              |
 *             yes                       PTE
 *              |          none                        present
 *              |     +-------------------+--------------------------------------+
 *      read    |     | CASE Z            | nothing to do: spurious              |
 *              |     | [zero page]  r-   |                                      |
 *              |     +-------------------+--------------------------------------+
 *      write   |     | CASE N            | W set: spurious                      |
 *              |     | [new page]   rw   | W clear, mine alone: CASE R          |
 *              |     |                   |   [same page] rw        reuse        |
 *              |     |                   | W clear, else:       CASE C          |
 *              |     |                   |   [old] --copy--> [new page] rw      |
 *              |     +-------------------+--------------------------------------+
 *      unshare |     | nothing to do     | merged or zero page: CASE C, but r-  |
 *              |     |                   | other: nothing to do                 |
 *              |     +-------------------+--------------------------------------+
 *
 *      Z  do_anonymous_zero     N  do_anonymous_page     R  wp_page_reuse
 *      C  wp_page_copy          R or C: do_wp_page       unshare: do_unshare
 *
 * An area of an object has other rows for "none", and for a write in a shared one: they are
 * in filefault.c.  In a private one C copies a page of the object, which is nobody's alone, and
 * what it makes is an anonymous page like any other.
 *
 * Worked example, the life of page 0x403000: read: Z.  Written: C (of the zero page),
 * frame 812, exclusive.  Fork: read-only, not exclusive.  The child writes: C, frame
 * 901.  The parent writes: count 1 by now, so R.  Merged with an equal page: frame 455,
 * read-only.  Written: C, frame 812 again, perhaps.
 *
 * "Mine alone".  The invariant on which COW, merging and pins rest:
 *
 *      a writable anonymous PTE  =>  AnonExclusive  =>  mapcount 1
 *
 * do_wp_page() may set W if the page is AnonExclusive.  Otherwise it may take the page
 * over if it is not merged, has a reference count of one (ours: this PTE), and the page
 * lock can be had at once; then the flag is set again.  In all other cases it copies.
 *  - Not by mapcount: a page with one mapping may have other users (a pin of a child
 *    that has gone, the scanner), which would see our write: CVE-2020-29374.
 *  - Not a merged page, ever: its count says nothing, because the stable node holds no
 *    reference, and the node's tree is ordered by these very bytes.
 *  - Only with the page lock: the scanner holds it from the moment it protects the page
 *    until it has compared and replaced, so that the bytes stay.  If it is taken, copying
 *    is always right, and waiting would not be possible under the ptl.
 *
 * Races.  mmap_lock(r) keeps the VMA; two faults and the scanner may meet at one PTE.  The
 * dispatch looks at it without a lock.  Each case decides and writes under the ptl, and first
 * looks again: pte_none(), or pte_same(), which ignores A and D, since the hardware sets them by
 * itself.  C looks twice, for it drops the ptl to get and fill a frame.  If the PTE has changed
 * the fault is over: the program touches again, and comes back if that was not enough.  So no
 * case ever retries by itself.
 *
 * Waiting.  No case waits for more than a lock or the answers to a shootdown, and none drops
 * mmap_lock.  What takes longer, a page that a pager has to bring, ends the fault with
 * VM_FAULT_RETRY; the caller of handle_mm_fault() drops mmap_lock, lets fault_wait() sleep, and
 * begins again with the look-up of the area (pagefault.c for the trap; gup.c).
 *
 * Flush.  N, Z, R only add a right: no shootdown; a CPU with the old entry takes a
 * spurious fault.  C replaces a frame: the entry is cleared, flushed everywhere, and
 * set, all in one hold of the ptl, so that no CPU reads the old page while another
 * writes the new one, and no scanner sees the entry empty.
 *
 * Every new anonymous page is reported to the scanner (page_born) under the ptl: before
 * anybody could unmap and free it.
 *
 * Lock order:  mmap_lock(r) -> [anon_vma_prepare: root anon_vma] -> ptl -> page lock, by
 * trylock only.  Memory is got and filled with no ptl held.
 *
 * Invariants
 *  1. The invariant above, after every case.
 *  2. A page in wp_page_copy() is referenced while it is read without the ptl.  The bytes of an
 *     anonymous one cannot change, since nobody can take it over while we count; those of an
 *     object may, as any shared memory while it is read.
 *  3. nr_ptes counts present PTEs: + 1 in Z and N, unchanged in R and C.
 *  4. A page of an object is never taken over, and is writable in shared areas only.
 *
 * Rejected: deciding by flags of the PTE alone (fork would have to visit the child's
 * PTE when the parent's share ends); a case that looks again when the PTE has changed (an endless
 * loop hides a bug, a fault that comes again shows in the counters).
 *
 * Unlike Linux a fault holds the mmap_lock of the address space, not a lock of the VMA, and
 * handle_mm_fault() returns with it held, also when VM_FAULT_RETRY comes of it.
 *
 * Deliberately missing: swap, migration, huge pages.  They are further rows of the table
 * in the chapter and further cases of handle_pte_fault().
 *
 * Further reading: NetBSD's uvm_fault.c, whose case diagram is the model of this one;
 * LWN 849638 (2021); Linux's Documentation/mm/page_tables.rst.
 */
#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/x86/page_ops.h"
#include "mm/pgtable/tlb.h"
#include "mm/pgtable/tlb_check.h"
#include "mm/rmap/anon_vma.h"
#include "mm/rmap/rmap.h"
#include "mm/space/filefault.h"
#include "mm/space/hooks.h"
#include "mm/space/mm.h"
#include "mm/space/pagelock.h"
#include "mm/space/vma.h"

/* --- CASE Z, CASE N: nothing is there --------------------------------------------------------- */

/*
 * CASE Z.  Takes the ptl.  The zero page has no reference and no rmap.  No flush: the
 * entry was empty.  Another fault may have filled it first: then its entry serves.
 */
static enum vm_fault do_anonymous_zero(struct vm_fault_ctx *f)
{
	struct mm_struct *mm = f->vma->vm_mm;

	spin_lock(f->ptl);
	if (likely(pte_none(ptep_get(f->pte)))) {
		set_pte(f->pte, mk_pte(zero_pfn, f->vma->vm_flags) | PTE_SPECIAL);
		atomic64_inc(&mm->nr_ptes);
		EVENT(zero_map, f->address, mm->pid);
	}
	spin_unlock(f->ptl);
	return VM_FAULT_OK;
}

/*
 * Maps a filled page that nobody knows yet; ptl held.  Its one reference becomes the
 * PTE's.  The scanner hears of it before the lock is dropped.
 */
static __always_inline void map_new_page(struct vm_fault_ctx *f, struct page *page, pte_t entry)
{
	page_add_new_anon_rmap(page, f->vma, f->address);
	set_pte(f->pte, entry);
	report_birth(page, f->ptl);
}

/*
 * CASE N (and Z).  The frame is zeroed before the ptl is taken.  No flush: the entry was
 * empty.  If another fault was faster, our frame goes back.
 */
static enum vm_fault do_anonymous_page(struct vm_fault_ctx *f)
{
	struct mm_struct *mm = f->vma->vm_mm;
	struct page *page;

	if (!(f->flags & FAULT_FLAG_WRITE))
		return do_anonymous_zero(f);
	page = alloc_user_page();
	if (unlikely(!page))
		return VM_FAULT_OOM;
	clear_page(page_address(page));
	spin_lock(f->ptl);
	/* locked: mmap(r), ptl */
	if (unlikely(!pte_none(ptep_get(f->pte)))) {
		spin_unlock(f->ptl);
		put_page(page);
		return VM_FAULT_OK;
	}
	map_new_page(f, page, mk_pte_dirty(page_to_pfn(page), f->vma->vm_flags));
	atomic64_inc(&mm->nr_ptes);
	EVENT(anon_new, page_to_pfn(page), f->address, mm->pid);
	spin_unlock(f->ptl);
	return VM_FAULT_OK;
}

/* --- CASE R, CASE C: something is there, but read-only ---------------------------------------- */

/*
 * Whether the page belongs to this PTE alone, taking it over if it does so again.  ptl
 * held, so the PTE's reference stays.  With a count of one nobody else has the page and
 * nobody can get it but through this PTE or its mapping; with the page lock no walk and
 * no merge is under way.
 */
static bool wp_can_reuse(struct vm_fault_ctx *f, struct page *page)
{
	bool sole;

	if (PageAnonExclusive(page))
		return true;
	if (!PageAnon(page) || PageKsm(page) || page_count(page) != 1)
		return false;
	if (!trylock_page(page))
		return false;
	sole = !PageKsm(page) && page_count(page) == 1;
	if (sole) {
		page_move_anon_rmap(page, f->vma);
		page_set_flag(page, PG_anon_exclusive);
	}
	unlock_page(page);
	return sole;
}

/*
 * CASE R.  Releases the ptl.  No shootdown: a right was only added, and the CPU that
 * faulted has dropped its old entry.  Counts stay.  W only if the area has it: a write
 * on behalf of another process (FAULT_FLAG_REMOTE) must not open a read-only area.
 */
static enum vm_fault wp_page_reuse(struct vm_fault_ctx *f, struct page *page)
{
	pte_t entry = f->orig | PTE_A | PTE_D;

	ASSERT(PageAnonExclusive(page) && page_mapcount(page) == 1 && !PageKsm(page));
	if (f->vma->vm_flags & VM_WRITE)
		entry |= PTE_W;
	set_pte(f->pte, entry);
	EVENT(cow_reuse, pte_pfn(f->orig), f->address, f->vma->vm_mm->pid);
	spin_unlock(f->ptl);
	return VM_FAULT_OK;
}

/* One event for each way in which a copy comes about; old is NULL for the zero page. */
static void count_copy(struct vm_fault_ctx *f, struct page *old, struct page *copy)
{
	u64 pfn = pte_pfn(f->orig), copy_pfn = page_to_pfn(copy);
	bool merged = old ? PageKsm(old) : f->orig & PTE_ZMERGED;

	if (f->flags & FAULT_FLAG_UNSHARE)
		EVENT(unshare, pfn, copy_pfn, f->address);
	else if (merged)
		EVENT(break_cow, pfn, copy_pfn, f->address);
	else
		EVENT(cow_copy, pfn, copy_pfn, f->address);
}

/* A merged mapping has gone: the scanner's figures.  ptl held, old still referenced. */
static void note_parting(struct vm_fault_ctx *f, struct page *old)
{
	if (f->orig & PTE_ZMERGED)
		count_zero_merged(f->vma->vm_mm, -1);
	if (old && PageKsm(old) && merge_hooks.parted)
		merge_hooks.parted(old);
}

/*
 * The decisive step of CASE C; ptl held.  The old entry is cleared, shot down on every
 * CPU, and replaced, so that from the flush on nobody reads the old frame here; the
 * lock is never dropped with the entry empty.  The copy is exclusive; the old page
 * loses a mapping, and the caller then puts the entry's reference to it.
 */
static void wp_replace(struct vm_fault_ctx *f, struct page *old, struct page *copy)
{
	u64 vm_flags = f->vma->vm_flags;
	pte_t entry;

	if (f->flags & FAULT_FLAG_UNSHARE)
		entry = mk_pte(page_to_pfn(copy), vm_flags);
	else
		entry = mk_pte_dirty(page_to_pfn(copy), vm_flags);
	ptep_get_and_clear(f->pte);
	tlb_flush_page(f->vma->vm_mm, f->address);
	tlb_check_page(f->vma->vm_mm, f->address, f->pte);
	map_new_page(f, copy, entry);
	if (old)
		page_remove_rmap(old);
	count_copy(f, old, copy);
	note_parting(f, old);
}

/* A frame with the bytes of old (NULL: the zero page), or NULL if memory is short. */
static struct page *new_copy(struct page *old)
{
	struct page *copy = alloc_user_page();

	if (unlikely(!copy))
		return NULL;
	if (old)
		copy_page(page_address(copy), page_address(old));
	else
		clear_page(page_address(copy));
	return copy;
}

/*
 * CASE C.  Enters with the ptl held and leaves without.  The old page (NULL: the zero
 * page) is copied with no lock held, under a reference of ours.  Meanwhile another fault
 * may resolve the same PTE, or the scanner replace it: then the copy is thrown away.
 */
static enum vm_fault wp_page_copy(struct vm_fault_ctx *f, struct page *old)
{
	struct page *copy;
	bool replaced;

	if (old)
		get_page(old);
	spin_unlock(f->ptl);
	/* locked: mmap(r) */
	copy = new_copy(old);
	if (unlikely(!copy)) {
		if (old)
			put_page(old);
		return VM_FAULT_OOM;
	}
	EVENT(cow_copied, page_to_pfn(copy), f->address, f->vma->vm_mm->pid);
	spin_lock(f->ptl);
	/* locked: mmap(r), ptl */
	replaced = pte_same(ptep_get(f->pte), f->orig);
	if (likely(replaced))
		wp_replace(f, old, copy);
	spin_unlock(f->ptl);
	if (unlikely(!replaced))
		put_page(copy); /* nobody has seen it */
	else if (old)
		put_page(old); /* the entry's */
	if (old)
		put_page(old); /* ours */
	return VM_FAULT_OK;
}

/* A write to a present read-only PTE of a writable area.  Releases the ptl. */
static enum vm_fault do_wp_page(struct vm_fault_ctx *f)
{
	struct page *page = pte_page(f->orig);

	if (unlikely(f->vma->vm_flags & VM_SHARED))
		return wp_page_shared(f);
	if (page && wp_can_reuse(f, page))
		return wp_page_reuse(f, page);
	return wp_page_copy(f, page);
}

/* Parts a merged page or the zero page without writing.  Releases the ptl. */
static enum vm_fault do_unshare(struct vm_fault_ctx *f)
{
	struct page *page = pte_page(f->orig);

	if (!page || PageKsm(page))
		return wp_page_copy(f, page);
	spin_unlock(f->ptl);
	return VM_FAULT_OK;
}

/* --- dispatch --------------------------------------------------------------------------------- */

/* Whether the entry itself allows the access. */
static bool pte_allows(pte_t e, u32 flags)
{
	if (!(e & PTE_P) || !(e & PTE_U))
		return false;
	if ((flags & FAULT_FLAG_WRITE) && !(e & PTE_W))
		return false;
	return !(flags & FAULT_FLAG_EXEC) || !(e & PTE_NX);
}

/*
 * The entry allows what was asked: a stale translation of this CPU, or another thread
 * was faster.  One entry is flushed, on this CPU.  If it does not allow it although the
 * area does, the two contradict each other, and the fault would come back for ever.
 */
static enum vm_fault do_spurious(struct vm_fault_ctx *f)
{
	if (unlikely(!pte_allows(f->orig, f->flags) && !(f->flags & FAULT_FLAG_REMOTE)))
		panic("the entry %#lx at 0x%lx refuses what its area (%#lx) allows (access %#x)",
		      f->orig, f->address, f->vma->vm_flags, f->flags);
	tlb_flush_local_page(f->address);
	EVENT(spurious, f->address, f->vma->vm_mm->pid);
	spin_unlock(f->ptl);
	return VM_FAULT_OK;
}

/* Something is mapped, which may have changed since: then the fault is over.  Takes the ptl. */
static enum vm_fault do_present_fault(struct vm_fault_ctx *f)
{
	spin_lock(f->ptl);
	/* locked: mmap(r), ptl */
	if (unlikely(!pte_same(ptep_get(f->pte), f->orig))) {
		spin_unlock(f->ptl); /* zapped, merged, copied meanwhile: touch again */
		return VM_FAULT_OK;
	}
	if (f->flags & FAULT_FLAG_UNSHARE)
		return do_unshare(f);
	if ((f->flags & FAULT_FLAG_WRITE) && !pte_write(f->orig))
		return do_wp_page(f);
	return do_spurious(f);
}

/* The look without the lock is a hint; each case decides by what it finds under the ptl. */
static enum vm_fault handle_pte_fault(struct vm_fault_ctx *f)
{
	f->orig = ptep_get(f->pte);
	switch (pte_kind(f->orig)) {
	case PTE_KIND_NONE:
		if (f->flags & FAULT_FLAG_UNSHARE)
			return VM_FAULT_OK;
		return unlikely(f->vma->vmo) ? do_file_fault(f) : do_anonymous_page(f);
	case PTE_KIND_PRESENT:
	case PTE_KIND_SPECIAL:
		return do_present_fault(f);
	}
	BUG();
}

/* A debugger writes where the program may not, but to pages of the program's own only. */
static const char *remote_refusal(const struct vm_area_struct *vma, u32 flags)
{
	bool shared_read_only = (vma->vm_flags & VM_SHARED) && !(vma->vm_flags & VM_WRITE);

	if (unlikely(flags & FAULT_FLAG_WRITE) && shared_read_only)
		return "the area is shared and read-only";
	return NULL;
}

/* As vma_refusal(), inlined: every fault asks, and a call costs it 11 instructions. */
static __always_inline const char *area_refusal(const struct vm_area_struct *vma, u32 flags)
{
	if (!vma)
		return "no area there";
	if (flags & (FAULT_FLAG_UNSHARE | FAULT_FLAG_REMOTE))
		return remote_refusal(vma, flags);
	if (!(vma->vm_flags & VM_PROT))
		return "the area allows no access";
	if ((flags & FAULT_FLAG_WRITE) && !(vma->vm_flags & VM_WRITE))
		return "the area is read-only";
	if ((flags & FAULT_FLAG_EXEC) && !(vma->vm_flags & VM_EXEC))
		return "the area is not executable";
	return NULL;
}

const char *vma_refusal(const struct vm_area_struct *vma, u32 flags)
{
	return area_refusal(vma, flags);
}

/* Whether the fault may map a page of the area's own, before which it needs an anon_vma. */
static bool needs_anon_vma(const struct vm_area_struct *vma, u32 flags)
{
	return (flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE)) && !(vma->vm_flags & VM_SHARED) &&
	       unlikely(!READ_ONCE(vma->anon_vma));
}

enum vm_fault handle_mm_fault(struct vm_area_struct *vma, u64 address, u32 flags)
{
	struct vm_fault_ctx f = { .vma = vma, .address = address, .flags = flags };

	ASSERT(rwsem_is_locked(&vma->vm_mm->mmap_lock) && IS_ALIGNED(address, PAGE_SIZE));
	if (unlikely(area_refusal(vma, flags)))
		return VM_FAULT_SIGSEGV;
	/* before any ptl: it may sleep for the root lock of a neighbour's anon_vma */
	if (needs_anon_vma(vma, flags) && anon_vma_prepare(vma))
		return VM_FAULT_OOM;
	f.pte = pte_alloc(vma->vm_mm, address);
	if (unlikely(!f.pte))
		return VM_FAULT_OOM;
	f.ptl = pte_lockptr(f.pte);
	return handle_pte_fault(&f);
}

int vm_fault_errno(enum vm_fault result)
{
	switch (result) {
	case VM_FAULT_OK:
		return 0;
	case VM_FAULT_SIGSEGV:
	case VM_FAULT_NO_AREA:
	case VM_FAULT_SIGBUS:
		return -EFAULT;
	case VM_FAULT_OOM:
		return -ENOMEM;
	case VM_FAULT_RETRY:
		return -EAGAIN;
	case VM_FAULT_PAGER:
		return -EIO;
	case VM_FAULT_KILLED:
		return -EINTR;
	}
	BUG();
}
