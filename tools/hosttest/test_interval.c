/* SPDX-License-Identifier: MIT */
/* Interval tree: random intervals and queries against brute force. */
#include "kernel/lib/interval.h"
#include "tools/hosttest/hosttest.h"

#define ITEMS 120
#define SPACE 200

static struct interval_node nodes[ITEMS];
static u64 born[ITEMS]; /* step of the insertion, 0: not in the tree */
static struct rb_root root;

/* Whether a comes before b: by start, then by insertion. */
static bool before(int a, int b)
{
	return nodes[a].start != nodes[b].start ? nodes[a].start < nodes[b].start :
						  born[a] < born[b];
}

/* The match that follows after in tree order (-1: the first one), -1 if there is none. */
static int brute_next(int after, u64 start, u64 last)
{
	int best = -1;

	for (int i = 0; i < ITEMS; i++) {
		if (!born[i] || nodes[i].start > last || nodes[i].last < start)
			continue;
		if (after >= 0 && !before(after, i))
			continue;
		if (best < 0 || before(i, best))
			best = i;
	}
	return best;
}

static void check_query(u64 start, u64 last)
{
	struct interval_node *node;
	int expected = brute_next(-1, start, last);

	interval_for_each(node, &root, start, last) {
		CHECK_EQ(node - nodes, expected);
		expected = brute_next(expected, start, last);
	}
	CHECK_EQ(expected, -1);
}

static void toggle(int i, u64 step)
{
	if (born[i]) {
		interval_remove(&nodes[i], &root);
		born[i] = 0;
		return;
	}
	nodes[i].start = rnd_below(SPACE);
	nodes[i].last = nodes[i].start + rnd_below(rnd_below(8) ? 10 : SPACE);
	interval_insert(&nodes[i], &root);
	born[i] = step;
}

TEST(interval_random)
{
	root = RB_ROOT;
	for (int i = 0; i < ITEMS; i++)
		born[i] = 0;
	for (u64 step = 1; step <= 3000; step++) {
		u64 start = rnd_below(SPACE);

		toggle((int)rnd_below(ITEMS), step);
		check_query(start, start + rnd_below(20));
		if (step % 100 == 0)
			check_query(0, ~0UL);
	}
}

TEST(interval_equal_keys_in_order_of_insertion)
{
	struct interval_node *node;
	int i = 0;

	root = RB_ROOT;
	for (int n = 0; n < ITEMS; n++) {
		nodes[n].start = 5;
		nodes[n].last = 5 + (u64)(ITEMS - n);
		interval_insert(&nodes[n], &root);
	}
	interval_for_each(node, &root, 5, 5)
		CHECK(node == &nodes[i++]);
	CHECK_EQ(i, ITEMS);
}
