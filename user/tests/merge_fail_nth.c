/* SPDX-License-Identifier: MIT */
/*
 * Proves: parting under a shortage of memory – MADV_UNMERGEABLE, prctl, run=2 –
 * reports ENOMEM (EAGAIN if an area could not be split) at each single allocation
 * that fails, leaves all contents and counts right, and can be repeated; a merge
 * that gets no memory for its record is tried again.  See mm/merge/engine/part.c, invariant 3,
 * break_ksm_range() and, for merged zero pages, break_mm().
 *
 * cpus: 1 2 4
 * suite: test
 */
#include "merge.h"

#define NR	6
#define TAG	90
#define NTH_MAX 100

static char *p, *twin, *zeros;

static int try_unmergeable(void)
{
	return madvise(p, NR * PAGE, MADV_UNMERGEABLE) ? errno : 0;
}

static int try_prctl(void)
{
	return prctl(PR_SET_MEMORY_MERGE, 0) ? errno : 0;
}

static int try_run_2(void)
{
	return mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 2) ? errno : 0;
}

static void check_contents(int nth)
{
	for (size_t i = 0; i < NR; i++) {
		CHECK(page_holds(p + i * PAGE, TAG + i), "n=%d: page %zu", nth, i);
		CHECK(page_holds(twin + i * PAGE, TAG + i), "n=%d: twin %zu", nth, i);
	}
}

/* A merged page alone may be on trial, and be parted again at any moment. */
static bool all_paired(void)
{
	for (size_t i = 0; i < NR; i++)
		if (!is_merged_of(0, p + i * PAGE) || vmq(p + i * PAGE).mapcount != 2 ||
		    !(vmq(zeros + i * PAGE).flags & VMQ_ZERO))
			return false;
	return true;
}

static void merge_again(void)
{
	set_knob(KNOB_PKSM_RUN, 1);
	offer(p, NR);
	offer(twin, NR);
	memset(zeros, 0, NR * PAGE);
	offer(zeros, NR);
	wait_asleep(all_paired(), "each page was merged with its twin");
}

/*
 * Fails allocation 1, 2, 3, … of the attempt until it has fewer.  One that fails
 * may be tolerated: a CPU's stock of objects is just filled less.
 */
static void fail_each(const char *what, int (*attempt)(void))
{
	bool met = true;
	int err, nth;

	TEST_BEGIN(what);
	for (nth = 1; met && nth < NTH_MAX; nth++) {
		merge_again();
		if (attempt == try_prctl) /* which takes away what 1 has offered */
			CHECK(!prctl(PR_SET_MEMORY_MERGE, 1), "prctl: %s", strerror(errno));
		mg_kctl(KCTL_FAIL_NTH, (unsigned long)nth, 0);
		err = attempt();
		met = !mg_kctl(KCTL_FAIL_NTH, 0, 0);
		CHECK(met || !err, "n=%d: %s without a failure", nth, strerror(err));
		CHECK(!err || err == ENOMEM || err == EAGAIN, "n=%d: %s", nth, strerror(err));
		check_contents(nth);
		check_mm();
		if (err)
			CHECK_EQ(attempt(), 0, "n=%d: repeated", nth);
		for (size_t i = 0; i < NR; i++) {
			check_private(p + i * PAGE);
			if (attempt == try_run_2)
				check_private(zeros + i * PAGE);
		}
		check_contents(nth);
	}
	CHECK(nth > NR && nth < NTH_MAX, "%d allocations failed", nth - 2);
}

static void fail_records(void)
{
	TEST_BEGIN("merges that get no memory for their record");
	for (unsigned long n = 1; n <= NR; n++) {
		set_knob(KNOB_PKSM_RUN, 2);
		mg_kctl(KCTL_FAIL_EVENT, EV_append, n);
		merge_again();
		check_contents((int)n);
		check_mm();
	}
	mg_kctl(KCTL_FAIL_EVENT, EV_append, 0);
}

/*
 * Each allocation that pksmd makes while it merges fails once, until a round needs
 * fewer: records, nodes, whatever it is.  The merge is tried again, nothing is lost.
 */
static void fail_scanner(void)
{
	unsigned long n;
	bool met = true;

	TEST_BEGIN("each allocation of the scanner");
	for (n = 1; met && n < NTH_MAX; n++) {
		set_knob(KNOB_PKSM_RUN, 2);
		mg_kctl(KCTL_DRAIN, 0, 0); /* no stock of objects that would hide the failure */
		mg_kctl(KCTL_FAIL_NTH, n, 1);
		merge_again();
		met = !mg_kctl(KCTL_FAIL_NTH, 0, 1);
		check_contents((int)n);
		check_mm();
	}
	CHECK(n > 3 && n < NTH_MAX, "%lu allocations failed", n - 2);
}

int main(void)
{
	merge_begin();
	p = map_filled(NR, TAG);
	twin = map_filled(NR, TAG);
	zeros = map_pages(NR);
	fail_each("MADV_UNMERGEABLE", try_unmergeable);
	fail_each("prctl(PR_SET_MEMORY_MERGE, 0)", try_prctl);
	fail_each("run=2", try_run_2);
	fail_records();
	fail_scanner();
	unmap_pages(p, NR);
	unmap_pages(twin, NR);
	unmap_pages(zeros, NR);
	merge_end();
	return TEST_END();
}
