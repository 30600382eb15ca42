/* SPDX-License-Identifier: MIT */
/*
 * Proves: a page that fork has shared merges with all its mappings or none, as
 * the page absorbed and as the page that absorbs; children forked after a merge
 * are found by the reverse map; a write parts the writer only.
 * See mm/README.md, "Records: how a merged page is found again".
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define NR 8

static char *shared;

/* Keeps the parent's pages mapped, then writes one and sees that only it has changed. */
static void hold_pages(void *arg)
{
	uint64_t tag = *(uint64_t *)arg;

	step(1);
	check_holds(shared, NR, tag);
	page_fill(shared + PAGE, 7000);
	check_holds(shared, 1, tag);
	check_holds(shared + PAGE, 1, 7000);
	step(2);
	check_holds(shared + 2 * PAGE, NR - 2, tag + 2);
}

static void check_all(pid_t pid, const char *twin, int mapcount)
{
	for (size_t i = 0; i < NR; i++) {
		CHECK_EQ(vmq(shared + i * PAGE).pfn, vmq(twin + i * PAGE).pfn, "frame of page %zu",
			 i);
		CHECK_EQ(vmq_of(pid, shared + i * PAGE).pfn, vmq(twin + i * PAGE).pfn,
			 "frame of the child's page %zu", i);
		check_merged_of(0, shared + i * PAGE, mapcount);
	}
	check_mm();
}

/* mapcount: while the child lives; areas: how many of the mapped ones are the child's. */
static void end_child(pid_t pid, const char *twin, uint64_t tag, int mapcount, int areas)
{
	step_go(pid, 1);
	step_wait(pid, 2);
	check_merged_of(0, shared, mapcount);
	check_merged_of(0, shared + PAGE, mapcount - 1);
	check_holds(shared, NR, tag);
	check_holds(twin, NR, tag);
	step_go(pid, 2);
	child_join(pid);
	check_merged_of(0, shared, mapcount - areas);
}

/* The shared pages are there first, and meet pages that are merged already, or not yet. */
static void merge_with(bool merged_before)
{
	uint64_t tag = merged_before ? 100 : 200;
	char *twin, *third = NULL;
	pid_t pid;

	shared = map_filled(NR, tag);
	pid = child_start(hold_pages, &tag);
	step_wait(pid, 1);
	offer(shared, NR);
	settle();
	CHECK(!is_merged_of(0, shared), "the child's area has not been offered");
	step_go(pid, 2);
	child_join(pid);

	pid = child_start(hold_pages, &tag); /* inherits the offer */
	step_wait(pid, 1);
	if (merged_before) {
		withdraw(shared, NR);
		twin = map_offered(NR, tag);
		third = map_offered(NR, tag);
		wait_merged(twin, NR);
		offer(shared, NR);
	} else {
		twin = map_offered(NR, tag);
	}
	wait_merged(shared, NR);
	wait_merged_of(pid, shared, NR);
	wait_merged(twin, NR);
	check_all(pid, twin, merged_before ? 4 : 3);
	end_child(pid, twin, tag, merged_before ? 4 : 3, 1);
	unmap_pages(shared, NR);
	unmap_pages(twin, NR);
	if (third)
		unmap_pages(third, NR);
}

static void fork_merged(void)
{
	uint64_t tag = 300;
	char *twin;
	pid_t pid;

	shared = map_offered(NR, tag);
	twin = map_offered(NR, tag);
	wait_merged(shared, NR);
	wait_merged(twin, NR);
	pid = child_start(hold_pages, &tag);
	step_wait(pid, 1);
	check_all(pid, twin, 4); /* the child has both areas */
	end_child(pid, twin, tag, 4, 2);
	unmap_pages(shared, NR);
	unmap_pages(twin, NR);
}

int main(void)
{
	merge_begin();
	TEST_BEGIN("pages shared by fork are absorbed, all mappings or none");
	merge_with(true);
	TEST_BEGIN("pages shared by fork take part in a first merge");
	merge_with(false);
	TEST_BEGIN("fork of merged pages needs no new record");
	fork_merged();
	merge_end();
	return TEST_END();
}
