/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees.  Rules: the root is black; a red node has black children;
 * every path from a node down to a NULL passes the same number of black nodes.
 * Left and right are child[0] and child[1], so each case is written once, with
 * dir naming the side.
 */
#include "kernel/lib/rbtree.h"

#define RB_BLACK 1UL

static bool is_red(const struct rb_node *node)
{
	return node && !(node->parent_color & RB_BLACK);
}

static void set_red(struct rb_node *node)
{
	node->parent_color &= ~RB_BLACK;
}

static void set_black(struct rb_node *node)
{
	node->parent_color |= RB_BLACK;
}

static void copy_color(struct rb_node *to, const struct rb_node *from)
{
	to->parent_color = (u64)rb_parent(to) | (from->parent_color & RB_BLACK);
}

static void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent_color = (u64)parent | (node->parent_color & RB_BLACK);
}

/* Which child of parent node is: 0 left, 1 right. */
static int side_of(const struct rb_node *node, const struct rb_node *parent)
{
	return parent->rb_right == node;
}

/* Makes whatever pointed down to old point to its heir, which may be NULL. */
static void replace_in_parent(struct rb_node *old, struct rb_node *heir, struct rb_node *parent,
			      struct rb_root *root)
{
	if (parent)
		parent->child[side_of(old, parent)] = heir;
	else
		root->rb_node = heir;
}

/*
 * Moves node down to its own dir side; the child from the other side comes up.
 *
 *	    node             up            (dir = 0)
 *	   /    \           /  \
 *	  a      up   →  node   c
 *	        /  \     /  \
 *	       b    c   a    b
 */
static void rotate(struct rb_node *node, int dir, struct rb_root *root, rb_update_fn update)
{
	struct rb_node *up = node->child[!dir];
	struct rb_node *middle = up->child[dir];
	struct rb_node *parent = rb_parent(node);

	node->child[!dir] = middle;
	if (middle)
		set_parent(middle, node);
	replace_in_parent(node, up, parent, root);
	set_parent(up, parent);
	up->child[dir] = node;
	set_parent(node, up);
	if (update) {
		update(node);
		update(up);
	}
}

static void insert_fixup(struct rb_node *node, struct rb_root *root, rb_update_fn update)
{
	struct rb_node *parent = rb_parent(node);

	while (is_red(parent)) {
		struct rb_node *grandparent = rb_parent(parent);
		int dir = side_of(parent, grandparent);
		struct rb_node *uncle = grandparent->child[!dir];

		if (is_red(uncle)) {
			set_black(parent);
			set_black(uncle);
			set_red(grandparent);
			node = grandparent;
			parent = rb_parent(node);
			continue;
		}
		if (side_of(node, parent) != dir) {
			rotate(parent, dir, root, update);
			parent = node;
		}
		set_black(parent);
		set_red(grandparent);
		rotate(grandparent, !dir, root, update);
		break;
	}
	set_black(root->rb_node);
}

/* node (NULL: a leaf place) below parent lacks one black on its path; repairs that. */
static void erase_fixup(struct rb_node *node, struct rb_node *parent, struct rb_root *root,
			rb_update_fn update)
{
	while (parent && !is_red(node)) {
		int dir = side_of(node, parent);
		struct rb_node *sibling = parent->child[!dir];

		if (is_red(sibling)) {
			set_black(sibling);
			set_red(parent);
			rotate(parent, dir, root, update);
			sibling = parent->child[!dir];
		}
		if (!is_red(sibling->child[0]) && !is_red(sibling->child[1])) {
			set_red(sibling);
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (!is_red(sibling->child[!dir])) {
			set_black(sibling->child[dir]);
			set_red(sibling);
			rotate(sibling, !dir, root, update);
			sibling = parent->child[!dir];
		}
		copy_color(sibling, parent);
		set_black(parent);
		set_black(sibling->child[!dir]);
		rotate(parent, dir, root, update);
		return;
	}
	if (node)
		set_black(node);
}

void rb_replace_node(struct rb_node *victim, struct rb_node *heir, struct rb_root *root)
{
	*heir = *victim;
	replace_in_parent(victim, heir, rb_parent(victim), root);
	for (int dir = 0; dir < 2; dir++)
		if (heir->child[dir])
			set_parent(heir->child[dir], heir);
}

/*
 * Exchanges the places (and colours) of node, which has two children, and its
 * in-order successor, which has no left child.
 */
static void swap_with_successor(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next = rb_next(node);
	struct rb_node *above = rb_parent(next);
	struct rb_node old = *next;

	if (above == node) {
		node->rb_right = NULL; /* or next would become its own child */
		rb_replace_node(node, next, root);
		next->rb_right = node;
		set_parent(node, next);
	} else {
		rb_replace_node(node, next, root);
		above->rb_left = node;
		set_parent(node, above);
	}
	copy_color(node, &old);
	node->rb_left = NULL;
	node->rb_right = old.rb_right;
	if (old.rb_right)
		set_parent(old.rb_right, node);
}

static void update_to_root(struct rb_node *node, rb_update_fn update)
{
	if (!update)
		return;
	for (; node; node = rb_parent(node))
		update(node);
}

void rb_insert_augmented(struct rb_node *node, struct rb_root *root, rb_update_fn update)
{
	update_to_root(node, update);
	insert_fixup(node, root, update);
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root, rb_update_fn update)
{
	struct rb_node *child, *parent;

	if (node->rb_left && node->rb_right)
		swap_with_successor(node, root);
	child = node->rb_left ? node->rb_left : node->rb_right;
	parent = rb_parent(node);
	replace_in_parent(node, child, parent, root);
	if (child)
		set_parent(child, parent);
	update_to_root(parent, update);
	if (!is_red(node))
		erase_fixup(child, parent, root, update);
}

static struct rb_node *leftmost(struct rb_node *node)
{
	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return leftmost(root->rb_node);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return node->rb_right ? leftmost(node->rb_right) : rb_next_ancestor(node);
}
