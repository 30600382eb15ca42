/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees with the node inside the element.  The user descends by its
 * own comparison, links the new leaf with rb_link_node() and lets
 * rb_insert_color() restore the balance; no callbacks, no allocation.  The
 * augmented forms keep a value in each node that sums up its subtree.
 */
#pragma once

#include "kernel/lib/types.h"

struct rb_node {
	u64 parent_color; /* address of the parent; bit 0: 1 black, 0 red */
	union {
		struct {
			struct rb_node *rb_left;
			struct rb_node *rb_right;
		};
		struct rb_node *child[2]; /* the same two, for code that mirrors itself */
	};
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT			    ((struct rb_root){ NULL })
#define RB_EMPTY_ROOT(root)	    (READ_ONCE((root)->rb_node) == NULL)
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_parent(rb)		    ((struct rb_node *)((rb)->parent_color & ~3UL))

/* Recomputes the node's subtree value from its own and its children's. */
typedef void (*rb_update_fn)(struct rb_node *node);

/* Hangs node as a red leaf into *link, a NULL child pointer of parent (or the root). */
static inline void rb_link_node(struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->parent_color = (u64)parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	*link = node;
}

/* Rebalances after rb_link_node(), recomputing subtree values from the new leaf up to the root. */
void rb_insert_augmented(struct rb_node *node, struct rb_root *root, rb_update_fn update);

/*
 * Takes node out of the tree and rebalances, recomputing every subtree value that lost the node;
 * the node's own fields are left as they were.
 */
void rb_erase_augmented(struct rb_node *node, struct rb_root *root, rb_update_fn update);

/* The same in a tree without subtree values. */
#define rb_insert_color(node, root) rb_insert_augmented(node, root, NULL)
#define rb_erase(node, root)	    rb_erase_augmented(node, root, NULL)

/* Puts new into the place of victim, which has the same key; no rebalancing. */
void rb_replace_node(struct rb_node *victim, struct rb_node *heir, struct rb_root *root);

/* Smallest node, NULL if the tree is empty. */
struct rb_node *rb_first(const struct rb_root *root);

/* The node after node in order, NULL at the end. */
struct rb_node *rb_next(const struct rb_node *node);

/* The nearest ancestor after node in order, NULL if there is none. */
static inline struct rb_node *rb_next_ancestor(const struct rb_node *node)
{
	struct rb_node *parent = rb_parent(node);

	while (parent && parent->rb_right == node) {
		node = parent;
		parent = rb_parent(node);
	}
	return parent;
}
