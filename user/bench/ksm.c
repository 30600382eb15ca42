/* SPDX-License-Identifier: MIT */
/*
 * Costs of KSM: identical pages from birth to merged, with order=bytes; one more scan
 * when nothing can merge, with order=hash and the dirty filter, and when all is
 * merged; a write to a merged page; and parting all.
 *
 * timeout: 300
 */
#include "bench.h"

#define SCANS 20

static struct kstat_ksm ksm_stat(void)
{
	struct kstat_ksm st;

	must(mg_kstat(KSTAT_KSM, &st, sizeof(st)) == sizeof(st));
	return st;
}

static void set_knob(enum knob knob, unsigned long value)
{
	must(!mg_kctl(KCTL_SET_KNOB, knob, value));
}

static void ksm_begin(unsigned long order, unsigned long filter)
{
	set_knob(KNOB_KSM_ORDER, order);
	set_knob(KNOB_KSM_VOLATILE_FILTER, filter);
	set_knob(KNOB_KSM_PAGES_TO_SCAN, 10000);
	set_knob(KNOB_KSM_MAX_PAGE_SHARING, 1 << 20);
	set_knob(KNOB_KSM_SMART_SCAN, 0);
}

static void ksm_end(void)
{
	set_knob(KNOB_KSM_RUN, 2);
	set_knob(KNOB_KSM_RUN, 0);
}

static char *map_offered(size_t n)
{
	char *p = map_pages(n);

	must(!madvise(p, n * PAGE, MADV_MERGEABLE));
	return p;
}

struct ksm_cost {
	struct kstat_ksm k;
	long flushes, shootdowns;
};

static struct ksm_cost ksm_now(void)
{
	return (struct ksm_cost){ ksm_stat(), event_count(EV_tlb_flush),
				  event_count(EV_tlb_shootdown) };
}

/* The work of ksmd between two looks at its counters, divided among n pages. */
static void report_scan(const char *row, size_t size, const struct ksm_cost *from, uint64_t n,
			const char *remark)
{
	struct ksm_cost to = ksm_now();

	printf("bench %s@%zu %lu instr %s; a page: hashed %.0f, compared %.0f bytes; "
	       "flushes %ld, shootdowns %ld\n",
	       row, size, (to.k.scan_ns - from->k.scan_ns + n / 2) / n, remark,
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

/* Full scans over n pages; ksmd stands still when it returns. */
static void bench_scans(const char *row, size_t n, const char *remark)
{
	struct ksm_cost start = ksm_now();
	uint64_t pages;

	sleep_until(ksm_stat().full_scans - start.k.full_scans >= SCANS);
	pages = ksm_stat().pages_scanned - start.k.pages_scanned;
	must(pages >= SCANS * n);
	report_scan(row, n, &start, pages, remark);
}

static void bench_merge(char *p, size_t n)
{
	struct ksm_cost start;
	long frames;

	usleep(1); /* what waiting touches is there before the frames are counted */
	frames = (long)mem_stat().user_frames;
	memset(p, 'm', n * PAGE);
	start = ksm_now();
	set_knob(KNOB_KSM_RUN, 1);
	sleep_until(ksm_stat().pages_sharing == n - 1);
	must((long)mem_stat().user_frames - frames == 1);
	report_scan("merge_ksm", n, &start, n, "birth to merged, all scans");
}

static void bench_part_all(char *p, size_t n)
{
	long frames = (long)mem_stat().user_frames;
	struct cost start, c;
	char row[40];

	start = begin();
	set_knob(KNOB_KSM_RUN, 2);
	c = end(&start);
	must((long)mem_stat().user_frames - frames == (long)n - 1);
	must(all_hold(p, n, 'm'));
	snprintf(row, sizeof(row), "unmerge_all@%zu", n);
	report(row, &c, n, "KSM");
}

static void bench_write(char *p, size_t n)
{
	struct cost start, c;
	char row[40];
	long broken;

	set_knob(KNOB_KSM_RUN, 1); /* merged again */
	sleep_until(ksm_stat().pages_sharing == n - 1);
	set_knob(KNOB_KSM_RUN, 0); /* the writes alone */
	broken = event_count(EV_break_cow);
	start = begin();
	touch(p, n, 'w');
	c = end(&start);
	must(event_count(EV_break_cow) - broken == (long)n);
	must(all_hold(p, n, 'w'));
	snprintf(row, sizeof(row), "write_merged@%zu", n);
	report(row, &c, n, "KSM");
}

static void bench_identical(size_t n)
{
	char *p;

	ksm_begin(1, 0);
	p = map_offered(n);
	bench_merge(p, n);
	bench_scans("rescan_ksm_merged", n, "all is merged");
	bench_part_all(p, n);
	bench_write(p, n);
	unmap_pages(p, n);
	ksm_end();
}

static void bench_distinct(size_t n)
{
	char *p;

	ksm_begin(0, 1);
	p = map_offered(n);
	for (size_t i = 0; i < n; i++)
		*(uint64_t *)(p + i * PAGE) = i + 1;
	set_knob(KNOB_KSM_RUN, 1);
	sleep_until(ksm_stat().pages_unshared == n);
	bench_scans("rescan_ksm", n, "order=hash, dirty filter");
	must(ksm_stat().pages_unshared == n);
	unmap_pages(p, n);
	ksm_end();
}

int main(void)
{
	bench_identical(1024);
	bench_identical(8192);
	bench_identical(65536);
	bench_distinct(1024);
	bench_distinct(8192);
	bench_distinct(65536);
	return 0;
}
