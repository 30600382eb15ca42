/* SPDX-License-Identifier: MIT */
/* KSM's own structures: the items, and the cursor that finds the next one. */
#pragma once

#include "mm/merge/engine/engine.h"

#define SEQNR_MASK    0x0ffUL
#define UNSTABLE_FLAG 0x100UL
#define STABLE_FLAG   0x200UL

/* One page of one address space.  Scanner mutex. */
struct rmap_item {
	struct rmap_item *next; /* in its mm's list */
	struct mm_struct *mm;	/* (c) counted by the slot */
	u64 address;		/* | flags | low bits of the tree's number */
	union {
		struct unstable_item item; /* while UNSTABLE */
		struct {
			struct list_head site;	  /* while STABLE: in head->sites */
			struct stable_node *head; /* the node */
		};
	};
	u64 oldchecksum;
	u8 age;		    /* scans it has lived without merging */
	u8 remaining_skips; /* smart scan */
};

/* What a look at one page table has found. */
struct ksm_look {
	u64 addr;
	struct page *page; /* referenced */
	bool dirty;	   /* its PTE was, and is no more: to be flushed */
	bool pause;	   /* no memory for an item, or enough looked at: the cursor stays */
	u64 end;	   /* of the count of pages looked at */
};

/* Counters, (s). */
struct ksm_counters {
	u64 shared, sharing; /* nodes with sites; further sites */
	u64 unshared;	     /* items with UNSTABLE, in this tree or one that has gone */
	u64 items, skipped;
};
extern struct ksm_counters ksm;
extern u64 tree_seqnr; /* (s) number of the unstable tree in use */

/* Makes the caches; once, at boot. */
void ksm_scan_init(void);
/*
 * The next page that needs work and its item, the page referenced in look; NULL at
 * the end of a full scan, when so many pages in all have been looked at (end), or
 * without memory.  Scanner mutex held.
 */
struct rmap_item *scan_get_next_rmap_item(struct ksm_look *look, u64 end);
/* Items of an earlier tree were dropped with it (with order=bytes, after each scan). */
static inline bool ksm_in_unstable_tree(const struct rmap_item *item)
{
	return (item->address & SEQNR_MASK) == (tree_seqnr & SEQNR_MASK);
}
/* Drops the unstable tree; items that stood in it are told by the tree's number. */
void ksm_drop_unstable_tree(void);
/* Forgets every item, and the address spaces that have died; the cursor stands before the first slot.  Scanner mutex held. */
void ksm_forget_all(void);
/* Violations of the items' order, flags and counts, with the world stopped. */
int ksm_check_items(void);
/* Whether any address space is to be scanned.  No lock needed. */
bool ksm_has_slots(void);
/* Takes an item off its node, or out of the unstable tree.  Scanner mutex held. */
void remove_rmap_item_from_tree(struct rmap_item *item);
/* The volatility filter in force is the dirty bit. */
static inline bool ksm_dirty_filter(void)
{
	return MERGE_KNOB(KSM_VOLATILE_FILTER);
}
