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

/* One full scan: ksmd sleeps for long, and is kicked. */
static void one_scan(void)
{
	long idle = event_count(EV_scan_idle);

	mg_kctl(KCTL_SCAN_NOW, 0, 0);
	wait_asleep(event_count(EV_scan_idle) > idle, "ksmd's wake-up is over");
}

/*
 * Linux's rule, of one page that never merges: it is visited in scans 0, 1, 2 and 3, then
 * rests for 1 scan, at age 5 for 2, at age 8 for 4, from 13 on for 8.
 */
static uint64_t visits_in(uint64_t scans)
{
	static const uint64_t visited[] = { 0, 1, 2, 3, 5, 8, 13 };
	uint64_t n = 0;

	while (n < 7 && visited[n] < scans)
		n++;
	for (uint64_t k = 22; k < scans; k += 9)
		n++;
	return n;
}

/* Counters are read between two wake-ups, and a wake-up is a full scan. */
static void check_ages(void)
{
	char *p = map_offered(1, 77);
	uint64_t scans, skipped;
	struct kstat_ksm st;

	TEST_BEGIN("rests by age");
	set_knob(KNOB_KSM_SMART_SCAN, 0);
	ksm_begin();
	wait_asleep(ksm_stat().pages_unshared == 1, "the page is a candidate");
	set_knob(KNOB_KSM_RUN, 0);
	set_knob(KNOB_KSM_SLEEP_MILLISECS, 1000000);
	set_knob(KNOB_KSM_SMART_SCAN, 1);
	scans = ksm_stat().full_scans;
	skipped = ksm_stat().pages_skipped;
	set_knob(KNOB_KSM_RUN, 1);
	do {
		one_scan();
		st = ksm_stat();
		st.full_scans -= scans;
		CHECK_EQ(st.pages_skipped - skipped, st.full_scans - visits_in(st.full_scans),
			 "rests in %lu scans", st.full_scans);
	} while (st.full_scans <= 45 && !test.failed);
	ksm_end();
	unmap_pages(p, 1);
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
	check_ages();
	return TEST_END();
}
