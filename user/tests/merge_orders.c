/* SPDX-License-Identifier: MIT */
/*
 * Proves: PKSM merges in both key orders and with both filters; a merged page takes
 * no more than max_page_sharing records, equal pages beyond that get a frame of their
 * own; a candidate that has been written leaves the tree within period_seconds.
 * See mm/README.md, "Merging".
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define PAIRS 40
#define SAME  10
#define ROOM  3

static bool all_pairs_merged(const char *p)
{
	return all_merged_of(0, p, 2 * PAIRS);
}

/* Pages i and PAIRS + i are equal; their first 4,000 bytes are those of all. */
static char *map_pairs(void)
{
	char *p = map_pages(2 * PAIRS);

	for (size_t i = 0; i < 2 * PAIRS; i++) {
		memset(p + i * PAGE, 'c', PAGE);
		*(uint64_t *)(p + i * PAGE + 4000) = i % PAIRS;
	}
	offer(p, 2 * PAIRS);
	return p;
}

static void check_pairs(const char *p)
{
	for (size_t i = 0; i < PAIRS; i++) {
		CHECK_EQ(vmq(p + i * PAGE).pfn, vmq(p + (PAIRS + i) * PAGE).pfn, "pair %zu", i);
		CHECK_EQ(*(const uint64_t *)(p + i * PAGE + 4000), i, "pair %zu", i);
		check_merged_of(0, p + i * PAGE, 2);
	}
	CHECK_EQ(pksm_stat().pages_shared, PAIRS, "merged frames");
	CHECK_EQ(pksm_stat().pages_sharing, PAIRS, "frames saved");
}

static void in_order(const char *name, unsigned long order, unsigned long filter)
{
	char *p;

	TEST_BEGIN(name);
	set_knob(KNOB_PKSM_ORDER, order);
	set_knob(KNOB_PKSM_VOLATILE_FILTER, filter);
	merge_begin();
	p = map_pairs();
	wait_asleep(all_pairs_merged(p), "all pairs were merged");
	check_pairs(p);
	check_mm();
	unmap_pages(p, 2 * PAIRS);
	merge_end();
}

/* Equal pages, three to a frame; the tenth finds no partner and no room. */
static void with_room(unsigned long order)
{
	struct kstat_pksm st;
	char *p;

	TEST_BEGIN(order ? "max_page_sharing, order=bytes" : "max_page_sharing, order=hash");
	set_knob(KNOB_PKSM_ORDER, order);
	set_knob(KNOB_PKSM_VOLATILE_FILTER, 1);
	set_knob(KNOB_PKSM_MAX_PAGE_SHARING, ROOM);
	merge_begin();
	p = map_pages(SAME);
	memset(p, 's', SAME * PAGE);
	offer(p, SAME);
	wait_asleep(pksm_stat().pages_sharing == SAME / ROOM * (ROOM - 1),
		    "all that can merge has");
	settle();
	st = pksm_stat();
	CHECK_EQ(st.pages_shared, SAME / ROOM, "merged frames");
	CHECK_EQ(st.pages_sharing, SAME / ROOM * (ROOM - 1), "frames saved");
	CHECK_EQ(st.pages_unshared, SAME % ROOM, "candidates");
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_MAX_PAGE_SHARING, ROOM + 1), EBUSY);
	check_mm();
	unmap_pages(p, SAME);
	merge_end();
	set_knob(KNOB_PKSM_MAX_PAGE_SHARING, 1ul << 20);
}

static void recheck(void)
{
	long changed;
	char *p;

	TEST_BEGIN("a written candidate is found out");
	set_knob(KNOB_PKSM_ORDER, 0);
	set_knob(KNOB_PKSM_PERIOD_SECONDS, 1);
	merge_begin();
	p = map_offered(PAIRS, 1000);
	wait_asleep(pksm_stat().pages_unshared == PAIRS, "all pages are candidates");
	changed = event_count(EV_volatile_page);
	for (size_t i = 0; i < PAIRS; i++)
		page_fill(p + i * PAGE, 7);
	wait_asleep(event_count(EV_volatile_page) - changed >= PAIRS,
		    "all were found to have changed");
	wait_merged(p, PAIRS);
	CHECK_EQ(pksm_stat().pages_shared, 1, "merged frames");
	unmap_pages(p, PAIRS);
	merge_end();
}

int main(void)
{
	in_order("order=hash, dirty filter", 0, 1);
	in_order("order=hash, checksum filter", 0, 0);
	in_order("order=bytes, dirty filter", 1, 1);
	in_order("order=bytes, checksum filter", 1, 0);
	with_room(0);
	with_room(1);
	recheck();
	return TEST_END();
}
