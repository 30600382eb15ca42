/* SPDX-License-Identifier: MIT */
/*
 * Interval tree: a red-black tree by start in which each node also knows the
 * greatest last of its subtree, so that a search leaves out every subtree that
 * ends before the query begins.
 */
#include "kernel/lib/interval.h"

static struct interval_node *to_interval(struct rb_node *rb)
{
	return rb_entry(rb, struct interval_node, rb);
}

/* Whether something below link reaches as far as start. */
static bool reaches(struct rb_node *link, u64 start)
{
	return link && to_interval(link)->subtree_last >= start;
}

static void update_last(struct rb_node *rb)
{
	struct interval_node *node = to_interval(rb);

	node->subtree_last = node->last;
	for (int dir = 0; dir < 2; dir++)
		if (reaches(rb->child[dir], node->subtree_last))
			node->subtree_last = to_interval(rb->child[dir])->subtree_last;
}

void interval_insert(struct interval_node *node, struct rb_root *root)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->child[node->start >= to_interval(parent)->start];
	}
	rb_link_node(&node->rb, parent, link);
	rb_insert_augmented(&node->rb, root, update_last);
}

void interval_remove(struct interval_node *node, struct rb_root *root)
{
	rb_erase_augmented(&node->rb, root, update_last);
}

/* Leftmost match in the subtree of rb, of which it is known that it reaches start. */
static struct interval_node *search_subtree(struct rb_node *rb, u64 start, u64 last)
{
	for (;;) {
		struct interval_node *node = to_interval(rb);

		if (reaches(rb->rb_left, start))
			rb = rb->rb_left; /* if that one begins past last, so does all the rest */
		else if (node->start > last)
			return NULL;
		else if (node->last >= start)
			return node;
		else
			rb = rb->rb_right; /* what reaches start must be there */
	}
}

struct interval_node *interval_iter_first(const struct rb_root *root, u64 start, u64 last)
{
	return reaches(root->rb_node, start) ? search_subtree(root->rb_node, start, last) : NULL;
}

struct interval_node *interval_iter_next(struct interval_node *node, u64 start, u64 last)
{
	struct rb_node *rb = &node->rb;

	for (;;) {
		if (reaches(rb->rb_right, start))
			return search_subtree(rb->rb_right, start, last);
		rb = rb_next_ancestor(rb);
		if (!rb || to_interval(rb)->start > last)
			return NULL;
		if (to_interval(rb)->last >= start)
			return to_interval(rb);
	}
}
