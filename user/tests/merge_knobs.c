/* SPDX-License-Identifier: MIT */
/*
 * Proves: each knob of the scanner takes the values of its range and reads back
 * what was set; any other value gives EINVAL and changes nothing; the probation
 * knob n and pages_to_scan do what they say.  See mm/README.md, "PKSM".
 *
 * cpus: 1 2 4
 * suite: test
 */
#include "merge.h"

#define PROBATION 40 /* without it, two to three passes are enough */

#define TAG 80

static const struct {
	const char *name;
	enum knob knob;
	unsigned long valid[4], invalid[3];
} knobs[] = {
	{ "run", KNOB_PKSM_RUN, { 0, 1, 2, 0 }, { 3, 100, ~0ul } },
	{ "pages_to_scan", KNOB_PKSM_PAGES_TO_SCAN, { 1, 7, 1 << 20, 100 }, { 0, 1 << 21, ~0ul } },
	{ "sleep_millisecs",
	  KNOB_PKSM_SLEEP_MILLISECS,
	  { 0, 1, 60000, 20 },
	  { 60001, ~0ul, 1ul << 63 } },
	{ "period_seconds", KNOB_PKSM_PERIOD_SECONDS, { 1, 2, 3600, 10 }, { 0, 3601, ~0ul } },
	{ "n", KNOB_PKSM_N, { 0, 1, 255, 3 }, { 256, 1000, ~0ul } },
	{ "max_cpu_percent", KNOB_PKSM_MAX_CPU_PERCENT, { 1, 50, 100, 50 }, { 0, 101, ~0ul } },
	{ "volatile_filter", KNOB_PKSM_VOLATILE_FILTER, { 0, 1, 0, 1 }, { 2, 3, ~0ul } },
	{ "hash_mask_bits", KNOB_HASH_MASK_BITS, { 1, 4, 63, 64 }, { 0, 65, ~0ul } },
};

static void try_values(size_t i)
{
	enum knob knob = knobs[i].knob;

	for (size_t v = 0; v < 4; v++) {
		set_knob(knob, knobs[i].valid[v]);
		CHECK_EQ(mg_kctl(KCTL_GET_KNOB, knob, 0), knobs[i].valid[v], "%s", knobs[i].name);
	}
	for (size_t v = 0; v < 3; v++) {
		CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, knob, knobs[i].invalid[v]), EINVAL);
		CHECK_EQ(mg_kctl(KCTL_GET_KNOB, knob, 0), knobs[i].valid[3], "%s", knobs[i].name);
	}
}

/* How many passes pksmd made until two equal pages were one. */
static uint64_t passes_to_merge(unsigned long n)
{
	uint64_t before;
	char *p;

	set_knob(KNOB_PKSM_N, n);
	settle();
	p = map_filled(2, TAG);
	page_fill(p + PAGE, TAG);
	before = pksm_stat().full_scans;
	offer(p, 2);
	while (!all_merged_of(0, p, 2))
		wait_scans(1);
	before = pksm_stat().full_scans - before;
	unmap_pages(p, 2);
	return before;
}

static void scan_little(void)
{
	uint64_t scanned;

	set_knob(KNOB_PKSM_RUN, 0);
	scanned = pksm_stat().pages_scanned;
	for (int i = 0; i < 100; i++)
		mg_kctl(KCTL_SCAN_NOW, 0, 0);
	CHECK_EQ(pksm_stat().pages_scanned, scanned, "pages scanned with run=0");
}

int main(void)
{
	uint64_t late;

	TEST_BEGIN("each knob takes its range and nothing else");
	for (size_t i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++)
		try_values(i);
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, NR_KNOBS, 1), EINVAL);
	CHECK_ERRNO(mg_kctl(KCTL_GET_KNOB, NR_KNOBS, 0), EINVAL);
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, ~0ul, 1), EINVAL);

	TEST_BEGIN("n passes of probation");
	merge_begin();
	passes_to_merge(0);
	late = passes_to_merge(PROBATION);
	CHECK(late >= PROBATION, "%lu passes with n = %d", late, PROBATION);

	TEST_BEGIN("run=0 stands still");
	scan_little();
	merge_end();
	return TEST_END();
}
