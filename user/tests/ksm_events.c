/* SPDX-License-Identifier: MIT */
/*
 * Proves: Linux's tracepoints of KSM are events here, and each passes when it should:
 * an address space enters and leaves, scans start and stop, pages are tried one by one,
 * sites and nodes go.  See kernel/core/event.tbl.
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define N 8

static long count_of(enum event_id id)
{
	return event_count(id);
}

static void holder(void *arg)
{
	char *p = map_same(N, 'h');

	(void)arg;
	step(1);
	p[0] = 'x';
	step(2);
}

/* Counted while ksmd stands still. */
static void check_scans(void)
{
	uint64_t scans;
	long start, stop;

	set_knob(KNOB_KSM_RUN, 0);
	scans = ksm_stat().full_scans;
	stop = count_of(EV_ksm_stop_scan);
	set_knob(KNOB_KSM_RUN, 1);
	wait_full_scans(3);
	set_knob(KNOB_KSM_RUN, 0);
	start = count_of(EV_ksm_start_scan) - count_of(EV_ksm_stop_scan);
	CHECK(start == 0 || start == 1, "%ld scans are under way", start);
	CHECK_EQ(count_of(EV_ksm_stop_scan) - stop, ksm_stat().full_scans - scans, "scans ended");
	CHECK_EQ(count_of(EV_ksm_advisor), count_of(EV_ksm_stop_scan), "advisor's looks");
	set_knob(KNOB_KSM_RUN, 1);
}

int main(void)
{
	long enter, leave = count_of(EV_ksm_exit);
	long one = count_of(EV_ksm_merge_one_page), with = count_of(EV_ksm_merge_with_ksm_page);
	long sites = count_of(EV_ksm_remove_rmap_item), nodes = count_of(EV_ksm_remove_ksm_page);
	pid_t pid;

	ksm_begin();
	enter = count_of(EV_ksm_enter);
	TEST_BEGIN("enter, merge");
	pid = child_start(holder, NULL);
	step_wait(pid, 1);
	CHECK_EQ(count_of(EV_ksm_enter) - enter, 1, "address spaces that entered");
	check_counts("one content", 1, N - 1, 0);
	CHECK(count_of(EV_ksm_merge_with_ksm_page) - with >= N - 1,
	      "pages tried with a merged one");
	CHECK(count_of(EV_ksm_merge_one_page) - one >= N - 2, "mappings tried one by one");
	TEST_BEGIN("scans start and stop");
	check_scans();
	TEST_BEGIN("a site goes, then all, and the node");
	step_go(pid, 1);
	step_wait(pid, 2);
	wait_full_scans(2);
	CHECK_EQ(count_of(EV_ksm_remove_rmap_item) - sites, 1, "sites that went");
	step_go(pid, 2);
	child_join(pid);
	CHECK_EQ(count_of(EV_ksm_exit) - leave, 1, "address spaces that left");
	ksm_end();
	CHECK_EQ(count_of(EV_ksm_remove_rmap_item) - sites, N, "sites that went");
	CHECK_EQ(count_of(EV_ksm_remove_ksm_page) - nodes, 1, "nodes that went");
	return TEST_END();
}
