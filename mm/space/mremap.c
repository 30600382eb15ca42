/* SPDX-License-Identifier: MIT */
/*
 * mremap: an area grows, shrinks, or moves with its pages.
 *
 * THEORY
 *
 * To move an area no page is copied: its entries are, from one page table to another.  The
 * reverse map must find each of them all the while:
 *
 *      old area [vm_start, vm_end)          new area, same vm_pgoff, same object,
 *       entry, entry, entry, ...             same anon_vmas
 *          |                                    ^
 *          '--- one page table at a time: ------'
 *               i_mmap_lock(w), root anon_vma(w), both ptls:
 *               each entry: taken from the old slot, set in the new one; then one flush
 *
 * The page keeps its index, and the new area shows that index at its new address: so the
 * page's mapping and index, and the records of a merged page, stay true.  Nothing is parted
 * and no count changes.
 *
 * The locks of the reverse map, always.  A walk visits one area after the other.  Without
 * the lock it could look into the new area before an entry has come there, and into the old
 * one when it has gone.
 *
 * The flush before any lock goes.  As soon as a walk can reach the entry at its new place it
 * may unmap the page and free it, and would flush the new address only; a CPU that still has
 * the translation of the old one would write to a frame of somebody else's.
 *
 * vm_pgoff.  An area that has an anon_vma or an object keeps it.  One that was never touched
 * has no page that could remember an index, and takes its new address's, as a new mapping
 * would, so that it joins its new neighbours.
 *
 * Worked example.  Pages 0x403 and 0x404 of the area at 0x403000 (vm_pgoff 0x403) move to
 * 0x900000: the new area has vm_pgoff 0x403, so page->index 0x403 is at 0x900000.  The old
 * range is split off first, when that may still fail, and unmapped in the end, when it is
 * empty.
 *
 * Failing.  All that needs memory comes before the entries move, but for the new page
 * tables.  If one of them is missing, the entries go back the same way: the old tables are
 * still there.
 *
 * Locks:  mmap_lock(w) -> i_mmap_lock(w) -> root anon_vma(w) -> old ptl -> new ptl.  Nobody
 * else takes two ptls of one address space.
 *
 * Invariants
 *  1. Each entry is at its old address or at its new one, whenever a walk looks.
 *  2. When the call returns no CPU has a translation of the old range.
 *  3. A call that fails has moved nothing.
 *
 * Rejected: moving whole page tables (Linux does, for aligned moves: 13 instructions instead
 * of 46 a page, for one more rule about who may hold a table); taking the locks only where
 * the order of the areas in the trees does not help (Linux; the way back after a failure is
 * the other order).
 *
 * Unlike Linux, merged pages stay merged: there they are parted first, because what KSM knows
 * of them goes by address.
 *
 * Deliberately missing: more than one area at once (-EFAULT, as in Linux before 6.17).
 *
 * Further reading: mremap(2); CVE-2018-18281, where the flush came after the locks.
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/pgtable/ptwalk.h"
#include "mm/pgtable/tlb.h"
#include "mm/pgtable/tlb_check.h"
#include "mm/rmap/anon_vma.h"
#include "mm/rmap/i_mmap.h"
#include "mm/space/gup.h"
#include "mm/space/limit.h"
#include "mm/space/mmap.h"
#include "mm/space/mremap.h"
#include "mm/space/vma.h"
#include "mm/space/zap.h"

#include <abi/errno.h>

/* Entries on their way from one area to another, both of mm. */
struct move {
	struct mm_struct *mm;
	struct vm_area_struct *from, *to;
};

static void lock_rmap(const struct move *m)
{
	if (m->from->vmo)
		i_mmap_lock_write(m->from->vmo);
	if (m->from->anon_vma)
		anon_vma_lock_write(m->from->anon_vma);
}

static void unlock_rmap(const struct move *m)
{
	if (m->from->anon_vma)
		anon_vma_unlock_write(m->from->anon_vma);
	if (m->from->vmo)
		i_mmap_unlock_write(m->from->vmo);
}

/* Whether no walk can see the two areas. */
static bool rmap_is_locked(const struct move *m)
{
	const struct vm_area_struct *vma = m->to;

	if (vma->vmo && !rwsem_is_write_held(&vma->vmo->i_mmap_lock))
		return false;
	return !vma->anon_vma || rwsem_is_write_held(&vma->anon_vma->root->rwsem);
}

