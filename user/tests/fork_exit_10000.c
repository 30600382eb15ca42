/* SPDX-License-Identifier: MIT */
/*
 * Proves: ten thousand processes come and go while pksmd merges their pages, and
 * nothing of them is left.  See mm/README.md, "PKSM".
 *
 * cpus: 1 2 4
 * cmdline: scanner=pksm
 * timeout: 180
 * suite: test
 */
#include "test.h"

#define ROUNDS	  10000
#define NR_SHARED 8

static char *p;

/* Each child writes something that others write too, and something of its own. */
static void child(void *arg)
{
	uint64_t round = *(uint64_t *)arg;

	page_fill(p, 7);
	page_fill(p + PAGE, round);
	CHECK(page_holds(p + 2 * PAGE, 2), "round %lu: page 2 holds the parent's bytes", round);
}

int main(void)
{
	long frames;

	p = map_pages(NR_SHARED);
	for (size_t i = 0; i < NR_SHARED; i++)
		page_fill(p + i * PAGE, i % 3);
	set_knob(KNOB_PKSM_RUN, 1);

	TEST_BEGIN("10,000 fork and exit with pksmd running");
	for (uint64_t round = 0; round < 100; round++)
		child_join(child_start(child, &round));
	frames = free_frames();
	for (uint64_t round = 0; round < ROUNDS && !test.failed; round++)
		child_join(child_start(child, &round));
	set_knob(KNOB_PKSM_RUN, 2);
	for (size_t i = 0; i < NR_SHARED; i++)
		CHECK(page_holds(p + i * PAGE, i % 3), "page %zu kept its bytes", i);
	/* frames was taken with some of our pages merged; all are parted now */
	CHECK(free_frames() >= frames - NR_SHARED, "free frames %ld, before %ld", free_frames(),
	      frames);
	check_mm();
	unmap_pages(p, NR_SHARED);
	return TEST_END();
}
