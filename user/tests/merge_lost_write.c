/* SPDX-License-Identifier: MIT */
/*
 * Proves: no store is lost between write protection and comparison, nor later:
 * a writer on another CPU that holds a writable translation is stopped by the
 * flush; and in a long run of merges and breaks, with writers that use plain
 * stores, each finds its own count in the end.
 * See mm/README.md, "Why the steps stand in this order"; mm/merge/engine/join.c.
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define TAG	10
#define WRITERS 3
#define PAGES	16
#define MERGES	1200
#define BREAKS	1200

static char *p;

/* ---- one writer, held at the decisive place ---- */

/* Stores what is there already until it may go on: the translation stays writable and in use. */
static void hot_writer(void *arg)
{
	volatile uint64_t *word = (volatile uint64_t *)p;
	uint64_t value = page_word(TAG, 0);

	(void)arg;
	run_on_cpu((int)mem_stat().nr_cpus - 1);
	page_fill(p, TAG);
	offer(p, 1);
	while (step_page.go < 1)
		*word = value;
	*word = 4711; /* pksmd has compared: this store must not be lost */
	step(2);
	CHECK_EQ(*word, 4711, "the word stored between comparison and replacement");
}

static void write_after_compare(void)
{
	char *twin = make_merged(TAG);
	pid_t pid;

	TEST_BEGIN("a store after the comparison is not lost");
	set_knob(KNOB_PKSM_VOLATILE_FILTER, 0); /* storing what is there is no change */
	run_on_cpu(0);
	settle();
	p = map_pages(1);
	hold(EV_compare, 0);
	pid = child_start(hot_writer, NULL);
	wait_held_asleep(EV_compare);
	step_go(pid, 1);
	step_wait(pid, 2);
	release(EV_compare);
	settle();
	step_go(pid, 2);
	child_join(pid);
	check_holds(twin, 1, TAG);
	check_holds(twin + PAGE, 1, TAG);
	set_knob(KNOB_PKSM_VOLATILE_FILTER, 1);
	unmap_pages(p, 1);
	unmap_pages(twin, 2);
}

/* ---- many writers ---- */

static bool enough(long merges, long breaks)
{
	return event_count(EV_merge_done) >= merges && event_count(EV_break_cow) >= breaks;
}

struct goal {
	long merges, breaks; /* event counts */
	uint64_t seed;
};

/* A count in the first word of each page: the pages are equal after each round. */
static uint64_t *counter(size_t i)
{
	return (uint64_t *)(p + i * PAGE);
}

/* Each round adds one to every count, then waits until some of the pages have been merged. */
static void count_up(void *arg)
{
	struct goal *goal = arg;
	uint64_t rounds = 0, random = goal->seed;

	p = map_offered(PAGES, 0);
	for (size_t i = 0; i < PAGES; i++)
		page_fill(p + i * PAGE, TAG);
	for (size_t i = 0; i < PAGES; i++)
		*counter(i) = 0;
	while (!test.failed && !enough(goal->merges, goal->breaks)) {
		long merges = event_count(EV_merge_done) + 1 + (long)(next_random(&random) % 12);

		for (size_t i = 0; i < PAGES; i++)
			++*(volatile uint64_t *)counter(i);
		rounds++;
		wait_asleep(event_count(EV_merge_done) >= merges, "merges in round %lu", rounds);
	}
	for (size_t i = 0; i < PAGES; i++)
		CHECK_EQ(*counter(i), rounds, "writer %lu: count in page %zu", goal->seed, i);
}

static void count_with_filter(unsigned long filter, uint64_t seed)
{
	struct goal goal = { event_count(EV_merge_done) + MERGES,
			     event_count(EV_break_cow) + BREAKS, 0 };
	pid_t pid[WRITERS];

	set_knob(KNOB_PKSM_VOLATILE_FILTER, filter);
	for (int i = 0; i < WRITERS; i++) {
		goal.seed = seed * WRITERS + (uint64_t)i;
		pid[i] = child_start(count_up, &goal);
	}
	for (int i = 0; i < WRITERS; i++)
		child_join(pid[i]);
	CHECK(enough(goal.merges, goal.breaks), "%d merges and %d breaks", MERGES, BREAKS);
	check_mm();
}

int main(void)
{
	uint64_t seed = test_seed();
	cpu_set_t all = { ~0ul };

	merge_begin();
	write_after_compare();
	sched_setaffinity(0, sizeof(all), &all);

	TEST_BEGIN("many merges and breaks, pages judged by checksum: no count is lost");
	count_with_filter(0, seed);
	TEST_BEGIN("many merges and breaks, pages judged by dirty bits: no count is lost");
	count_with_filter(1, seed + 1);
	merge_end();
	return TEST_END();
}
