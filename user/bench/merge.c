/* SPDX-License-Identifier: MIT */
/*
 * Costs of merging identical pages, of a scan when all is merged, of a write to
 * a merged page, and of parting all.
 *
 * timeout: 300
 */
#include "merge.h"

static void fill_same(char *p, size_t n)
{
	memset(p, 'm', n * PAGE);
}

static void bench_birth_to_merged(char *p, size_t n)
{
	struct scan_cost start = scan_now();
	long frames = (long)mem_stat().user_frames;

	fill_same(p, n);
	sleep_until(pksm_stat().pages_sharing == n - 1);
	must(pksm_stat().merges - start.k.merges == n - 1);
	must((long)mem_stat().user_frames - frames == 1);
	report_scan("merge_pksm", n, &start, 0, n,
		    "pksmd's work until merged, all passes; birth is in the fault");
}

#define WAKEUPS 50

/* What a scanned page costs in memory for as long as it is not merged: its share of mem_map. */
static void bench_frame_bytes(size_t n)
{
	struct kstat_mem before = mem_stat(), after;
	char *p = map_offered(n);

	for (size_t i = 0; i < n; i++)
		*(uint64_t *)(p + i * PAGE) = i + 1;
	sleep_until(pksm_stat().pages_unshared >= n);
	after = mem_stat();
	must(after.slab_frames <= before.slab_frames + 2); /* areas, not pages */
	printf("bench frame_bytes %lu bytes struct page; %lu pages scanned, %ld slab frames more\n",
	       after.frame_bytes, n, (long)(after.slab_frames - before.slab_frames));
	unmap_pages(p, n);
}

static void bench_quiet_scan(size_t n)
{
	struct scan_cost start = scan_now();
	uint64_t scans;

	sleep_until(pksm_stat().full_scans - start.k.full_scans >= WAKEUPS);
	scans = pksm_stat().full_scans - start.k.full_scans;
	must(pksm_stat().pages_sharing == n - 1);
	report_scan("rescan_merged", n, &start, 0, scans * n, "nothing is listed");
}

static void bench_part_all(char *p, size_t n)
{
	long frames = (long)mem_stat().user_frames;
	struct cost start, c;
	char row[40];

	must(pksm_stat().pages_shared == 1);
	start = begin();
	must(!mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 2));
	c = end(&start);
	must(pksm_stat().pages_shared == 0);
	must((long)mem_stat().user_frames - frames == (long)n - 1);
	must(all_hold(p, n, 'm'));
	snprintf(row, sizeof(row), "unmerge_all@%zu", n);
	report(row, &c, n, "");
}

static void bench_write(char *p, size_t n)
{
	long broken, frames;
	struct cost start, c;
	char row[40];

	must(!mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 1)); /* merged again */
	sleep_until(pksm_stat().pages_sharing == n - 1);
	must(!mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_RUN, 0)); /* the writes alone */
	broken = event_count(EV_break_cow);
	frames = (long)mem_stat().user_frames;
	start = begin();
	touch(p, n, 'w');
	c = end(&start);
	must(event_count(EV_break_cow) - broken == (long)n);
	must((long)mem_stat().user_frames - frames == (long)n - 1);
	must(all_hold(p, n, 'w'));
	snprintf(row, sizeof(row), "write_merged@%zu", n);
	report(row, &c, n, "");
}

static void bench(size_t n)
{
	char *p;

	merge_begin();
	p = map_offered(n);
	bench_birth_to_merged(p, n);
	bench_quiet_scan(n);
	bench_part_all(p, n);
	bench_write(p, n);
	unmap_pages(p, n);
	merge_end();
}

int main(void)
{
	bench(1024);
	bench(8192);
	bench(65536);
	merge_begin();
	bench_frame_bytes(8192);
	merge_end();
	return 0;
}
