/* SPDX-License-Identifier: MIT */
/*
 * Interval tree: closed intervals [start, last], ordered by start.  Equal starts
 * are inserted after those already there, so that iteration sees them in order
 * of insertion (the reverse map needs parents before children).
 */
#pragma once

#include "kernel/lib/rbtree.h"

struct interval_node {
	struct rb_node rb;
	u64 start;	  /* first value inside */
	u64 last;	  /* last value inside, >= start */
	u64 subtree_last; /* greatest last below and including this node */
};

/* The caller sets start and last before the insertion and keeps them until the removal. */
void interval_insert(struct interval_node *node, struct rb_root *root);

/* Takes node, which must be in the tree, out of it. */
void interval_remove(struct interval_node *node, struct rb_root *root);

/* First interval that shares a value with [start, last], in tree order; NULL if none. */
struct interval_node *interval_iter_first(const struct rb_root *root, u64 start, u64 last);

/* The next one after node for the same query; NULL at the end. */
struct interval_node *interval_iter_next(struct interval_node *node, u64 start, u64 last);

/* Each interval that shares a value with [start, last]; the tree must not change meanwhile. */
#define interval_for_each(node, root, start, last) \
	for ((node) = interval_iter_first(root, start, last); (node); \
	     (node) = interval_iter_next(node, start, last))
