/* SPDX-License-Identifier: MIT */
/*
 * The volatility filter: is a page worth trying?
 *
 * THEORY
 *
 * A page that is being written will be parted as soon as it is merged: a fault
 * and a copy for nothing.  So a scanner tries only what did not change between
 * two visits.  Two ways to tell:
 *
 *     filter     reads               remembers              misses
 *     checksum   4096 bytes          a hash                 nothing
 *     dirty      one bit a mapping   nothing (the bit)      a store of equal bytes
 *                                                           counts as a change
 *
 * The dirty filter clears the hardware's Dirty bit in every PTE of the page and
 * looks at the next visit whether it is set again.  The CPU sets it when it
 * stores through a translation that it believes clean, so the translation must
 * be flushed after the bit is cleared.  One flush a page would cost more than
 * the hash that is saved: the flushes of a batch are put together, and a page is
 * never visited twice within one batch.
 *
 *     visit 1        D=1 -> 0, changed          flush at the end of the batch
 *     visit 2        D=0: unchanged (1)
 *     visit 3        D=1 -> 0, changed          the owner wrote in between
 *
 * Worked example.  P writes its page every second, pksmd visits it five times a
 * second: it is judged unchanged four times in a row, then changed; with a
 * probation of n = 3 it would be tried, so n should exceed what is usual.
 *
 * A store between the clearing and the flush may leave the bit clear.  That is
 * harmless: the filter is a hint, the merge compares under write protection.
 * The cleared bit is kept in the page's own flag, which reclaim will ask.
 *
 * A batch is judged in one go (pages_volatile).  Most pages have one mapping, and
 * neighbours in a list are neighbours in memory: so the batch keeps the place of
 * the last page (its anon_vma's root lock, its area, its page table) and looks
 * there first.  If the PTE in that place maps the page and mapcount is 1, that was
 * the whole reverse map; else the page gets an ordinary walk.
 *
 * Locks: scanner mutex -> page lock (tried) -> root anon_vma -> page-table lock.
 * With the place kept, the next page is tried while the root lock is held: only a
 * trylock, so no order is broken.
 *
 * Invariants
 *  1. A dirty bit is never lost: it moves to PG_dirty before it is cleared.
 *  2. When pages_volatile() returns, no CPU holds a dirty translation of a page
 *     whose PTE bit was cleared.
 *  3. flush.mm is counted (mm_count), so it may die in between: then flushing it
 *     finds no CPU.
 *
 * Rejected: the Accessed bit (reads would count); soft-dirty (its protection
 * faults are what we want to save).
 *
 * Deliberately missing: an adaptive choice between the two.
 *
 * Further reading: the chapter's table of what each filter costs.
 */
#include "kernel/core/event.h"
#include "mm/merge/engine/engine.h"

/* What is to be flushed at the end of a batch. */
static struct {
	struct mm_struct *mm; /* counted; null: nothing */
	u64 start, end;
} flush; /* (s) */

static void flush_now(void)
{
	if (!flush.mm)
		return;
	flush_tlb_range(flush.mm, flush.start, flush.end);
	mmdrop(flush.mm);
	flush.mm = NULL;
}

struct dirty_walk {
	bool changed;
	bool refused; /* an area does not take part */
	bool foreign; /* met a mm that is not the batch's */
};

static enum volatility verdict(const struct dirty_walk *w)
{
	return w->refused ? PAGE_REFUSED : w->changed ? PAGE_CHANGED : PAGE_UNCHANGED;
}

/*
 * Page-table lock held.  Only the first mm of a batch is deferred, the others at
 * once; true for such a foreign one.
 */
static bool flush_later(struct mm_struct *mm, u64 addr)
{
	if (!flush.mm) {
		mmgrab(mm);
		flush.mm = mm;
		flush.start = addr;
		flush.end = addr + PAGE_SIZE;
	} else if (flush.mm == mm) {
		flush.start = MIN(flush.start, addr);
		flush.end = MAX(flush.end, addr + PAGE_SIZE);
	} else {
		flush_tlb_page(mm, addr);
		return true;
	}
	return false;
}

/*
 * Lock: page-table lock.  Flush: deferred, see above.  Count: none changes.
 * Other CPUs: the hardware may set A or D at any time, so the bit is cleared by
 * an atomic operation that keeps the rest.
 */
static __always_inline void test_and_clear_dirty(struct page *page, struct vm_area_struct *vma,
						 u64 addr, pte_t *pte, struct dirty_walk *w)
{
	w->refused |= !vma_takes_part(vma);
	if (!pte_dirty(ptep_get(pte)))
		return;
	page_set_flag(page, PG_dirty);
	__atomic_fetch_and(pte, ~PTE_D, __ATOMIC_SEQ_CST);
	w->foreign |= flush_later(vma->vm_mm, addr);
	w->changed = true;
}

static bool dirty_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	pte_t *pte = page_vma_mapped(page, vma, addr);

	if (pte) {
		test_and_clear_dirty(page, vma, addr, pte, arg);
		pte_unlock(pte);
	}
	return true;
}

/* The place of the last page: while av is set its root lock is held for reading. */
struct place {
	struct anon_vma *av; /* counted */
	struct vm_area_struct *vma;
	pte_t *pte; /* slot of index first; stays while the root lock is held */
	u64 addr;   /* its address */
	spinlock_t *ptl;
	u64 first, last; /* indices that lie in this area and this page table */
};

