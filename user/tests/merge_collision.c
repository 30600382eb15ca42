/* SPDX-License-Identifier: MIT */
/*
 * Proves: with hashes cut to 4 bits, so that most pages collide, only pages of
 * equal bytes are merged, all of them are, and collisions are counted.
 * See mm/README.md, "Merging", and mm/merge/engine/key.c.
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define PAIRS 48

int main(void)
{
	struct kstat_pksm before, after;
	char *a, *b, *single;

	set_knob(KNOB_HASH_MASK_BITS, 4);
	merge_begin();
	before = pksm_stat();

	TEST_BEGIN("of pages with equal hashes only equal pages merge");
	a = map_offered(PAIRS, 0);
	b = map_offered(PAIRS, 0);
	single = map_offered(PAIRS, 1000);
	wait_merged(a, PAIRS);
	wait_merged(b, PAIRS);
	settle();
	for (size_t i = 0; i < PAIRS; i++) {
		check_merged_of(0, a + i * PAGE, 2);
		CHECK_EQ(vmq(a + i * PAGE).pfn, vmq(b + i * PAGE).pfn, "frames of pair %zu", i);
		check_private(single + i * PAGE);
	}
	check_holds(a, PAIRS, 0);
	check_holds(b, PAIRS, 0);
	check_holds(single, PAIRS, 1000);
	after = pksm_stat();
	CHECK_EQ(after.pages_sharing - before.pages_sharing, PAIRS, "frames saved");
	CHECK_EQ(after.pages_shared - before.pages_shared, PAIRS, "merged frames");
	CHECK(after.hash_collisions - before.hash_collisions >= PAIRS, "%lu collisions",
	      after.hash_collisions - before.hash_collisions);
	check_mm();

	TEST_BEGIN("the hash in force cannot change under merged pages");
	CHECK_ERRNO(mg_kctl(KCTL_SET_KNOB, KNOB_HASH_MASK_BITS, 64), EBUSY);
	CHECK_EQ(mg_kctl(KCTL_GET_KNOB, KNOB_HASH_MASK_BITS, 0), 4, "HASH_MASK_BITS");
	merge_end();
	set_knob(KNOB_HASH_MASK_BITS, 64);
	check_holds(a, PAIRS, 0);
	check_holds(b, PAIRS, 0);
	unmap_pages(a, PAIRS);
	unmap_pages(b, PAIRS);
	unmap_pages(single, PAIRS);
	return TEST_END();
}
