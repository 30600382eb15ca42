/* SPDX-License-Identifier: MIT */
/*
 * Proves: each single allocation that ksmd makes while it scans and merges - items,
 * nodes, records - may fail: the page is tried again in a later scan, the counters end
 * as if nothing had been, and no byte is lost.  See mm/merge/ksm/ksm.c.
 *
 * cpus: 1 2
 * suite: test
 */
#include "ksm.h"

#define EQUAL	4
#define PAIRS	3
#define NTH_MAX 200

static char *same, *pairs;

static bool contents_are_right(void)
{
	bool right = all_bytes(same, EQUAL, 's');

	for (size_t i = 0; i < 2 * PAIRS; i++)
		right = right && page_holds(pairs + i * PAGE, i / 2);
	return right;
}

int main(void)
{
	unsigned long n;
	bool met = true;

	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0), "prctl: %s", strerror(errno));
	ksm_begin();
	same = map_same(EQUAL, 's');
	pairs = map_pages(2 * PAIRS);
	for (size_t i = 0; i < 2 * PAIRS; i++)
		page_fill(pairs + i * PAGE, i / 2);
	offer(pairs, 2 * PAIRS);

	TEST_BEGIN("each allocation of ksmd fails once");
	for (n = 1; met && n < NTH_MAX; n++) {
		set_knob(KNOB_KSM_RUN, 2);
		mg_kctl(KCTL_DRAIN, 0, 0); /* no stock of objects that would hide the failure */
		mg_kctl(KCTL_FAIL_NTH, n, 1);
		set_knob(KNOB_KSM_RUN, 1);
		check_counts("afterwards", 1 + PAIRS, EQUAL - 1 + PAIRS, 0);
		met = !mg_kctl(KCTL_FAIL_NTH, 0, 1);
		CHECK(contents_are_right(), "n=%lu: contents", n);
		check_mm();
	}
	CHECK(n > EQUAL && n < NTH_MAX, "%lu allocations failed", n - 2);
	unmap_pages(same, EQUAL);
	unmap_pages(pairs, 2 * PAIRS);
	ksm_end();
	return TEST_END();
}
