/* SPDX-License-Identifier: MIT */
/* The place of the last page: where the next one is looked for first.  Theory: place.c. */
#pragma once

#include "mm/rmap/rmap.h"

/* While av is set its root lock is held for reading. */
struct place {
	struct anon_vma *av; /* counted; null: nowhere */
	struct vm_area_struct *vma;
	pte_t *pte; /* slot of index first; stays while the root lock is held */
	u64 addr;   /* its address */
	spinlock_t *ptl;
	u64 first, last; /* indices that lie in this area and this page table */
};

/* From nowhere to the place of a locked page: the first area that may map it, if there is one. */
void place_enter(struct place *at, struct page *page);
/* Goes nowhere: drops lock and reference. */
void place_leave(struct place *at);
/* To the page table of index, if that lies in the same area. */
bool place_move(struct place *at, u64 index);

/*
 * Whether page lives here, if anywhere; *n is the number of its slot then, counted from pte.  The
 * frame may be anything just now, so its index is read once and checked: it leads to some slot of
 * this table, at worst.
 */
static __always_inline bool place_holds(struct place *at, const struct page *page, u64 *n)
{
	u64 index = READ_ONCE(page->index);

	if (!at->av || READ_ONCE(page->mapping) != ((u64)at->av | PAGE_MAPPING_ANON))
		return false;
	if ((index < at->first || index > at->last) && !place_move(at, index))
		return false;
	*n = index - at->first;
	return true;
}
