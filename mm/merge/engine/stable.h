/* SPDX-License-Identifier: MIT */
/*
 * The stable tree: merged pages, and how they are reached.  Theory: stable.c.
 *
 * Legend: (s) scanner mutex; (p) lock of the merged page; (c) constant while the object lives.
 */
#pragma once

#include "mm/merge/engine/key.h"
#include "mm/merge/engine/record.h"

/* One merged frame.  Holds no reference to it: see get_ksm_page(). */
struct stable_node {
	struct rb_node node;	   /* (s) in the stable tree */
	struct list_head all;	   /* (s) in stable_nodes, for pruning and stale walks */
	u64 hash;		   /* (c) of the write-protected page: the tree's key */
	u64 pfn;		   /* (c) the frame whose mapping is our tag */
	struct record_set records; /* (p) */
	u32 nr_sites;		   /* (s) */
	struct list_head sites;	   /* (s) KSM's rmap_items, for its counters */
	struct list_head dups;	   /* (s) ring of nodes with equal bytes, one in the tree */
	bool in_tree;		   /* (s) */
};

/* What the mapping of the node's page must be, seen through its keyhole. */
static inline u64 stable_node_key(const struct stable_node *node)
{
	return (u64)node | PAGE_MAPPING_KSM;
}
static inline struct stable_node *page_stable_node(const struct page *page)
{
	return (struct stable_node *)(READ_ONCE(page->mapping) & ~(u64)PAGE_MAPPING_FLAGS);
}
extern struct list_head stable_nodes; /* (s) every node */

/* Makes the cache; once, at boot. */
void stable_init(void);
/* A node that is in no tree, without page and records; NULL without memory. */
struct stable_node *stable_node_alloc(void);
/* Frees a node that no page's mapping points to, with its records. */
void stable_node_free(struct stable_node *node);
/*
 * The node's page with a reference, or NULL if it has gone: then the node has
 * been removed and freed, and a search must restart.  Scanner mutex held.
 */
struct page *get_ksm_page(struct stable_node *node);
/*
 * Frees the node of a page that no PTE maps any more, though somebody holds a reference: the page
 * is an ordinary one then, that nothing can map or find again.  False if something maps it.  A
 * reference and the scanner mutex held.
 */
bool stable_node_unmapped(struct stable_node *node, struct page *kpage);
/*
 * The first merged page that may take page in: with order=hash one of this hash
 * (KEY_BYTES: of these bytes), with order=bytes one of these bytes.  Referenced,
 * or NULL.  Restarts after a stale node.
 */
struct page *stable_tree_search(struct page *page, u64 hash, enum merge_key key);
/* Inserts a node whose page is write-protected.  Its page lock held. */
void stable_tree_insert(struct stable_node *node, struct page *kpage);
/* Frees the nodes of freed frames, if any are known.  Scanner mutex held. */
void stable_drop_stale(void);
/* rmap_walk() of a merged page.  Page lock held, or the world stopped. */
void rmap_walk_ksm(struct page *page, void *control);
/* Checks the order of the tree, the nodes and their counts, with the world stopped. */
void stable_check(int *bad);
