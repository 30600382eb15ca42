/* SPDX-License-Identifier: MIT */
/*
 * Proves: processes that write, read, fork, exit, unmap, protect, drop, offer
 * and withdraw pages at random, with few different contents so that pksmd merges
 * them all the time, keep every byte; in a debug build mm_check() runs every
 * fifty faults besides.  See mm/README.md, "Merging".
 *
 * cpus: 1 2 4
 * timeout: 120
 * seconds: 60 3600
 * suite: test
 */
#include "stress.h"

#define MERGES 500 /* at least, meanwhile */

int main(void)
{
	uint64_t merges;

	merge_begin();
	merges = pksm_stat().merges;
	TEST_BEGIN("random work while everything merges");
	stress(1);
	merges = pksm_stat().merges - merges;
	CHECK(merges >= MERGES, "%lu merges meanwhile", merges);
	mg_test_log("# %lu merges, %ld breaks", merges, event_count(EV_break_cow));
	check_mm();
	merge_end();
	return TEST_END();
}
