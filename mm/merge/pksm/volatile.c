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
 * neighbours in a list are neighbours in memory: so each page is looked for first in the
 * place of the last one (place.c).  If the PTE there maps the page and mapcount is 1, that
 * was the whole reverse map; else the page gets an ordinary walk.
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
#include "mm/merge/pksm/volatile.h"

#include "kernel/core/event.h"
#include "mm/merge/engine/join.h"
#include "mm/merge/pksm/lists.h"
#include "mm/merge/pksm/place.h"
#include "mm/pgtable/pgtable.h"
#include "mm/pgtable/tlb.h"
#include "mm/space/pagelock.h"

/* What is to be flushed at the end of a batch. */
static struct {
	struct mm_struct *mm; /* counted; null: nothing */
	u64 start, end;
} flush; /* (s) */

static void flush_now(void)
{
	if (!flush.mm)
		return;
	tlb_flush_range(flush.mm, flush.start, flush.end);
	mmdrop(flush.mm);
	flush.mm = NULL;
}

/* What was seen at the mappings of a page. */
struct dirty_walk {
	bool changed;
	bool refused; /* an area does not take part */
	bool foreign; /* met a mm that is not the batch's */
};

static enum volatility dirty_verdict(const struct dirty_walk *w)
{
	if (w->refused)
		return PAGE_REFUSED;
	return w->changed ? PAGE_CHANGED : PAGE_UNCHANGED;
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
		tlb_flush_page(mm, addr);
		return true;
	}
	return false;
}

/*
 * Lock: page-table lock, asserted.  Flush: deferred, see above.  Count: none changes.
 * Other CPUs: the hardware may set A or D at any time, so the bit is cleared by
 * an atomic operation that keeps the rest.
 */
static __always_inline void test_and_clear_dirty(struct page *page, struct vm_area_struct *vma,
						 u64 addr, pte_t *pte, struct dirty_walk *w)
{
	assert_spin_held(pte_lockptr(pte));
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

static void walk_for_dirty(struct page *page, struct dirty_walk *w)
{
	struct rmap_walk_control rwc = { .rmap_one = dirty_one, .arg = w };

	rmap_walk(page, &rwc);
}

/*
 * Judges the page's one mapping, if it is here; false: an ordinary walk is needed.
 * Neither reference nor page lock: while the PTE, under its lock, maps the frame,
 * it lives and is this page.
 */
static __always_inline bool judged_here(struct place *at, struct page *page, struct dirty_walk *w)
{
	bool sole;
	u64 n;

	if (unlikely(!place_holds(at, page, &n)))
		return false;
	spin_lock(at->ptl);
	/* locked: root(r), pte */
	sole = pte_maps(ptep_get(at->pte + n), page) && page_mapcount(page) == 1;
	if (sole)
		test_and_clear_dirty(page, at->vma, at->addr + (n << PAGE_SHIFT), at->pte + n, w);
	spin_unlock(at->ptl);
	return sole;
}

/* A page that lies elsewhere: its place is the new one.  Page lock held. */
static enum volatility judge_elsewhere(struct place *at, struct page *page)
{
	struct dirty_walk w = { 0 };

	place_leave(at);
	if (page_mapcount(page) == 1)
		place_enter(at, page);
	if (!judged_here(at, page, &w)) {
		place_leave(at);
		walk_for_dirty(page, &w);
	}
	if (w.foreign) {
		place_leave(at);
		flush_now(); /* the next pages are probably of the other mm */
	}
	return dirty_verdict(&w);
}

/* The key of a page in the unstable tree must stay as inserted; else remember the new hash. */
static enum volatility rehashed(struct page *page)
{
	u64 hash = merge_page_hash(page);

	if (hash == page->scan.hash)
		return PAGE_UNCHANGED;
	if (page->scan.where != WHERE_UNSTABLE)
		page->scan.hash = hash;
	return PAGE_CHANGED;
}

/* With a reference and the page lock: by a walk, or by the hash. */
static enum volatility judge_slowly(struct place *at, struct page *page,
				    enum volatile_filter filter)
{
	enum volatility v = PAGE_BUSY;

	if (!get_listed_page(page))
		return PAGE_BUSY; /* dead: the del list has it */
	if (trylock_page(page)) {
		v = filter == FILTER_DIRTY ? judge_elsewhere(at, page) : rehashed(page);
		unlock_page(page);
	}
	put_page(page);
	return v;
}

void pages_volatile(struct visit *visits, u32 nr, enum volatile_filter filter)
{
	struct place at = { 0 }; /* nowhere; with FILTER_CHECKSUM it stays there */

	for (u32 i = 0; i < nr; i++) {
		struct page *page = visits[i].page;
		struct dirty_walk w = { 0 };
		enum volatility v;

		if (likely(judged_here(&at, page, &w)))
			v = dirty_verdict(&w);
		else
			v = judge_slowly(&at, page, filter);
		if (v == PAGE_CHANGED)
			EVENT(volatile_page, page_to_pfn(page));
		visits[i].verdict = v;
	}
	place_leave(&at);
	flush_now();
}
