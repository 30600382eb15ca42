/* SPDX-License-Identifier: MIT */
/*
 * Costs of pages that cannot merge: those with a common beginning of 4,000
 * bytes, from birth to candidate; and the re-check that every candidate has
 * once a period.
 *
 * timeout: 300
 */
#include "merge.h"

#define PREFIX 4000

static void fill_prefix(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		memset(p + i * PAGE, 'p', PREFIX);
		*(uint64_t *)(p + i * PAGE + PREFIX) = i + 1;
	}
}

static void bench_birth_to_candidate(char *p, size_t n)
{
	struct scan_cost start = scan_now();

	fill_prefix(p, n);
	sleep_until(pksm_stat().pages_unshared == n);
	report_scan("merge_pksm_prefix", n, &start, n, "birth to candidate, all distinct");
	must(pksm_stat().pages_sharing == 0);
}

/* Counts the candidates that were found changed when every page had been written. */
static void must_have_been_rechecked(char *p, size_t n, unsigned int period)
{
	long changed = event_count(EV_volatile_page);

	touch(p, n, 'q');
	sleep(2 * period);
	must(event_count(EV_volatile_page) - changed >= (long)n);
	sleep_until(pksm_stat().pages_unshared == n);
}

/* In one period every candidate is looked at once. */
static void bench_recheck(char *p, size_t n)
{
	unsigned int period = (unsigned int)mg_kctl(KCTL_GET_KNOB, KNOB_PKSM_PERIOD_SECONDS, 0);
	struct scan_cost start;

	must(period >= 1 && period <= 60);
	start = scan_now();
	sleep(period);
	report_scan("rescan_pksm", n, &start, n, "re-check of a candidate, once a period");
	must(pksm_stat().pages_unshared == n);
	must_have_been_rechecked(p, n, period);
}

static void bench(size_t n)
{
	char *p;

	merge_begin();
	p = map_offered(n);
	bench_birth_to_candidate(p, n);
	bench_recheck(p, n);
	unmap_pages(p, n);
	merge_end();
}

int main(void)
{
	bench(1024);
	bench(8192);
	bench(65536);
	return 0;
}
