/* SPDX-License-Identifier: MIT */
/*
 * What the KSM tests have in common: ksmd without pause, waits on its own counters.
 * Only what is offered is scanned.
 */
#pragma once

#include "merge.h"

static inline struct kstat_ksm ksm_stat(void)
{
	struct kstat_ksm st = { 0 };

	CHECK(mg_kstat(KSTAT_KSM, &st, sizeof(st)) == sizeof(st), "kstat: %s", strerror(errno));
	return st;
}

/* This process's KSM figures. */
static inline struct kstat_proc ksm_stat_of(pid_t pid)
{
	static struct kstat_proc proc[256];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == pid)
			return proc[i];
	return (struct kstat_proc){ .pid = -1 };
}

static inline void ksm_fast(void)
{
	set_knob(KNOB_KSM_SLEEP_MILLISECS, 0);
	set_knob(KNOB_KSM_PAGES_TO_SCAN, 1000000);
	set_knob(KNOB_KSM_SMART_SCAN, 0);
	set_knob(KNOB_KSM_RUN, 1);
}

/*
 * One area that is never touched: ksmd goes round although everything else is unmapped or refuses.
 */
static inline void keep_scanning(void)
{
	static char *area;

	if (!area)
		area = map_pages(1);
	CHECK(!madvise(area, PAGE, MADV_MERGEABLE), "MADV_MERGEABLE: %s", strerror(errno));
}

static inline void ksm_begin(void)
{
	ksm_fast();
	keep_scanning();
}

static inline void ksm_end(void)
{
	struct kstat_ksm st;

	set_knob(KNOB_KSM_RUN, 2);
	st = ksm_stat();
	CHECK_EQ(st.pages_shared, 0, "pages_shared after run=2");
	CHECK_EQ(st.pages_sharing, 0, "pages_sharing after run=2");
	CHECK_EQ(st.pages_unshared, 0, "pages_unshared after run=2");
	CHECK_EQ(st.pages_volatile, 0, "pages_volatile after run=2");
	CHECK_EQ(st.zero_pages, 0, "ksm_zero_pages after run=2");
	set_knob(KNOB_KSM_RUN, 0);
	check_mm();
}

/* Waits until ksmd has gone n times round everything that exists now. */
static inline void wait_full_scans(uint64_t n)
{
	uint64_t target = ksm_stat().full_scans + n + 1;

	wait_asleep(ksm_stat().full_scans >= target, "ksmd made %lu full scans", n);
}

static inline void check_counts(const char *when, long shared, long sharing, long unshared)
{
	struct kstat_ksm st;

	wait_full_scans(4);
	st = ksm_stat();
	CHECK_EQ(st.pages_shared, shared, "%s: pages_shared", when);
	CHECK_EQ(st.pages_sharing, sharing, "%s: pages_sharing", when);
	CHECK_EQ(st.pages_unshared, unshared, "%s: pages_unshared", when);
	CHECK_EQ(st.pages_volatile, 0, "%s: pages_volatile", when);
}

/* n pages of one byte, offered. */
static inline char *map_same(size_t n, char byte)
{
	char *p = map_pages(n);

	memset(p, byte, n * PAGE);
	offer(p, n);
	return p;
}

static inline bool all_bytes(const char *p, size_t n, char byte)
{
	for (size_t i = 0; i < n * PAGE; i++)
		if (p[i] != byte)
			return false;
	return true;
}
