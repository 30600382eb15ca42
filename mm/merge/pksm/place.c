/* SPDX-License-Identifier: MIT */
/*
 * The place of the last page: where the next one is looked for first.
 *
 * THEORY
 *
 * To find the PTE of a page takes its anon_vma's root lock, a search in an interval tree, and
 * a way down the page tables.  But neighbours in a list of pages are neighbours in memory:
 * they were born one after the other.  So a batch keeps what it took to find the last page,
 *
 *     anon_vma (counted, root locked for reading) -> area -> page table, slots first .. last
 *
 * and asks there first: a page of this anon_vma whose index lies between first and last has
 * its slot at pte[index - first].  If that slot does map the page, and the page has one
 * mapping, this was the whole reverse map.
 *
 * Worked example.  A process has filled 1 MiB from 0x400000: 256 pages on the new list, index
 * 0x400 to 0x4ff.  The first is looked up (place_enter); the page table covers 0x400000 to
 * 0x5fffff, so first = 0x400, last = 0x4ff.  The other 255 cost a comparison each.
 *
 * What keeps it good: while the root lock is held no area leaves the anon_vma's tree and no
 * page table under it is freed.  A PTE may change at any moment; that is looked at under its
 * own lock, by the caller.
 *
 * Locks: scanner mutex -> page lock -> root anon_vma (read), then kept while further pages
 * are tried: those are only trylocked, so no order is broken.
 *
 * Invariants
 *  1. av set => its root lock is held for reading and it is counted.
 *  2. pte is the slot of index first, and all slots up to last are in its table.
 *
 * Rejected: a cache of several places (the pages of two processes do not alternate in a
 * list for long).
 *
 * Deliberately missing: pages with several mappings: those get a walk.
 *
 * Further reading: volatile.c, the only user.
 */
#include "mm/merge/pksm/place.h"
#include "mm/pgtable/pgtable.h"
#include "mm/rmap/anon_vma.h"

void place_leave(struct place *at)
{
	if (!at->av)
		return;
	anon_vma_unlock_read(at->av);
	put_anon_vma(at->av);
	at->av = NULL;
}

/* To the page table of addr, which lies in at->vma: the part of it that the area has. */
static bool enter_table(struct place *at, u64 addr)
{
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

void place_enter(struct place *at, struct page *page)
{
	struct anon_vma *av = page_get_anon_vma(page);
	struct interval_node *node;

	if (!av)
		return;
	anon_vma_lock_read(av);
	/* locked: page, root(r) */
	at->av = av;
	node = interval_iter_first(&av->tree, page->index, page->index);
	if (node)
		at->vma = container_of(node, struct anon_vma_chain, node)->vma;
	if (!node || !enter_table(at, vma_address(at->vma, page->index)))
		place_leave(at);
}

bool place_move(struct place *at, u64 index)
{
	u64 addr = vma_address(at->vma, index);

	return addr && enter_table(at, addr);
}
