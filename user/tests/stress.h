/* SPDX-License-Identifier: MIT */
/*
 * Random work on few different contents, so that a scanner merges all the time:
 * processes that write, read, fork, exit, unmap, protect, drop, offer and withdraw
 * pages, and know what each page must hold.
 */
#pragma once

#include "merge.h"

#include <time.h>

#define NR	    48
#define WORKERS	    4
#define STEPS	    250 /* of one worker */
#define TAGS	    5	/* different contents, tag 0 being a page of zeros */
#define DEPTH_MAX   3	/* generations below a worker */
#define CHECK_EVERY 50

/* What a process knows of its pages; copied by fork with the pages themselves. */
static char *p;
static uint64_t tag[NR];
static uint64_t random_state;
static int depth;

static size_t pick(size_t n)
{
	return (size_t)(next_random(&random_state) % n);
}

static bool right(size_t i)
{
	return tag[i] ? page_holds(p + i * PAGE, tag[i]) : page_is_zero(p + i * PAGE);
}

static void write_page(size_t i)
{
	tag[i] = pick(TAGS);
	page_fill(p + i * PAGE, tag[i]);
	if (!tag[i])
		memset(p + i * PAGE, 0, PAGE);
}

static void change_word(size_t i)
{
	volatile uint64_t *word = (volatile uint64_t *)(p + i * PAGE) + pick(PAGE / 8);
	uint64_t old = *word;

	*word = ~old;
	sched_yield();
	CHECK_EQ(*word, ~old, "page %zu: a word just written", i);
	*word = old;
}

static void drop(size_t i)
{
	CHECK(!madvise(p + i * PAGE, PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
	tag[i] = 0;
}

/* A few pages are unmapped and mapped again in one piece. */
static void remap(size_t i)
{
	size_t n = 1 + pick(NR - i < 4 ? NR - i : 4);

	unmap_pages(p + i * PAGE, n);
	REQUIRE(mmap(p + i * PAGE, n * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + i * PAGE,
		"mmap: %s", strerror(errno));
	offer(p + i * PAGE, n);
	for (size_t j = i; j < i + n; j++)
		tag[j] = 0;
}

static void protect(size_t i)
{
	CHECK(!mprotect(p + i * PAGE, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	CHECK(right(i), "page %zu holds tag %lu under PROT_READ", i, tag[i]);
	CHECK(!mprotect(p + i * PAGE, PAGE, PROT_READ | PROT_WRITE), "mprotect: %s",
	      strerror(errno));
}

static void toggle(size_t i)
{
	withdraw(p + i * PAGE, 1);
	CHECK(!is_merged_of(0, p + i * PAGE), "page %zu is parted", i);
	offer(p + i * PAGE, 1);
}

static void work(int steps);

static void work_in_child(void *arg)
{
	random_state += (uint64_t)getpid();
	depth++;
	work(*(int *)arg);
}

/* Parent and child go on side by side. */
static void spawn(int steps)
{
	int share = steps / 4;
	pid_t pid;

	if (depth == DEPTH_MAX)
		return;
	pid = child_start(work_in_child, &share);
	work(share);
	child_join(pid);
}

static void one_step(int steps)
{
	size_t i = pick(NR), what = pick(100);

	if (what < 37)
		write_page(i);
	else if (what < 55)
		change_word(i);
	else if (what < 62)
		drop(i);
	else if (what < 68)
		remap(i);
	else if (what < 74)
		protect(i);
	else if (what < 80)
		toggle(i);
	else if (what < 82)
		spawn(steps);
	else
		usleep(1000); /* time for pksmd */
	i = pick(NR);
	CHECK(right(i), "page %zu holds tag %lu", i, tag[i]);
}

static void work(int steps)
{
	while (steps-- > 0 && !test.failed)
		one_step(steps);
	for (size_t i = 0; i < NR; i++)
		CHECK(right(i), "page %zu holds tag %lu in the end", i, tag[i]);
}

static void worker(void *arg)
{
	random_state = *(uint64_t *)arg;
	p = map_pages(NR);
	offer(p, NR);
	work(STEPS);
}

/* The workers, once from start to end. */
static void stress_round(uint64_t seed)
{
	pid_t pid[WORKERS];

	for (uint64_t i = 0; i < WORKERS; i++) {
		uint64_t own = seed * WORKERS + i;

		pid[i] = child_start(worker, &own);
	}
	for (int i = 0; i < WORKERS; i++)
		child_join(pid[i]);
}

static time_t seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/*
 * Rounds of work with other random numbers each, until one part in `parts` of SECONDS
 * is over; at least one.  mm_check() runs every so many faults.
 */
static void stress(int parts)
{
	const char *seconds = getenv("SECONDS");
	time_t end = seconds_now() + (seconds ? atoi(seconds) : 0) / parts;
	uint64_t seed = test_seed(), round = 0;

	set_knob(KNOB_CHECK_EVERY, CHECK_EVERY);
	do {
		stress_round(seed * 1000000 + round++);
	} while (!test.failed && seconds_now() < end);
	set_knob(KNOB_CHECK_EVERY, 0);
	mg_test_log("# %lu rounds", round);
}