/* The table's part of the walk, to the slots from `to` on.  Both ptls and the rmap locks held. */
static void move_entries(const struct move *m, struct ptwalk *w, pte_t *to, struct tlb_owed *owed)
{
	u64 start = w->addr;
	s64 way = to - w->pte; /* the same for each slot of the two tables */

	ASSERT(rmap_is_locked(m));
	for_each_entry(w) {
		pte_t e = ptep_get_and_clear(w->pte); /* A and D may have come since the look */

		ASSERT(pte_none(ptep_get(w->pte + way)));
		set_pte(w->pte + way, e);
		tlb_owe(owed, w->addr);
		EVENT(move, pte_pfn(e), w->addr, m->mm->pid);
	}
	tlb_flush_range(m->mm, start, w->addr);
}

/* The same with the locks. */
static void move_table(const struct move *m, struct ptwalk *w, pte_t *to)
{
	spinlock_t *to_ptl = pte_lockptr(to);
	struct tlb_owed owed;

	tlb_owe_nothing(&owed, m->mm, "move_entries");
	lock_rmap(m);
	ptwalk_lock(w);
	if (to_ptl != w->ptl)
		spin_lock(to_ptl);
	/* locked: mmap(w), i_mmap(w), root(w), both ptls */
	move_entries(m, w, to, &owed);
	if (to_ptl != w->ptl)
		spin_unlock(to_ptl);
	ptwalk_unlock(w);
	tlb_check_owed(&owed);
	unlock_rmap(m);
}

/*
 * Moves the entries of [start, end) to those from `to` on.  Stops where there is no memory for a
 * table, and returns the address up to which it has come: end, if all have moved.
 */
static u64 move_page_tables(const struct move *m, u64 start, u64 end, u64 to)
{
	struct ptwalk w;

	for_each_table(&w, m->mm, start, end) {
		u64 dest = to + (w.addr - start);
		pte_t *pte = pte_alloc(m->mm, dest);

		if (!pte)
			return w.addr;
		w.table_end =
			MIN(w.table_end, w.addr + (pte_table_end(dest, to + (end - start)) - dest));
		move_table(m, &w, pte);
		cond_resched();
	}
	return end;
}

/* Moves len bytes' entries, or none.  -ENOMEM. */
static int move_pages(struct mm_struct *mm, struct vm_area_struct *old, u64 addr, u64 len,
		      struct vm_area_struct *moved)
{
	struct move there = { mm, old, moved }, back = { mm, moved, old };
	u64 end = addr + len, to = moved->vm_start;
	u64 done = move_page_tables(&there, addr, end, to);

	if (done == end)
		return 0;
	end = to + (done - addr);
	BUG_ON(move_page_tables(&back, to, end, addr) != end); /* its tables are still there */
	return -ENOMEM;
}

/* Unmaps the part of an area from which everything has moved, and forgets what it had. */
static void leave_old(struct mm_struct *mm, struct vm_area_struct *old, u64 addr, u64 len,
		      u64 flags)
{
	bool whole = old->vm_start == addr && old->vm_end == addr + len;

	if (!(flags & MREMAP_DONTUNMAP))
		unmap_region(mm, addr, addr + len, false);
	if (!(flags & MREMAP_DONTUNMAP) || !whole)
		return;
	unlink_anon_vmas(old); /* its next page starts anew */
	WRITE_ONCE(old->vm_flags, old->vm_flags & ~VM_LOCK_MASK);
}

/* Moves [addr, addr + old_len) of old to new_addr, where new_len bytes are free. */
static s64 move_vma(struct mm_struct *mm, struct vm_area_struct *old, u64 addr, u64 old_len,
		    u64 new_addr, u64 new_len, u64 flags)
{
	bool empty = !old->vmo && !old->anon_vma;
	u64 pgoff = empty ? new_addr >> PAGE_SHIFT : linear_page_index(old, addr);
	bool unmap = old_len && !(flags & MREMAP_DONTUNMAP);
	struct vm_area_struct *moved;

	if (unmap && vma_split_edges(mm, addr, addr + old_len, &old))
		return -ENOMEM;
	moved = vma_copy(old, new_addr, new_addr + new_len, pgoff);
	if (!moved) {
		vma_merge(old);
		return -ENOMEM;
	}
	if (move_pages(mm, old, addr, old_len, moved)) {
		unmap_region(mm, new_addr, new_addr + new_len, false);
		vma_merge(old);
		return -ENOMEM;
	}
	if (old_len)
		leave_old(mm, old, addr, old_len, flags);
	vma_merge(moved);
	return (s64)new_addr;
}

