/* SPDX-License-Identifier: MIT */
/*
 * The one cursor that walks page tables: table by table, and in a table from entry to entry.
 *
 *	struct ptwalk w;
 *
 *	for_each_table(&w, mm, start, end) {
 *		ptwalk_lock(&w);
 *		for_each_entry(&w)
 *			switch (pte_kind(w.entry)) ...		w.addr, w.pte
 *		ptwalk_unlock(&w);
 *		cond_resched();
 *	}
 *
 * Theory: ptwalk.c.
 */
#pragma once

#include "mm/pgtable/pgtable.h"

struct ptwalk {
	struct mm_struct *mm;
	u64 addr;	 /* where the walk stands: it goes on from here, whoever sets it */
	u64 end;	 /* of the walk */
	u64 table_end;	 /* of the part of the walk that this table covers */
	pte_t *pte;	 /* the slot of addr */
	pte_t entry;	 /* what stood there at the last look; A and D may have come since */
	spinlock_t *ptl; /* the table's lock */
};

/* A slot, and the address that it is for. */
struct pte_place {
	u64 addr;
	pte_t *pte;
};
/*
 * The first address in [addr, end) that has a page table, and its slot; { end, NULL } if none has.
 * The tables must stay: mmap_lock, or the root anon_vma lock of an area there.
 */
struct pte_place ptwalk_find(struct mm_struct *mm, u64 addr, u64 end);

/* A walk that has entered no table yet. */
static __always_inline void ptwalk_start(struct ptwalk *w, struct mm_struct *mm, u64 start, u64 end)
{
	w->mm = mm;
	w->addr = start;
	w->end = end;
}
/*
 * Enters the next page table from addr on, which may be the one it stands in; false: there is none.
 */
static __always_inline bool ptwalk_table(struct ptwalk *w)
{
	struct pte_place place = ptwalk_find(w->mm, w->addr, w->end);

	w->addr = place.addr;
	w->pte = place.pte;
	if (!place.pte)
		return false;
	w->ptl = pte_lockptr(place.pte);
	w->table_end = pte_table_end(place.addr, w->end);
	return true;
}
/*
 * Each page table of [start, end), entered at its first address there.  Nothing is locked, and the
 * body may sleep.  Where the body leaves addr the walk goes on: at table_end, or before it to come
 * back to this table.
 */
#define for_each_table(w, mm, start, end) for (ptwalk_start(w, mm, start, end); ptwalk_table(w);)

/* The lock of the table: held to change entries, or to see none half changed. */
static __always_inline void ptwalk_lock(struct ptwalk *w)
{
	spin_lock(w->ptl);
}
static __always_inline void ptwalk_unlock(struct ptwalk *w)
{
	spin_unlock(w->ptl);
}

static __always_inline void ptwalk_step(struct ptwalk *w, u64 entries)
{
	w->addr += entries * PAGE_SIZE;
	w->pte += entries;
}
/*
 * The slot is empty: how many from it on are known to be so.  A look at one cache line, as most of
 * a small program's tables is empty.
 */
static __always_inline u64 ptwalk_empty_run(const struct ptwalk *w)
{
	const pte_t *p = w->pte;

	if (w->addr + 8 * PAGE_SIZE > w->table_end || !IS_ALIGNED((u64)p, 8 * sizeof(*p)))
		return 1;
	return p[0] | p[1] | p[2] | p[3] | p[4] | p[5] | p[6] | p[7] ? 1 : 8;
}
/* Goes to the next entry of the table that is not empty, and reads it; false: at table_end. */
static __always_inline bool ptwalk_entry(struct ptwalk *w)
{
	while (w->addr < w->table_end) {
		w->entry = ptep_get(w->pte);
		if (!pte_none(w->entry))
			return true;
		ptwalk_step(w, ptwalk_empty_run(w));
	}
	return false;
}
/* Each entry of the table that is not empty, from addr on; `break` leaves addr there. */
#define for_each_entry(w) for (; ptwalk_entry(w); ptwalk_step(w, 1))
