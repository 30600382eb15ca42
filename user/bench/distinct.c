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
	sleep_until(pksm_stat().pages_unshared >= n);
	must(pksm_stat().pages_sharing == 0);
	report_scan("merge_pksm_prefix", n, &start, 0, n, "birth to candidate, all distinct");
}

/* Counts the candidates that were found changed when every page had been written. */
static void must_have_been_rechecked(char *p, size_t n)
{
	long changed = event_count(EV_volatile_page);

	touch(p, n, 'q');
	sleep_until(event_count(EV_volatile_page) - changed >= (long)n);
	sleep_until(pksm_stat().pages_unshared >= n);
}

static unsigned int period(void)
{
	long seconds = mg_kctl(KCTL_GET_KNOB, KNOB_PKSM_PERIOD_SECONDS, 0);

	must(seconds >= 1 && seconds <= 60);
	return (unsigned int)seconds;
}

/* What pksmd's wake-ups cost in a period when there is nothing to look at. */
static uint64_t idle_cost(void)
{
	struct scan_cost start = scan_now();

	sleep(period());
	return pksm_stat().scan_ns - start.k.scan_ns;
}

/* In one period every candidate is looked at once. */
static void bench_recheck(char *p, size_t n, uint64_t idle)
{
	struct scan_cost start = scan_now();

	sleep(period());
	must(pksm_stat().pages_unshared >= n);
	report_scan("rescan_pksm", n, &start, idle, n,
		    "re-check of a candidate, once a period, idle wake-ups taken off");
	must_have_been_rechecked(p, n);
}

static void bench(size_t n)
{
	uint64_t idle;
	char *p;

	merge_begin();
	idle = idle_cost();
	p = map_offered(n);
	bench_birth_to_candidate(p, n);
	bench_recheck(p, n, idle);
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
