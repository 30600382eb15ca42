/* SPDX-License-Identifier: MIT */
/*
 * What the merge tests have in common: a scanner that runs without pause, and
 * pages that are offered to it one area at a time.
 *
 * A test opts out of merging as a process, which its children inherit, and then
 * offers single areas.  So its own stack and data change no figure, and what
 * pksmd does next is known well enough to hold it at an event.
 *
 * While pksmd is held it has the scanner mutex: kstat(KSTAT_PKSM), knobs, drain
 * and mm_check would wait for the release.  vm_query would wait for the lock of
 * the page that is being merged.
 */
#pragma once

#include "test.h"

#include <sys/prctl.h>

/* Passes after which everything that can merge has: seen, unchanged, candidate, partner. */
#define SETTLE_SCANS 5

static inline void scanner_set_fast(void)
{
	set_knob(KNOB_PKSM_SLEEP_MILLISECS, 0);
	set_knob(KNOB_PKSM_MAX_CPU_PERCENT, 100);
	set_knob(KNOB_PKSM_PAGES_TO_SCAN, 1ul << 20);
	set_knob(KNOB_PKSM_N, 0);
}

/* Waits until pksmd has gone n times over everything that is listed now. */
static inline void wait_scans(uint64_t n)
{
	uint64_t target = pksm_stat().full_scans + n;

	wait_asleep(pksm_stat().full_scans >= target, "pksmd made %lu passes", n);
}

static inline void settle(void)
{
	wait_scans(SETTLE_SCANS);
}

/* This process merges nothing that it has not offered; pksmd runs, and has seen what there is. */
static inline void merge_begin(void)
{
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0), "prctl: %s", strerror(errno));
	scanner_set_fast();
	set_knob(KNOB_PKSM_RUN, 1);
	settle();
}

/* Parts everything, stops pksmd, and looks at what is left. */
static inline void merge_end(void)
{
	struct kstat_pksm st;

	set_knob(KNOB_PKSM_RUN, 2);
	st = pksm_stat();
	CHECK_EQ(st.pages_shared, 0, "merged frames after run=2");
	CHECK_EQ(st.pages_sharing, 0, "frames saved after run=2");
	CHECK_EQ(st.zero_pages, 0, "merged zero pages after run=2");
	set_knob(KNOB_PKSM_RUN, 0);
	check_mm();
}

static inline void offer(void *p, size_t n)
{
	CHECK(!madvise(p, n * PAGE, MADV_MERGEABLE), "MADV_MERGEABLE: %s", strerror(errno));
}

static inline void withdraw(void *p, size_t n)
{
	CHECK(!madvise(p, n * PAGE, MADV_UNMERGEABLE), "MADV_UNMERGEABLE: %s", strerror(errno));
}

/* n pages that no scanner may merge until they are offered, filled with tags tag, tag + 1, … */
static inline char *map_filled(size_t n, uint64_t tag)
{
	char *p = map_pages(n);

	for (size_t i = 0; i < n; i++)
		page_fill(p + i * PAGE, tag + i);
	return p;
}

static inline char *map_offered(size_t n, uint64_t tag)
{
	char *p = map_filled(n, tag);

	offer(p, n);
	return p;
}

static inline void check_holds(const char *p, size_t n, uint64_t tag)
{
	for (size_t i = 0; i < n; i++)
		CHECK(page_holds(p + i * PAGE, tag + i), "page %zu holds tag %lu", i, tag + i);
}

static inline bool is_merged_of(pid_t pid, const void *p)
{
	return vmq_of(pid, p).flags & VMQ_MERGED;
}

static inline bool all_merged_of(pid_t pid, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_merged_of(pid, p + i * PAGE))
			return false;
	return true;
}

static inline void wait_merged_of(pid_t pid, const char *p, size_t n)
{
	bool merged = wait_asleep(all_merged_of(pid, p, n), "%zu pages of pid %d at %p were merged",
				  n, pid, p);

	if (!merged)
		exit(test_end()); /* what follows would wait in vain too */
}

static inline void wait_merged(const char *p, size_t n)
{
	wait_merged_of(0, p, n);
}

/*
 * The page is a merged one with so many mappings, all known to the reverse map,
 * and none writable.  One reference more is pksmd's while it looks at the page.
 */
static inline void check_merged_of(pid_t pid, const void *p, int mapcount)
{
	struct vm_page_info v;

	wait_asleep((v = vmq_of(pid, p)).refcount == mapcount,
		    "pid %d, %p: refcount %d, mapcount %d", pid, p, v.refcount, mapcount);
	CHECK(v.flags & VMQ_MERGED, "pid %d, %p: flags %#x", pid, p, v.flags);
	CHECK(!(v.flags & (VMQ_WRITABLE | VMQ_EXCLUSIVE)), "pid %d, %p: flags %#x", pid, p,
	      v.flags);
	CHECK_EQ(v.mapcount, mapcount, "pid %d, %p: mapcount", pid, p);
	CHECK_EQ(v.rmap_count, mapcount, "pid %d, %p: mappings that rmap_walk finds", pid, p);
}

/* A page of one's own: not merged, one mapping. */
static inline void check_private(const void *p)
{
	struct vm_page_info v = vmq(p);

	CHECK((v.flags & VMQ_PRESENT) && !(v.flags & (VMQ_MERGED | VMQ_ZERO)), "%p: flags %#x", p,
	      v.flags);
	CHECK_EQ(v.mapcount, 1, "%p: mapcount", p);
}

/* Two equal pages of the caller's, merged: a frame for others to be merged into. */
static inline char *make_merged(uint64_t tag)
{
	char *p = map_pages(2);

	page_fill(p, tag);
	page_fill(p + PAGE, tag);
	offer(p, 2);
	wait_merged(p, 2);
	CHECK_EQ(vmq(p).pfn, vmq(p + PAGE).pfn, "frame of the second page");
	return p;
}

static inline long user_frames(void)
{
	mg_kctl(KCTL_DRAIN, 0, 0);
	return (long)mem_stat().user_frames;
}

static inline void run_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK(!sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity to CPU %d: %s", cpu,
	      strerror(errno));
}

static inline void wait_held_asleep(enum event_id event)
{
	wait_asleep(mg_kctl(KCTL_EVENT_HELD, event, 0) == 1, "pksmd was held at event %d", event);
}
