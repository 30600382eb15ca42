/* SPDX-License-Identifier: MIT */
/*
 * What the merge benchmarks share.  The scanner's own cost is the time it was
 * at work, which in this machine is the instructions it executed; it runs with
 * its default settings, and the sleep between two wake-ups costs nothing.
 */
#pragma once

#include "bench.h"

/* Only what is offered takes part: the figures are about those pages alone. */
static inline void merge_begin(void)
{
	must(!prctl(PR_SET_MEMORY_MERGE, 0));
	must(!mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 1));
}

static inline void merge_end(void)
{
	must(!mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 2));
	must(!mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 0));
}

/* Pages that are offered before they are born, so that pksmd knows them from birth. */
static inline char *map_offered(size_t n)
{
	char *p = map_pages(n);

	must(!madvise(p, n * PAGE, MADV_MERGEABLE));
	return p;
}

/* The work of a scanner between two looks at its counters. */
struct scan_cost {
	struct kstat_pksm k;
	long flushes, shootdowns;
};

static inline struct scan_cost scan_now(void)
{
	return (struct scan_cost){ pksm_stat(), event_count(EV_tlb_flush),
				   event_count(EV_tlb_shootdown) };
}

/* Without `overhead`, which has other causes than the n pages. */
static inline void report_scan(const char *row, size_t size, const struct scan_cost *from,
			       uint64_t overhead, uint64_t n, const char *remark)
{
	struct scan_cost to = scan_now();
	uint64_t instr = to.k.scan_ns - from->k.scan_ns;

	instr -= instr < overhead ? instr : overhead;
	printf("bench %s@%zu %lu instr %s; a page: hashed %.0f, compared %.0f bytes; "
	       "flushes %ld, shootdowns %ld\n",
	       row, size, (instr + n / 2) / n, remark,
	       (double)(to.k.bytes_hashed - from->k.bytes_hashed) / (double)n,
	       (double)(to.k.bytes_compared - from->k.bytes_compared) / (double)n,
	       to.flushes - from->flushes, to.shootdowns - from->shootdowns);
}

/* Sleeps until the counters say so; a run in which they never do is ended by the host. */
#define sleep_until(cond) \
	do { \
		while (!(cond)) \
			usleep(20000); \
	} while (0)