/* What is wrong with growing vma's range from addr on; in Linux's order. */
static int check_resize(const struct vm_area_struct *vma, u64 addr, u64 old_len, u64 new_len)
{
	if (!old_len && !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (old_len > vma->vm_end - addr)
		return -EFAULT;
	if (vma->vm_mm->nr_vmas >= MAX_MAP_COUNT - 3)
		return -ENOMEM;
	if (new_len > TASK_SIZE)
		return -ENOMEM;
	if (new_len <= old_len)
		return 0;
	return mm_may_map(vma->vm_mm, vma->vm_flags, new_len - old_len, 0, 0);
}

/* MREMAP_FIXED or MREMAP_DONTUNMAP. */
static s64 mremap_to(struct mm_struct *mm, u64 addr, u64 old_len, u64 new_len, u64 flags,
		     u64 new_addr)
{
	struct vm_area_struct *vma;
	int err;

	if (!IS_ALIGNED(new_addr, PAGE_SIZE) || new_len > TASK_SIZE ||
	    new_addr > TASK_SIZE - new_len)
		return -EINVAL;
	if (addr + old_len > new_addr && new_addr + new_len > addr)
		return -EINVAL;
	if (mm->nr_vmas >= MAX_MAP_COUNT - 3)
		return -ENOMEM;
	if (flags & MREMAP_FIXED) {
		if (new_addr < TASK_MIN)
			return -EPERM;
		err = do_munmap_locked(mm, new_addr, new_addr + new_len);
		if (err)
			return err;
	}
	if (old_len > new_len) {
		err = do_munmap_locked(mm, addr + new_len, addr + old_len);
		if (err)
			return err;
		old_len = new_len;
	}
	vma = vma_lookup(mm, addr);
	if (!vma)
		return -EFAULT;
	err = check_resize(vma, addr, old_len, new_len);
	if (err)
		return err;
	if (!(flags & MREMAP_FIXED))
		new_addr = mmap_find_place(mm, new_addr, new_len);
	return new_addr ? move_vma(mm, vma, addr, old_len, new_addr, new_len, flags) : -ENOMEM;
}

/* Whether the range after vma is free up to end. */
static bool can_grow_to(const struct vm_area_struct *vma, u64 end)
{
	const struct vm_area_struct *next = vma_next(vma);

	return end > vma->vm_end && end <= TASK_SIZE && (!next || end <= next->vm_start);
}

/* For an old range that is not all in user memory; in Linux's order of questions. */
static int refuse_old_range(u64 old_len, u64 new_len, u64 flags)
{
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) || old_len > new_len)
		return -EINVAL;
	return -EFAULT;
}

static s64 mremap_locked(struct mm_struct *mm, u64 addr, u64 old_len, u64 new_len, u64 flags,
			 u64 new_addr)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	int err;

	if (!vma)
		return -EFAULT;
	if (old_len > TASK_SIZE - addr)
		return refuse_old_range(old_len, new_len, flags);
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return mremap_to(mm, addr, old_len, new_len, flags, new_addr);
	if (old_len > new_len)
		err = do_munmap_locked(mm, addr + new_len, addr + old_len);
	else
		err = check_resize(vma, addr, old_len, new_len);
	if (err || (old_len >= new_len && old_len))
		return err ? err : (s64)addr;
	if (old_len && old_len == vma->vm_end - addr && can_grow_to(vma, addr + new_len)) {
		vma_expand(vma, addr + new_len);
		vma_merge(vma);
		return (s64)addr;
	}
	if (!(flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	new_addr = mmap_find_place(mm, 0, new_len);
	return new_addr ? move_vma(mm, vma, addr, old_len, new_addr, new_len, flags) : -ENOMEM;
}

s64 do_mremap(struct mm_struct *mm, u64 addr, u64 old_len, u64 new_len, u64 flags, u64 new_addr)
{
	const u64 known = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
	struct vm_area_struct *vma;
	bool locked;
	s64 ret;

	if ((flags & ~known) || (flags & ~(u64)MREMAP_MAYMOVE && !(flags & MREMAP_MAYMOVE)))
		return -EINVAL;
	if (flags & MREMAP_DONTUNMAP && old_len != new_len)
		return -EINVAL;
	old_len = ALIGN_UP(old_len, PAGE_SIZE);
	new_len = ALIGN_UP(new_len, PAGE_SIZE);
	if (!IS_ALIGNED(addr, PAGE_SIZE) || !new_len)
		return -EINVAL;
	down_write(&mm->mmap_lock);
	ret = mremap_locked(mm, addr, old_len, new_len, flags, new_addr);
	vma = ret >= 0 ? vma_lookup(mm, (u64)ret) : NULL;
	locked = vma && (vma->vm_flags & VM_LOCK_MASK) == VM_LOCKED;
	up_write(&mm->mmap_lock);
	if (locked && new_len > old_len)
		populate_range(mm, (u64)ret + old_len, (u64)ret + new_len, VM_WRITE);
	return ret;
}
