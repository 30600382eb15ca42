/* SPDX-License-Identifier: MIT */
/*
 * Proves: a walk over the thousands of records that a merged page can have lets
 * others run. On one processor a thread that only looks at the clock sees no gap
 * that comes near to the time that the walk takes.
 *
 * cpus: 1
 * suite: test
 */
#include "merge.h"

#include <pthread.h>
#include <time.h>

#define NR	 10000
#define TAG	 70
#define ATTEMPTS 8
#define LONG	 30000000l /* ns, three slices: a shorter walk keeps nobody waiting */

static volatile long widest; /* gap between two looks, in ns */
static volatile long looks;
static volatile bool done;

static long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000l + t.tv_nsec;
}

static void *watch(void *unused)
{
	long last = now_ns();

	(void)unused;
	while (!done) {
		long now = now_ns();

		if (now - last > widest)
			widest = now - last;
		last = now;
		looks++;
	}
	return NULL;
}

/* One page with a record for each address. */
static char *map_equal(void)
{
	char *p = map_pages(NR);

	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, TAG);
	offer(p, NR);
	/* not wait_merged(): it would walk for each page */
	wait_asleep(pksm_stat().pages_sharing >= NR - 1, "%d pages were merged", NR);
	return p;
}

/* The watcher has looked at least twice from here on. */
static void let_look(void)
{
	long before = looks;

	while (looks < before + 2)
		sched_yield();
}

/* Whether the watcher ran in the middle of some walk; a busy host may spoil an attempt. */
static bool others_run(const char *p)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		long start, took;

		let_look();
		widest = 0;
		start = now_ns();
		CHECK_EQ(vmq(p).rmap_count, NR, "mappings that rmap_walk finds");
		took = now_ns() - start;
		let_look();
		test_say("a walk of %ld us, widest gap %ld us", took / 1000, widest / 1000);
		if (took < LONG || widest < took / 3)
			return true;
	}
	return false;
}

int main(void)
{
	pthread_t watcher;
	char *p;

	merge_begin();
	set_knob(KNOB_PKSM_MAX_PAGE_SHARING, NR);
	p = map_equal();
	set_knob(KNOB_PKSM_RUN, 0);
	TEST_BEGIN("a walk over many records yields");
	CHECK(!pthread_create(&watcher, NULL, watch, NULL), "pthread_create");
	CHECK(others_run(p), "no walk let others run");
	done = true;
	pthread_join(watcher, NULL);
	unmap_pages(p, NR);
	merge_end();
	return TEST_END();
}