static void place_leave(struct place *at)
{
	if (!at->av)
		return;
	anon_vma_unlock_read(at->av);
	put_anon_vma(at->av);
	at->av = NULL;
}

/* To the page table of index, which lies in at->vma: the part of it that the area has. */
static bool enter_table(struct place *at, u64 index)
{
	u64 addr = vma_address(at->vma, index);
	u64 start = MAX(at->vma->vm_start, ALIGN_DOWN(addr, 1UL << 21));
	pte_t *pte = pte_find(at->vma->vm_mm, start);

	if (!pte)
		return false; /* the place stays what it was */
	at->pte = pte;
	at->ptl = pte_lockptr(at->pte);
	at->addr = start;
	at->first = linear_page_index(at->vma, start);
	at->last = at->first + ((pte_table_end(start, at->vma->vm_end) - start) >> PAGE_SHIFT) - 1;
	return true;
}

/* Goes to the place of a locked page: the first area that may map it. */
static void place_enter(struct place *at, struct page *page)
{
	struct anon_vma *av = page_get_anon_vma(page);
	struct interval_node *node;

	if (!av)
		return;
	anon_vma_lock_read(av);
	at->av = av;
	node = interval_iter_first(&av->tree, page->index, page->index);
	at->vma = node ? container_of(node, struct anon_vma_chain, node)->vma : NULL;
	if (!node || !enter_table(at, page->index))
		place_leave(at);
}

/* A page of the same area, but another page table. */
static bool place_moves(struct place *at, u64 index)
{
	return vma_address(at->vma, index) && enter_table(at, index);
}

static __always_inline bool place_holds(struct place *at, const struct page *page, u64 index)
{
	return at->av && READ_ONCE(page->mapping) == ((u64)at->av | PAGE_MAPPING_ANON) &&
	       ((index >= at->first && index <= at->last) || place_moves(at, index));
}

/*
 * Judges the page's one mapping, if it is here; false: an ordinary walk is needed.
 * Neither reference nor page lock: while the PTE, under its lock, maps the frame,
 * it lives and is this page.  Before that the frame may be anything, so its index
 * is read once and checked: it leads to some slot of this table, at worst.
 */
static __always_inline bool judged_here(struct place *at, struct page *page, struct dirty_walk *w)
{
	u64 index = READ_ONCE(page->index), n;
	pte_t e;
	bool sole;

	if (unlikely(!place_holds(at, page, index)))
		return false;
	n = index - at->first;
	spin_lock(at->ptl);
	/* locked: root(r), pte */
	e = ptep_get(at->pte + n);
	sole = pte_maps(e, page) && page_mapcount(page) == 1;
	if (sole)
		test_and_clear_dirty(page, at->vma, at->addr + (n << PAGE_SHIFT), at->pte + n, w);
	spin_unlock(at->ptl);
	return sole;
}

static void walk_for_dirty(struct page *page, struct dirty_walk *w)
{
	struct rmap_walk_control rwc = { .rmap_one = dirty_one, .arg = w };

	rmap_walk(page, &rwc);
}

/* A page that lies elsewhere: its place is the new one.  Page lock held. */
static void dirtied_elsewhere(struct place *at, struct page *page, struct dirty_walk *w)
{
	place_leave(at);
	if (page_mapcount(page) == 1)
		place_enter(at, page);
	if (judged_here(at, page, w))
		return;
	place_leave(at);
	walk_for_dirty(page, w);
}

/* The key of a page in the unstable tree must stay as inserted; else remember the new hash. */
static enum volatility rehashed(struct page *page)
{
	u64 hash = merge_page_hash(page);
	bool changed = hash != page->scan.hash;

	if (changed && page->scan.where != WHERE_UNSTABLE)
		page->scan.hash = hash;
	return changed ? PAGE_CHANGED : PAGE_UNCHANGED;
}

/* With a reference and the page lock: by a walk, or by the hash. */
static enum volatility judge_locked(struct place *at, struct page *page)
{
	struct dirty_walk w = { 0 };

	if (!merge_knobs[scanner->filter])
		return rehashed(page);
	dirtied_elsewhere(at, page, &w);
	if (w.foreign) {
		place_leave(at);
		flush_now(); /* the next pages are probably of the other mm */
	}
	return verdict(&w);
}

static enum volatility judge_slowly(struct place *at, struct page *page)
{
	enum volatility v = PAGE_BUSY;

	if (!get_listed_page(page))
		return PAGE_BUSY; /* dead: the del list has it */
	if (trylock_page(page)) {
		v = judge_locked(at, page);
		unlock_page(page);
	}
	put_page(page);
	return v;
}

static enum volatility judge(struct place *at, struct page *page)
{
	struct dirty_walk w = { 0 };
	enum volatility v;

	if (likely(judged_here(at, page, &w)))
		v = verdict(&w);
	else
		v = judge_slowly(at, page);
	if (v == PAGE_CHANGED)
		EVENT(volatile_page, page_to_pfn(page));
	return v;
}

void pages_volatile(struct visit *visits, u32 nr)
{
	struct place at = { 0 };

	for (u32 i = 0; i < nr; i++)
		visits[i].verdict = judge(&at, visits[i].page);
	place_leave(&at);
	flush_now();
}
