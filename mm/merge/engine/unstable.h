/* SPDX-License-Identifier: MIT */
/* The unstable tree: candidates.  Theory: unstable.c.  All: scanner mutex held. */
#pragma once

#include "mm/merge/engine/key.h"

/*
 * What stands in the unstable tree: part of a page's record (PKSM: one for each
 * frame) or of an rmap_item (KSM: one for each address).
 */
struct unstable_item {
	struct rb_node node; /* (s) */
	u64 hash;	     /* (s) the key, with order=hash */
};

/*
 * A candidate with equal hash (KEY_BYTES, or order=bytes: equal contents) and, in
 * *found, its page, referenced; or NULL after item has been inserted for page.
 */
struct unstable_item *unstable_tree_search_insert(struct unstable_item *item, struct page *page,
						  u64 hash, enum merge_key key,
						  struct page **found);
void unstable_tree_erase(struct unstable_item *item);
/* The next item in rotation for a re-check, or NULL if the tree is empty. */
struct unstable_item *unstable_tree_next(void);
/* Empties the unstable tree without visiting it: the items must know by themselves. */
void unstable_tree_drop(void);
/* Checks the order of the tree and its count, with the world stopped. */
void unstable_check(int *bad);

/* The unstable item of a page's own record, and back. */
static inline struct unstable_item *page_item(struct page *page)
{
	return (struct unstable_item *)&page->scan.node;
}
static inline struct page *item_of_page(struct unstable_item *item)
{
	return container_of(&item->node, struct page, scan.node);
}
_Static_assert(offsetof(struct scan_record, hash) ==
		       offsetof(struct scan_record, node) + offsetof(struct unstable_item, hash),
	       "an unstable_item is the first part of a scan_record");
