/* SPDX-License-Identifier: MIT */
/*
 * Proves: each of KSM's knobs takes the values of its range and reads back what was
 * set; any other value gives EINVAL and changes nothing; run=0 stands still;
 * pages_to_scan says how many pages a wake-up looks at.  See mm/README.md, "KSM".
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define PAGES	50
#define SHARE	7
#define U32_TOP 0xfffffffful
#define S32_TOP 0x7ffffffful

static const struct {
	const char *name;
	enum knob knob;
	unsigned long valid[4], invalid[3]; /* the last valid one is the default */
} knobs[] = {
	{ "run", KNOB_KSM_RUN, { 1, 2, 1, 0 }, { 3, 100, ~0ul } },
	{ "pages_to_scan",
	  KNOB_KSM_PAGES_TO_SCAN,
	  { 0, 7, U32_TOP, 100 },
	  { U32_TOP + 1, ~0ul, 1ul << 63 } },
	{ "sleep_millisecs",
	  KNOB_KSM_SLEEP_MILLISECS,
	  { 0, 1, U32_TOP, 20 },
	  { U32_TOP + 1, ~0ul, 1ul << 63 } },
	{ "stable_node_chains_prune_millisecs",
	  KNOB_KSM_CHAINS_PRUNE_MILLISECS,
	  { 0, 1, U32_TOP, 2000 },
	  { U32_TOP + 1, ~0ul, 1ul << 63 } },
	{ "merge_across_nodes", KNOB_KSM_MERGE_ACROSS_NODES, { 1, 1, 1, 1 }, { 0, 2, ~0ul } },
	{ "advisor_mode", KNOB_KSM_ADVISOR_MODE, { 0, 0, 0, 0 }, { 1, 2, ~0ul } },
	{ "use_zero_pages", KNOB_KSM_USE_ZERO_PAGES, { 0, 1, 1, 0 }, { 2, 3, ~0ul } },
	{ "max_page_sharing",
	  KNOB_KSM_MAX_PAGE_SHARING,
	  { 2, 3, S32_TOP, 256 },
	  { 0, 1, S32_TOP + 1 } },
	{ "smart_scan", KNOB_KSM_SMART_SCAN, { 0, 1, 0, 1 }, { 2, 3, ~0ul } },
	{ "checksum_first", KNOB_KSM_CHECKSUM_FIRST, { 0, 1, 1, 0 }, { 2, 3, ~0ul } },
	{ "order", KNOB_KSM_ORDER, { 0, 1, 0, 1 }, { 2, 3, ~0ul } },
	{ "volatile_filter", KNOB_KSM_VOLATILE_FILTER, { 0, 1, 1, 0 }, { 2, 3, ~0ul } },
};

static long get_knob(enum knob knob)
{
	return mg_kctl(KCTL_GET_KNOB, knob, 0);
}

static void try_values(size_t i)
{
	enum knob knob = knobs[i].knob;

	CHECK_EQ(get_knob(knob), knobs[i].valid[3], "%s at the start", knobs[i].name);
	for (size_t v = 0; v < 4; v++) {
		set_knob(knob, knobs[i].valid[v]);
		CHECK_EQ(get_knob(knob), knobs[i].valid[v], "%s", knobs[i].name);
	}
	for (size_t v = 0; v < 3; v++) {
		CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, knob, knobs[i].invalid[v]), EINVAL);
		CHECK_EQ(get_knob(knob), knobs[i].valid[3], "%s", knobs[i].name);
	}
}

/* What is refused while pages are merged, and what is not. */
static void try_frozen(void)
{
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, KNOB_KSM_ORDER, 0), EBUSY);
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, KNOB_KSM_MAX_PAGE_SHARING, 17), EBUSY);
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, KNOB_KSM_MAX_PAGE_SHARING, 1), EINVAL);
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, KNOB_HASH_MASK_BITS, 4), EBUSY);
	CHECK_EQ(get_knob(KNOB_KSM_ORDER), 1, "order");
	CHECK_EQ(get_knob(KNOB_KSM_MAX_PAGE_SHARING), 256, "max_page_sharing");
	CHECK_EQ(get_knob(KNOB_HASH_MASK_BITS), 64, "hash_mask_bits");
	set_knob(KNOB_KSM_USE_ZERO_PAGES, 1);
	set_knob(KNOB_KSM_USE_ZERO_PAGES, 0);
}

static void stand_still(void)
{
	uint64_t scanned;

	set_knob(KNOB_KSM_RUN, 0);
	scanned = ksm_stat().pages_scanned;
	for (int i = 0; i < 100; i++)
		mg_kctl(KCTL_SCAN_NOW, 0, 0);
	CHECK_EQ(ksm_stat().pages_scanned, scanned, "pages scanned with run=0");
}

/* ksmd is woken by a kick alone: what one wake-up does can be told. */
static void scan_little(void)
{
	struct kstat_ksm before;
	long idle;

	set_knob(KNOB_KSM_PAGES_TO_SCAN, SHARE);
	set_knob(KNOB_KSM_SLEEP_MILLISECS, 60000);
	idle = event_count(EV_scan_idle);
	set_knob(KNOB_KSM_RUN, 1);
	wait_asleep(event_count(EV_scan_idle) > idle, "ksmd's first wake-up is over");
	for (int i = 0; i < PAGES / SHARE - 2; i++) {
		idle = event_count(EV_scan_idle);
		before = ksm_stat();
		mg_kctl(KCTL_SCAN_NOW, 0, 0);
		wait_asleep(event_count(EV_scan_idle) > idle, "ksmd's wake-up is over");
		CHECK(ksm_stat().pages_scanned - before.pages_scanned <= SHARE,
		      "%lu pages in a wake-up", ksm_stat().pages_scanned - before.pages_scanned);
		CHECK(ksm_stat().full_scans - before.full_scans <= 1, "full scans");
	}
}

int main(void)
{
	char *p;

	TEST_BEGIN("each knob takes its range and nothing else");
	for (size_t i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++)
		try_values(i);

	TEST_BEGIN("what is frozen while pages are merged");
	ksm_begin();
	p = map_same(PAGES, 'k');
	check_counts("equal pages", 1, PAGES - 1, 0);
	try_frozen();
	check_counts("equal pages, later", 1, PAGES - 1, 0);

	TEST_BEGIN("run=0 stands still");
	stand_still();

	TEST_BEGIN("pages_to_scan, settled pages too");
	scan_little();
	ksm_end();
	unmap_pages(p, PAGES);
	return TEST_END();
}
