/* SPDX-License-Identifier: MIT */
/* Red-black trees: random operations, order and balance re-derived after each. */
#include "kernel/lib/rbtree.h"
#include "tools/hosttest/hosttest.h"

#define KEYS 300

struct item {
	struct rb_node rb;
	u32 key;
	u32 sum; /* augmented: of the keys of the subtree */
	bool in;
};

static struct item items[KEYS], spare[KEYS];
static struct rb_root root;

static struct item *item_of(struct rb_node *rb)
{
	return rb_entry(rb, struct item, rb);
}

static void update_sum(struct rb_node *rb)
{
	struct item *item = item_of(rb);

	item->sum = item->key;
	for (int dir = 0; dir < 2; dir++)
		if (rb->child[dir])
			item->sum += item_of(rb->child[dir])->sum;
}

static struct rb_node **find_link(u32 key, struct rb_node **parent)
{
	struct rb_node **link = &root.rb_node;

	for (*parent = NULL; *link; link = &(*parent)->child[key > item_of(*parent)->key])
		*parent = *link;
	return link;
}

static bool red(struct rb_node *rb)
{
	return rb && !(rb->parent_color & 1);
}

/* Checks everything below rb; returns the number of black nodes on each path. */
static int check_subtree(struct rb_node *rb, struct rb_node *parent, bool sums)
{
	int left, right;

	if (!rb)
		return 0;
	CHECK(rb_parent(rb) == parent);
	CHECK(!red(rb) || !red(parent));
	left = check_subtree(rb->rb_left, rb, sums);
	right = check_subtree(rb->rb_right, rb, sums);
	CHECK_EQ(left, right);
	if (sums) {
		u32 seen = item_of(rb)->sum;

		update_sum(rb);
		CHECK_EQ(seen, item_of(rb)->sum);
	}
	return left + !red(rb);
}

static void check_tree(bool sums)
{
	struct rb_node *rb = rb_first(&root);

	CHECK(!red(root.rb_node));
	check_subtree(root.rb_node, NULL, sums);
	for (u32 key = 0; key < KEYS; key++) {
		if (!items[key].in)
			continue;
		CHECK(rb && item_of(rb)->key == key);
		rb = rb_next(rb);
	}
	CHECK(!rb);
	CHECK_EQ(RB_EMPTY_ROOT(&root), rb_first(&root) == NULL);
}

static void reset(void)
{
	root = RB_ROOT;
	for (u32 key = 0; key < KEYS; key++)
		items[key] = (struct item){ .key = key };
}

static void toggle(struct item *item, bool augmented)
{
	struct rb_node *parent, **link;

	if (item->in && augmented) {
		rb_erase_augmented(&item->rb, &root, update_sum);
	} else if (item->in) {
		rb_erase(&item->rb, &root);
	} else {
		link = find_link(item->key, &parent);
		rb_link_node(&item->rb, parent, link);
		if (augmented)
			rb_insert_augmented(&item->rb, &root, update_sum);
		else
			rb_insert_color(&item->rb, &root);
	}
	item->in = !item->in;
}

TEST(rbtree_random)
{
	reset();
	for (int step = 0; step < 4000; step++) {
		toggle(&items[rnd_below(KEYS)], false);
		check_tree(false);
	}
}

TEST(rbtree_augmented_random)
{
	reset();
	for (int step = 0; step < 4000; step++) {
		toggle(&items[rnd_below(KEYS)], true);
		check_tree(true);
	}
}

TEST(rbtree_ascending_then_emptied)
{
	reset();
	for (u32 key = 0; key < KEYS; key++)
		toggle(&items[key], true);
	check_tree(true);
	for (u32 key = 0; key < KEYS; key++) {
		toggle(&items[(key * 7) % KEYS], true);
		check_tree(true);
	}
	CHECK(RB_EMPTY_ROOT(&root));
}

TEST(rbtree_replace)
{
	struct rb_node *rb;
	u32 key = 0;

	reset();
	for (u32 i = 0; i < KEYS; i++)
		toggle(&items[i], false);
	for (u32 i = 0; i < KEYS; i++) {
		spare[i].key = i;
		rb_replace_node(&items[i].rb, &spare[i].rb, &root);
	}
	check_subtree(root.rb_node, NULL, false);
	for (rb = rb_first(&root); rb; rb = rb_next(rb))
		CHECK(item_of(rb) == &spare[key++]);
	CHECK_EQ(key, KEYS);
}
