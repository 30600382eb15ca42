/* SPDX-License-Identifier: MIT */
/*
 * KSM's items: one for each page of an address space that it has seen.  Theory: items.c.
 *
 * Legend: (s) scanner mutex; (r) the ring's lock, cursor.c; (c) constant.
 */
#pragma once

#include "mm/merge/engine/stable.h"
#include "mm/merge/engine/unstable.h"

#define SEQNR_MASK    0x0ffUL
#define UNSTABLE_FLAG 0x100UL
#define STABLE_FLAG   0x200UL

/* An address space that KSM scans, and its items. */
struct mm_slot {
	struct list_head link;	     /* (r) in the ring */
	struct mm_struct *mm;	     /* (c) mm_count held; mm->merge_private is this slot */
	struct rmap_item *rmap_list; /* (s) by address */
	u64 nr_items;		     /* (s) in rmap_list */
	u64 nr_sites;		     /* (s) those of them that are STABLE */
};

/* One page of one address space.  All: (s) */
struct rmap_item {
	struct rmap_item *next; /* in its slot's list */
	struct mm_slot *slot;	/* (c) */
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

/* Counters of all items, (s). */
struct ksm_counters {
	u64 shared, sharing; /* nodes with sites; further sites */
	u64 unshared;	     /* items with UNSTABLE, in this tree or one that has gone */
	u64 items, skipped;
};
extern struct ksm_counters ksm;
extern u64 tree_seqnr; /* (s) number of the unstable tree in use */

/* Makes the cache; once, at boot. */
void ksm_items_init(void);
/*
 * The item of an address in a slot, made if it is new, *link being the first one not passed
 * yet; items below it belong to pages that have gone.  NULL without memory.
 */
struct rmap_item *get_next_rmap_item(struct mm_slot *slot, struct rmap_item **link, u64 addr);
/* Frees the items from *list on. */
void remove_trailing_rmap_items(struct rmap_item **list);
/* Takes an item off its node, or out of the unstable tree. */
void remove_rmap_item_from_tree(struct rmap_item *item);
/* The item becomes a site of the node. */
void stable_tree_append(struct rmap_item *item, struct stable_node *node);
/* The item has just been inserted into the unstable tree. */
void item_is_candidate(struct rmap_item *item);
/* For the engine: an item has left the unstable tree. */
void ksm_item_out(struct unstable_item *item);
/* For the engine: the node has gone, or was never merged; its sites belong to nothing. */
void ksm_node_gone(struct stable_node *node);
/* Drops the unstable tree; items that stood in it are told by the tree's number. */
void ksm_drop_unstable_tree(void);
/* Checks the sites of all nodes, with the world stopped; returns how many there are. */
u64 ksm_check_sites(int *bad);

static inline u64 item_address(const struct rmap_item *item)
{
	return item->address & PAGE_MASK;
}
/* Items of an earlier tree were dropped with it (with order=bytes, after each scan). */
static inline bool in_this_unstable_tree(const struct rmap_item *item)
{
	return (item->address & SEQNR_MASK) == (tree_seqnr & SEQNR_MASK);
}
