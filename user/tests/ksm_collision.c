/* SPDX-License-Identifier: MIT */
/*
 * Proves: with order=hash and hashes cut to 4 bits, so that most pages collide, ksmd
 * merges pages of equal bytes, all of them, and no others, with either filter.
 * See mm/README.md, "Merging", and mm/merge/engine/key.c.
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define PAIRS 48

static void check_pairs(const char *a, const char *b, const char *single)
{
	for (size_t i = 0; i < PAIRS; i++) {
		check_merged_of(0, a + i * PAGE, 2);
		CHECK_EQ(vmq(a + i * PAGE).pfn, vmq(b + i * PAGE).pfn, "frames of pair %zu", i);
		check_private(single + i * PAGE);
	}
	check_holds(a, PAIRS, 0);
	check_holds(b, PAIRS, 0);
	check_holds(single, PAIRS, 1000);
}

static void one_filter(const char *name, unsigned long filter)
{
	uint64_t collisions = ksm_stat().hash_collisions;
	char *a, *b, *single;

	TEST_BEGIN(name);
	set_knob(KNOB_KSM_ORDER, 0);
	set_knob(KNOB_KSM_VOLATILE_FILTER, filter);
	set_knob(KNOB_HASH_MASK_BITS, 4);
	ksm_begin();
	a = map_offered(PAIRS, 0);
	b = map_offered(PAIRS, 0);
	single = map_offered(PAIRS, 1000);
	check_counts("pairs and singles", PAIRS, PAIRS, PAIRS);
	check_pairs(a, b, single);
	collisions = ksm_stat().hash_collisions - collisions;
	CHECK(collisions >= PAIRS, "%lu collisions", collisions);
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, KNOB_HASH_MASK_BITS, 64), EBUSY);
	ksm_end();
	set_knob(KNOB_HASH_MASK_BITS, 64);
	check_holds(a, PAIRS, 0);
	unmap_pages(a, PAIRS);
	unmap_pages(b, PAIRS);
	unmap_pages(single, PAIRS);
}

int main(void)
{
	one_filter("checksum filter", 0);
	one_filter("dirty filter", 1);
	return TEST_END();
}
