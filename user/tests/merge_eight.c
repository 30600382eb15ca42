/* SPDX-License-Identifier: MIT */
/*
 * Proves: a page with eight mappings, each in a process of its own, is
 * merged whole; every one of them can be parted without disturbing the rest,
 * and a walk does not end at the first process that has parted.
 * See mm/README.md, "Merging".
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define CHILDREN 7
#define TAG	 5

static char *p;
static uint64_t tag = TAG; /* of the page, when the children start */

/* Waits; writes the page if its turn is odd; sees its own bytes in the end. */
static void sharer(void *arg)
{
	long turn = *(long *)arg;

	step(1);
	if (turn % 2)
		page_fill(p, 1000 + (uint64_t)turn);
	step(2);
	check_holds(p, 1, turn % 2 ? 1000 + (uint64_t)turn : tag);
}

static void start_sharers(pid_t *pid)
{
	for (long turn = 0; turn < CHILDREN; turn++) {
		pid[turn] = child_start(sharer, &turn);
		step_wait(pid[turn], 1);
	}
}

static void join_sharers(pid_t *pid)
{
	for (int i = 0; i < CHILDREN; i++) {
		step_go(pid[i], 2);
		child_join(pid[i]);
	}
}

/* Odd ones part: three of seven. */
static void part_some(pid_t *pid)
{
	for (int i = 0; i < CHILDREN; i++) {
		step_go(pid[i], 1);
		step_wait(pid[i], 2);
	}
}

int main(void)
{
	pid_t pid[CHILDREN];
	char *twin;

	merge_begin();
	TEST_BEGIN("a page with eight mappings is absorbed");
	p = map_offered(1, TAG);
	start_sharers(pid);
	CHECK_EQ(vmq(p).mapcount, CHILDREN + 1, "mapcount before");
	twin = make_merged(TAG);
	wait_merged(p, 1);
	for (int i = 0; i < CHILDREN; i++)
		CHECK_EQ(vmq_of(pid[i], p).pfn, vmq(twin).pfn, "frame of child %d", i);
	check_merged_of(0, twin, CHILDREN + 3);
	check_mm();
	part_some(pid);
	check_merged_of(0, twin, CHILDREN + 3 - CHILDREN / 2);
	check_mm();
	join_sharers(pid);
	check_merged_of(0, twin, 3);
	check_holds(p, 1, TAG);

	TEST_BEGIN("a page that some of its sharers have parted from is absorbed");
	tag = TAG + 1;
	page_fill(p, tag);
	start_sharers(pid);
	withdraw(p, 1); /* the scanner keeps away while the children write */
	part_some(pid);
	CHECK_EQ(vmq(p).mapcount, CHILDREN + 1 - CHILDREN / 2, "mapcount before");
	offer(p, 1);
	page_fill(twin, tag);
	page_fill(twin + PAGE, tag);
	wait_merged(p, 1);
	wait_merged(twin, 2);
	check_merged_of(0, twin, CHILDREN + 3 - CHILDREN / 2);
	check_mm();
	join_sharers(pid);
	check_merged_of(0, p, 3);
	unmap_pages(p, 1);
	unmap_pages(twin, 2);
	merge_end();
	return TEST_END();
}
