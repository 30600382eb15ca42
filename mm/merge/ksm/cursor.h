/* SPDX-License-Identifier: MIT */
/* KSM's cursor: which page is next, and the ring of address spaces.  Theory: cursor.c. */
#pragma once

#include <abi/kernel.h>
#include "mm/merge/ksm/items.h"
#include "mm/space/mm.h"

/* /sys/kernel/mm/ksm, (s) */
struct ksm_knobs {
	u64 run;
	u64 pages_to_scan; /* a wake-up */
	u64 sleep_millisecs;
	u64 use_zero_pages, smart_scan;
	u64 chains_prune_millisecs;
	u64 volatile_filter;  /* 0 checksum, 1 dirty */
	u64 checksum_first;   /* 1: the stable tree is searched after it */
	u64 order;	      /* enum merge_order */
	u64 max_page_sharing; /* sites of a node */
};
extern struct ksm_knobs ksm_knobs;
extern struct merge_work ksm_work; /* (s) */

/* What a look for the next page has found. */
struct ksm_look {
	u64 addr;
	struct page *page; /* referenced */
	bool dirty;	   /* its PTE was, and is no more: to be flushed */
	bool pause;	   /* no memory for an item, or enough looked at: the cursor stays */
	u64 end;	   /* of the count of pages looked at */
};

/* Makes the cache; once, at boot. */
void ksm_cursor_init(void);
/* mm has areas to be merged from now on.  mmap_lock(w) held, or nobody else has mm yet.  -ENOMEM */
int __ksm_enter(struct mm_struct *mm);
/* The last user of mm has gone.  No lock held. */
void __ksm_exit(struct mm_struct *mm);
/* Whether any address space is to be scanned.  No lock needed. */
bool ksm_has_slots(void);
/*
 * The next page that needs work and its item, the page referenced in look; NULL at
 * the end of a full scan, when so many pages in all have been looked at (end), or
 * without memory.  Scanner mutex held.
 */
struct rmap_item *scan_get_next_rmap_item(struct ksm_look *look, u64 end);
/*
 * Forgets every item, and the address spaces that have died; the cursor stands before the
 * first slot.  Scanner mutex held.
 */
void ksm_forget_all(void);
/* How many items and sites an address space has.  No lock held. */
void ksm_count_mm(struct mm_struct *mm, u64 *items, u64 *sites);
/*
 * Checks the items' order, flags and counts, with the world stopped; returns how many stand in
 * the unstable tree.  So many sites there are.
 */
u64 ksm_check_items(int *bad, u64 sites);

/* The volatility filter in force is the dirty bit. */
static inline bool ksm_dirty_filter(void)
{
	return ksm_knobs.volatile_filter;
}
