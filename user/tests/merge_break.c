/* SPDX-License-Identifier: MIT */
/*
 * Proves: while pksmd merges without pause, writes part, MADV_UNMERGEABLE parts
 * and keeps parted, run=2 parts everything, and who writes it can be killed before
 * the end; many processes that write one merged page at once each get a page of
 * their own.  See mm/merge/engine/part.c.
 *
 * cpus: 1 2 4
 * suite: test
 */
#include "merge.h"

#define NR	8
#define ROUNDS	12
#define WRITERS 4
#define TAG	40

static char *p;

/* Waits until all are there, writes the page that all share, and keeps what it wrote. */
static void writer(void *arg)
{
	uint64_t own = 4000 + *(uint64_t *)arg;

	step(1);
	page_fill(p, own);
	check_holds(p, 1, own);
	step(2);
	check_holds(p, 1, own);
	check_holds(p + PAGE, NR - 1, TAG + 1);
}

static void write_at_once(void)
{
	pid_t pid[WRITERS];
	char *twin;

	TEST_BEGIN("a merged page written by many at once");
	p = map_offered(NR, TAG);
	twin = map_offered(NR, TAG);
	wait_merged(p, NR);
	for (uint64_t i = 0; i < WRITERS; i++)
		pid[i] = child_start(writer, &i);
	for (int i = 0; i < WRITERS; i++)
		step_wait(pid[i], 1);
	for (int i = 0; i < WRITERS; i++)
		step_go(pid[i], 1);
	for (int i = 0; i < WRITERS; i++)
		step_wait(pid[i], 2);
	check_holds(p, NR, TAG);
	check_merged_of(0, p, 2 + WRITERS); /* the children have the twin too */
	check_mm();
	for (int i = 0; i < WRITERS; i++) {
		step_go(pid[i], 2);
		child_join(pid[i]);
	}
	unmap_pages(p, NR);
	unmap_pages(twin, NR);
}

/* A process whose pages merge among themselves and with its sibling's. */
static void offer_and_withdraw(void *arg)
{
	(void)arg;
	p = map_filled(NR, TAG);
	page_fill(p + PAGE, TAG);
	for (int round = 0; round < ROUNDS; round++) {
		offer(p, NR);
		wait_merged(p, 2);
		withdraw(p, NR);
		for (size_t i = 0; i < NR; i++)
			check_private(p + i * PAGE);
		check_holds(p, 1, TAG);
		check_holds(p + PAGE, 1, TAG);
		check_holds(p + 2 * PAGE, NR - 2, TAG + 2);
	}
}

static void withdraw_while_merging(void)
{
	pid_t a, b;

	TEST_BEGIN("areas that are offered and withdrawn again and again");
	a = child_start(offer_and_withdraw, NULL);
	b = child_start(offer_and_withdraw, NULL);
	child_join(a);
	child_join(b);
	check_mm();
}

/* Writes and waits for merges until it is told to stop. */
static void keep_merging(void *arg)
{
	(void)arg;
	p = map_offered(2 * NR, 0);
	for (uint64_t round = 0; step_page.go < 1; round++) {
		for (size_t i = 0; i < 2 * NR; i++)
			page_fill(p + i * PAGE, round + i % NR);
		sched_yield();
		for (size_t i = 0; i < 2 * NR; i++)
			check_holds(p + i * PAGE, 1, round + i % NR);
	}
}

static void unmerge_while_merging(void)
{
	char *still = map_offered(NR, TAG), *twin = map_offered(NR, TAG);
	pid_t pid = child_start(keep_merging, NULL);

	TEST_BEGIN("run=2 while pages are merged and written");
	for (int round = 0; round < ROUNDS; round++) {
		wait_merged(still, NR);
		wait_merged(twin, NR);
		set_knob(KNOB_PKSM_RUN, 2);
		CHECK_EQ(pksm_stat().pages_shared, 0, "merged frames after run=2");
		for (size_t i = 0; i < NR; i++) {
			CHECK(!is_merged_of(0, still + i * PAGE), "page %zu is parted", i);
			CHECK(!is_merged_of(0, twin + i * PAGE), "twin %zu is parted", i);
		}
		check_holds(still, NR, TAG);
		check_holds(twin, NR, TAG);
		set_knob(KNOB_PKSM_RUN, 1);
	}
	check_mm();
	step_go(pid, 1);
	child_join(pid);
	unmap_pages(still, NR);
	unmap_pages(twin, NR);
}

static void part_all(void *arg)
{
	(void)arg;
	step(1);
	set_knob(KNOB_PKSM_RUN, 2);
}

static void kill_who_parts(void)
{
	char *pair[NR];
	int status;
	pid_t pid;

	TEST_BEGIN("who parts everything can be killed");
	set_knob(KNOB_PKSM_RUN, 1);
	for (int i = 0; i < NR; i++)
		pair[i] = make_merged(TAG + 100 + i);
	pid = child_start(part_all, NULL);
	step_wait(pid, 1);
	hold(EV_unmerge_all, pid);
	step_go(pid, 1);
	wait_held(EV_unmerge_all);
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	release(EV_unmerge_all);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status), "status %#x", status);
	CHECK(pksm_stat().pages_shared >= NR - 1, "%lu frames are still merged",
	      pksm_stat().pages_shared);
	check_mm();
	for (int i = 0; i < NR; i++)
		unmap_pages(pair[i], 2);
}

int main(void)
{
	merge_begin();
	write_at_once();
	withdraw_while_merging();
	unmerge_while_merging();
	kill_who_parts();
	merge_end();
	return TEST_END();
}
