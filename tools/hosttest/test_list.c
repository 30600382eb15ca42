/* SPDX-License-Identifier: MIT */
/* Lists: random operations against an array. */
#include "kernel/lib/list.h"
#include "tools/hosttest/hosttest.h"

#define ITEMS 64

struct item {
	int id;
	struct list_head link;
};

static struct item items[ITEMS];
static LIST_HEAD(list);
static int reference[ITEMS];
static int length;

static void compare(void)
{
	struct item *item;
	int i = 0;

	list_for_each_entry(item, &list, link)
		CHECK_EQ(item->id, reference[i++]);
	CHECK_EQ(i, length);
	list_for_each_entry_reverse(item, &list, link)
		CHECK_EQ(item->id, reference[--i]);
	CHECK_EQ(list_empty(&list), length == 0);
	CHECK_EQ(list_is_singular(&list), length == 1);
}

static void insert_reference(int at, int id)
{
	for (int i = length++; i > at; i--)
		reference[i] = reference[i - 1];
	reference[at] = id;
}

static void remove_reference(int id)
{
	int at = 0;

	while (reference[at] != id)
		at++;
	length--;
	for (; at < length; at++)
		reference[at] = reference[at + 1];
}

static void add_or_remove(struct item *item)
{
	bool front = rnd_below(2);

	if (!list_empty(&item->link)) {
		list_del_init(&item->link);
		remove_reference(item->id);
	} else if (front) {
		list_add(&item->link, &list);
		insert_reference(0, item->id);
	} else {
		list_add_tail(&item->link, &list);
		insert_reference(length, item->id);
	}
}

static void move(struct item *item)
{
	bool front = rnd_below(2);

	if (list_empty(&item->link))
		return;
	remove_reference(item->id);
	insert_reference(front ? 0 : length, item->id);
	(front ? list_move : list_move_tail)(&item->link, &list);
}

static void reset(void)
{
	INIT_LIST_HEAD(&list);
	length = 0;
	for (int i = 0; i < ITEMS; i++) {
		items[i].id = i;
		INIT_LIST_HEAD(&items[i].link);
	}
}

TEST(list_random)
{
	reset();
	for (int step = 0; step < 20000; step++) {
		struct item *item = &items[rnd_below(ITEMS)];

		if (rnd_below(4))
			add_or_remove(item);
		else
			move(item);
		compare();
	}
}

TEST(list_for_each_safe_removal)
{
	struct item *item, *next;

	reset();
	for (int i = 0; i < ITEMS; i++)
		list_add_tail(&items[i].link, &list);
	list_for_each_entry_safe(item, next, &list, link)
		if (item->id % 3)
			list_del_init(&item->link);
	for (int i = 0; i < ITEMS; i += 3)
		insert_reference(length, i);
	compare();
	CHECK(list_first_entry_or_null(&list, struct item, link) == &items[0]);
	CHECK(list_last_entry(&list, struct item, link) == &items[ITEMS - 1]);
	list_del(&items[0].link);
	CHECK_EQ((u64)items[0].link.next, (u64)LIST_POISON1);
}
