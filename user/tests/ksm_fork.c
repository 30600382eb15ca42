/* SPDX-License-Identifier: MIT */
/*
 * Proves: pages that fork shares merge one mapping at a time, and in the end all
 * mappings of equal pages are one frame's, known to the reverse map; each has a
 * site, so pages_sharing exceeds the frames saved; writers and those that exit part
 * one by one.  See mm/README.md, "KSM".
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define N	 8 /* different contents */
#define CHILDREN 2
#define EACH	 (2 * (CHILDREN + 1)) /* mappings of each content */

static char *a, *b;

static void child(void *arg)
{
	(void)arg;
	step(1);
	page_fill(a, 100); /* parts one mapping */
	step(2);
	CHECK(page_holds(a, 100), "what the child wrote");
	check_holds(a + PAGE, N - 1, 1);
	check_holds(b, N, 0);
}

/* ksmd stands after its first merge: one mapping has moved, no more. */
static void first_merge(void)
{
	long moved = event_count(EV_replace);

	hold(EV_merge_done, 0);
	set_knob(KNOB_KSM_RUN, 1);
	wait_held_asleep(EV_merge_done);
	CHECK_EQ(event_count(EV_replace) - moved, 1, "mappings that one merge moves");
	release(EV_merge_done);
}

static void check_all(int mapcount)
{
	for (size_t i = 0; i < N; i++) {
		check_merged_of(0, a + i * PAGE, mapcount);
		CHECK_EQ(vmq(a + i * PAGE).pfn, vmq(b + i * PAGE).pfn, "frames of content %zu", i);
	}
}

int main(void)
{
	pid_t pid[CHILDREN];
	long frames;

	TEST_BEGIN("each merge moves one mapping");
	ksm_begin();
	set_knob(KNOB_KSM_RUN, 0);
	a = map_offered(N, 0);
	b = map_offered(N, 0);
	for (int i = 0; i < CHILDREN; i++)
		pid[i] = child_start(child, NULL);
	for (int i = 0; i < CHILDREN; i++)
		step_wait(pid[i], 1);
	frames = user_frames();
	first_merge();

	TEST_BEGIN("in the end all mappings of equal pages are one frame's");
	check_counts("parent and children", N, N * (EACH - 1), 0);
	check_all(EACH);
	CHECK_EQ(frames - user_frames(), N, "frames saved");
	check_mm();

	TEST_BEGIN("writers part one by one");
	for (int i = 0; i < CHILDREN; i++)
		step_go(pid[i], 1);
	for (int i = 0; i < CHILDREN; i++)
		step_wait(pid[i], 2);
	check_counts("a page written in each child", N + 1, N * EACH - N - 1, 0);
	check_merged_of(0, a, EACH - CHILDREN);

	TEST_BEGIN("children exit");
	for (int i = 0; i < CHILDREN; i++)
		step_go(pid[i], 2);
	for (int i = 0; i < CHILDREN; i++)
		child_join(pid[i]);
	check_counts("the parent alone", N, N, 0);
	check_all(2);
	check_holds(a, N, 0);
	check_holds(b, N, 0);
	ksm_end();
	return TEST_END();
}
