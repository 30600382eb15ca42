/* SPDX-License-Identifier: MIT */
/*
 * Proves: a reader that spins over a page while it is replaced reads the same
 * bytes throughout: when the old frame is free and holds somebody else's bytes,
 * no CPU has a translation to it.  See mm/merge/engine/join.c, step 6.
 *
 * cpus: 1 2 4
 * mem: 128M
 */
#include "merge.h"

#define TAG	   20
#define ROUNDS	   4
#define TRIES	   20	/* rounds at most: a round counts if the old frame was used again */
#define SPARE	   4096 /* frames that the first handful leaves; the next half of it */
#define HANDFULS   3
#define MAX_FRAMES 0x10000

static char *p;
static uint64_t expected[PAGE / 8];

static size_t count_foreign(void)
{
	size_t foreign = 0;

	for (size_t i = 0; i < PAGE / 8; i++)
		foreign += ((volatile uint64_t *)p)[i] != expected[i];
	return foreign;
}

/* Reads the page over and over; step_page.at counts how often, from 2 on. */
static void reader(void *arg)
{
	size_t foreign = 0;

	(void)arg;
	run_on_cpu((int)mem_stat().nr_cpus - 1);
	page_fill(expected, TAG);
	page_fill(p, TAG);
	step(1);
	offer(p, 1);
	while (step_page.go < 2) {
		foreign += count_foreign();
		step_page.at++;
	}
	CHECK_EQ(foreign, 0, "words of other pages that the reader saw");
}

/* Takes all free frames but `spare`, and writes to each. */
static void take_frames(char **q, size_t *pages, size_t spare)
{
	size_t free = (size_t)free_frames();

	*pages = free > spare ? free - spare : 0;
	*q = *pages ? map_pages(*pages) : NULL;
	for (size_t i = 0; i < *pages; i++)
		(*q)[i * PAGE] = 1;
}

/* Whether somebody owns the frame: a page table of the kernel's holds other bytes as well. */
static bool is_owned(uint64_t pfn)
{
	static uint8_t state[MAX_FRAMES];
	ssize_t got = mg_kstat(KSTAT_FRAMES, state, sizeof(state));

	CHECK(got > (ssize_t)pfn, "the frame's state");
	return state[pfn] != FR_FREE;
}

/* Takes nearly all free frames, those that CPUs keep for themselves included. */
static bool reuse_frame(uint64_t pfn)
{
	char *q[HANDFULS];
	size_t pages[HANDFULS], n = 0;
	bool owned = false;

	for (; n < HANDFULS && !owned; n++) {
		take_frames(&q[n], &pages[n], SPARE >> n);
		owned = is_owned(pfn);
	}
	while (n--)
		if (pages[n])
			unmap_pages(q[n], pages[n]);
	return owned;
}

static void read_on(pid_t pid, long times)
{
	step_wait(pid, peek_step(pid) + times);
}

/* One round; whether the old frame has had another owner while the reader read on. */
static bool replace_under_reader(const char *twin)
{
	uint64_t old;
	bool reused;
	pid_t pid = child_start(reader, NULL);

	step_wait(pid, 1);
	old = vmq_of(pid, p).pfn;
	hold(EV_compare, 0);
	step_go(pid, 1);
	wait_held_asleep(EV_compare);
	read_on(pid, 2); /* the translation to the old frame is in use */
	release(EV_compare);
	wait_asleep(vmq_of(pid, p).pfn == vmq(twin).pfn, "the page was replaced");
	reused = reuse_frame(old);
	read_on(pid, 4);
	step_go(pid, 2);
	child_join(pid);
	return reused;
}

int main(void)
{
	int reused = 0;
	char *twin;

	merge_begin();
	run_on_cpu(0);
	twin = make_merged(TAG);
	p = map_pages(1);
	settle();
	TEST_BEGIN("a reader never sees the old frame's next owner");
	for (int i = 0; i < TRIES && reused < ROUNDS; i++)
		reused += replace_under_reader(twin);
	CHECK_EQ(reused, ROUNDS, "rounds in which the old frame was used again");
	check_mm();
	unmap_pages(p, 1);
	unmap_pages(twin, 2);
	merge_end();
	return TEST_END();
}
