/* SPDX-License-Identifier: MIT */
/*
 * Proves: smart_scan skips pages that failed to merge for some scans, counts them in
 * pages_skipped, and merges them all the same when they become equal; without it
 * nothing is skipped; merged pages never are.  See mm/README.md, "KSM".
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define N 10

/* Full scans until the page of p has been skipped for the first time. */
static uint64_t scans_until_skipped(void)
{
	uint64_t start = ksm_stat().full_scans;

	wait_asleep(ksm_stat().pages_skipped > 0, "a page was skipped");
	return ksm_stat().full_scans - start;
}

/* Two of each content of p, of one age: they meet, and the older ones join them. */
static char *map_pairs(void)
{
	char *q = map_pages(2 * N);

	for (size_t i = 0; i < 2 * N; i++)
		page_fill(q + i * PAGE, i / 2);
	offer(q, 2 * N);
	return q;
}

int main(void)
{
	uint64_t skipped;
	char *p, *q;

	TEST_BEGIN("without smart_scan nothing is skipped");
	ksm_begin();
	p = map_offered(N, 0);
	wait_full_scans(20);
	CHECK_EQ(ksm_stat().pages_skipped, 0, "pages_skipped");
	CHECK_EQ(ksm_stat().pages_unshared, N, "pages_unshared");

	TEST_BEGIN("with smart_scan pages that do not merge are skipped");
	set_knob(KNOB_KSM_SMART_SCAN, 1);
	CHECK(scans_until_skipped() >= 1, "not in the first scan");
	wait_full_scans(30);
	skipped = ksm_stat().pages_skipped;
	CHECK(skipped >= 10 * N, "%lu skipped in 30 scans of %d pages", skipped, N);

	TEST_BEGIN("and still merge");
	q = map_pairs();
	wait_merged(p, N);
	wait_merged(q, 2 * N);
	for (size_t i = 0; i < N; i++)
		check_merged_of(0, p + i * PAGE, 3);

	TEST_BEGIN("merged pages are not skipped");
	wait_full_scans(2);
	skipped = ksm_stat().pages_skipped;
	wait_full_scans(10);
	CHECK_EQ(ksm_stat().pages_skipped, skipped, "pages_skipped when all is merged");
	ksm_end();
	unmap_pages(p, N);
	unmap_pages(q, 2 * N);
	return TEST_END();
}
