/* SPDX-License-Identifier: MIT */
/*
 * Proves: what merge_stress proves of pksmd, for ksmd: under random work while
 * everything merges every byte is kept, in both key orders and with both filters,
 * and with chains of duplicates.  See mm/README.md, "KSM".
 *
 * cpus: 1 2 4
 * timeout: 120
 * seconds: 60 3600
 * suite: test
 */
#include "stress.h"
#include "ksm.h"

#define MERGES 100 /* at least, meanwhile */

static void one_way(const char *name, unsigned long order, unsigned long filter, unsigned long most)
{
	uint64_t merges;

	TEST_BEGIN(name);
	set_knob(KNOB_KSM_ORDER, order);
	set_knob(KNOB_KSM_VOLATILE_FILTER, filter);
	set_knob(KNOB_KSM_MAX_PAGE_SHARING, most);
	set_knob(KNOB_KSM_USE_ZERO_PAGES, filter);
	ksm_begin();
	merges = ksm_stat().merges;
	stress(2);
	merges = ksm_stat().merges - merges;
	CHECK(merges >= MERGES, "%lu merges meanwhile", merges);
	mg_test_log("# %lu merges, %ld breaks", merges, event_count(EV_break_cow));
	ksm_end();
}

int main(void)
{
	one_way("order=bytes, checksum filter, chains of 3", 1, 0, 3);
	one_way("order=hash, dirty filter, zero pages", 0, 1, 256);
	return TEST_END();
}
