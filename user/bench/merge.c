/* SPDX-License-Identifier: MIT */
/* Measures: what pksmd spends on a page.  scan_ns counts its instructions, one a nanosecond. */
/* cmdline: scanner=pksm */
/* mem: 1G */
/* timeout: 600 */
#include "bench.h"

static void quiet_start(void)
{
	set_knob(KNOB_PKSM_RUN, 0);
	set_knob(KNOB_PKSM_MAX_CPU_PERCENT, 100);
	set_knob(KNOB_PKSM_SLEEP_MILLISECS, 1);
}

/* Lets pksmd work until done(n) holds; what it has spent. */
static struct kstat_pksm run_until(int (*done)(const struct kstat_pksm *st, unsigned long n),
				   unsigned long n)
{
	struct kstat_pksm before = pksm_stat(), now;
	long rests = 0;

	set_knob(KNOB_PKSM_RUN, 1);
	do {
		rest_ms(20);
		now = pksm_stat();
		MUST(rests++ < 20000, "no progress: %lu merges, %lu in the unstable tree",
		     (unsigned long)now.merges, (unsigned long)now.pages_unshared);
	} while (!done(&now, n));
	set_knob(KNOB_PKSM_RUN, 0);
	now = pksm_stat();
	now.scan_ns -= before.scan_ns;
	now.pages_scanned -= before.pages_scanned;
	now.bytes_hashed -= before.bytes_hashed;
	now.bytes_compared -= before.bytes_compared;
	return now;
}

static int all_merged(const struct kstat_pksm *st, unsigned long n)
{
	return st->pages_sharing >= n - 1;
}

static int all_unstable(const struct kstat_pksm *st, unsigned long n)
{
	return st->pages_unshared >= n;
}

static unsigned long scanned_goal;

static int all_rescanned(const struct kstat_pksm *st, unsigned long n)
{
	(void)n;
	return st->pages_scanned >= scanned_goal;
}

static const char *what_it_read(const struct kstat_pksm *st, unsigned long n)
{
	static char text[80];

	snprintf(text, sizeof(text), "%.1f KiB hashed, %.1f KiB compared a page",
		 (double)st->bytes_hashed / (double)n / 1024,
		 (double)st->bytes_compared / (double)n / 1024);
	return text;
}

static void equal_pages(unsigned char *p, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		memset(p + i * PAGE, 0x5a, PAGE);
}

static void check_equal(const unsigned char *p, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		for (unsigned long j = 0; j < PAGE; j += 8)
			MUST(*(const uint64_t *)(p + i * PAGE + j) == 0x5a5a5a5a5a5a5a5aul,
			     "page %lu byte %lu", i, j);
}

static void write_merged(unsigned char *p, unsigned long n)
{
	uint64_t start = ticks();

	for (unsigned long i = 0; i < n; i++)
		p[i * PAGE] = 0x5b;
	row("write_merged", n, ticks() - start, n, "");
	for (unsigned long i = 0; i < n; i++)
		MUST(p[i * PAGE] == 0x5b && p[i * PAGE + 1] == 0x5a, "page %lu", i);
}

/* A scan when there is nothing to do: wake-ups of pksmd over the pages it has merged. */
static void scan_again(unsigned long n)
{
	struct kstat_pksm before = pksm_stat(), now;

	set_knob(KNOB_PKSM_RUN, 1);
	do {
		rest_ms(5);
		now = pksm_stat();
	} while (now.full_scans < before.full_scans + 4);
	set_knob(KNOB_PKSM_RUN, 0);
	row("rescan_merged", n, now.scan_ns - before.scan_ns,
	    n * (now.full_scans - before.full_scans), "");
}

static void identical(unsigned long n)
{
	unsigned char *p = map_pages(n);
	unsigned long frames = mem_stat().user_frames;
	struct kstat_pksm st;
	uint64_t start;

	equal_pages(p, n);
	st = run_until(all_merged, n);
	row("merge_pksm", n, st.scan_ns, n, what_it_read(&st, n));
	MUST(mem_stat().user_frames <= frames + 1, "%lu frames still in use",
	     (unsigned long)mem_stat().user_frames - frames);
	check_equal(p, n);
	scan_again(n);
	start = ticks();
	set_knob(KNOB_PKSM_RUN, 2);
	row("unmerge_all", n, ticks() - start, n, "");
	MUST(mem_stat().user_frames >= frames + n && pksm_stat().pages_shared == 0,
	     "not all parted");
	check_equal(p, n);
	run_until(all_merged, n);
	write_merged(p, n);
	MUST(!munmap(p, n * PAGE), "munmap");
	mg_kctl(KCTL_DRAIN, 0, 0);
}

/* Distinct pages that agree in their first 4,000 bytes. */
static void common_prefix(unsigned long n)
{
	unsigned char *p = map_pages(n);
	unsigned long others = pksm_stat().pages_unshared;
	struct kstat_pksm st;

	for (unsigned long i = 0; i < n; i++) {
		memset(p + i * PAGE, 0x11, 4000);
		*(uint64_t *)(p + i * PAGE + 4000) = i * 0x9e3779b97f4a7c15ul + 1;
	}
	st = run_until(all_unstable, n + others);
	row("merge_pksm_prefix", n, st.scan_ns, n, what_it_read(&st, n));
	set_knob(KNOB_PKSM_PERIOD_SECONDS, 1);
	scanned_goal = pksm_stat().pages_scanned + n;
	st = run_until(all_rescanned, n);
	row("rescan_pksm", n, st.scan_ns, st.pages_scanned, "re-check of candidates");
	MUST(pksm_stat().pages_unshared >= n && !st.bytes_hashed, "candidates were lost or read");
	MUST(!munmap(p, n * PAGE), "munmap");
	mg_kctl(KCTL_DRAIN, 0, 0);
}

int main(void)
{
	quiet_start();
	identical(1024);
	identical(16384);
	common_prefix(1024);
	common_prefix(16384);
	printf("bench frame_bytes %d bytes struct page, the scanner's record included\n", 96);
	return 0;
}
