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
 * Locks: scanner mutex -> page lock (tried) -> root anon_vma -> page-table lock.
 *
 * Invariants
 *  1. A dirty bit is never lost: it moves to PG_dirty before it is cleared.
 *  2. When page_volatile_flush() returns, no CPU holds a dirty translation of a
 *     page whose PTE bit was cleared.
 *  3. batch.mm is counted (mm_count), so it may die in between: then flushing it
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
#include "mm/merge/engine.h"

static struct {
	struct mm_struct *mm; /* counted; null: nothing to flush */
	u64 start, end;
} batch; /* (s) */

void page_volatile_flush(void)
{
	if (!batch.mm)
		return;
	flush_tlb_range(batch.mm, batch.start, batch.end);
	mmdrop(batch.mm);
	batch.mm = NULL;
}

struct dirty_walk {
	bool changed;
	bool refused; /* an area does not take part */
	bool foreign; /* met a mm that is not the batch's */
};

/* Page-table lock held.  Only the first mm of a batch is deferred, the others at once. */
static void flush_later(struct mm_struct *mm, u64 addr, struct dirty_walk *w)
{
	if (!batch.mm) {
		mmgrab(mm);
		batch.mm = mm;
		batch.start = addr;
		batch.end = addr + PAGE_SIZE;
	} else if (batch.mm == mm) {
		batch.start = MIN(batch.start, addr);
		batch.end = MAX(batch.end, addr + PAGE_SIZE);
	} else {
		flush_tlb_page(mm, addr);
		w->foreign = true;
	}
}

/*
 * Lock: page-table lock.  Flush: deferred, see above.  Count: none changes.
 * Other CPUs: the hardware may set A or D at any time, so the bit is cleared by
 * an atomic operation that keeps the rest.
 */
static bool dirty_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	struct dirty_walk *w = arg;
	pte_t *pte = page_vma_mapped(page, vma, addr);

	if (!pte)
		return true;
	w->refused |= !vma_takes_part(vma);
	if (pte_dirty(ptep_get(pte))) {
		page_set_flag(page, PG_dirty);
		__atomic_fetch_and(pte, ~PTE_D, __ATOMIC_SEQ_CST);
		flush_later(vma->vm_mm, addr, w);
		w->changed = true;
	}
	pte_unlock(pte);
	return true;
}

static enum volatility dirtied(struct page *page)
{
	struct dirty_walk w = { 0 };
	struct rmap_walk_control rwc = { .rmap_one = dirty_one, .arg = &w };

	rmap_walk(page, &rwc);
	if (w.foreign)
		page_volatile_flush(); /* the next pages are probably of the other mm */
	return w.refused ? PAGE_REFUSED : w.changed ? PAGE_CHANGED : PAGE_UNCHANGED;
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

enum volatility page_volatile(struct page *page)
{
	enum volatility v;

	if (!trylock_page(page))
		return PAGE_BUSY;
	v = MERGE_KNOB(PKSM_VOLATILE_FILTER) ? dirtied(page) : rehashed(page);
	unlock_page(page);
	if (v == PAGE_CHANGED)
		EVENT(volatile_page, page_to_pfn(page));
	return v;
}
