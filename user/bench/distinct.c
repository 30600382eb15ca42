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
	report_scan("merge_pksm_prefix", n, &start, 0, n,
		    "pksmd's work until candidate, all distinct");
}

static long knob(enum knob k)
{
	long value = mg_kctl(KCTL_GET_KNOB, k, 0);

	must(value >= 1);
	return value;
}

/* How many of n candidates a wake-up of pksmd looks at again; must_hold_rate() checks it. */
static long rate(size_t n)
{
	long period_ms = knob(KNOB_PKSM_PERIOD_SECONDS) * 1000;

	return (long)n * knob(KNOB_PKSM_SLEEP_MILLISECS) / period_ms + 1;
}

#define IDLE_WAKEUPS 200

/* What a wake-up costs when there is no candidate. */
static uint64_t idle_cost(void)
{
	struct scan_cost start = scan_now();
	long wakeups = event_count(EV_scan_idle);

	sleep_until(event_count(EV_scan_idle) - wakeups >= IDLE_WAKEUPS);
	wakeups = event_count(EV_scan_idle) - wakeups;
	return (pksm_stat().scan_ns - start.k.scan_ns) / (uint64_t)wakeups;
}

/*
 * A re-check that finds nothing leaves no trace.  So all pages are written, and
 * then it does: as many must be found changed as the rate says, give or take the
 * wake-ups between two looks at the counters.
 */
static void must_hold_rate(char *p, size_t n)
{
	long wakeups, changed;

	touch(p, n, 'q');
	wakeups = event_count(EV_scan_idle);
	changed = event_count(EV_volatile_page);
	sleep_until(event_count(EV_scan_idle) - wakeups >= 20);
	wakeups = event_count(EV_scan_idle) - wakeups;
	changed = event_count(EV_volatile_page) - changed;
	must(changed >= (wakeups - 2) * rate(n) * 9 / 10);
	must(changed <= (wakeups + 2) * rate(n));
}

/* Every candidate is looked at once: the cost is divided by the looks that there really were. */
static void bench_recheck(char *p, size_t n, uint64_t idle)
{
	struct scan_cost start = scan_now();
	long wakeups = event_count(EV_scan_idle), looks;
	char remark[128];

	sleep_until((event_count(EV_scan_idle) - wakeups) * rate(n) >= (long)n);
	wakeups = event_count(EV_scan_idle) - wakeups;
	looks = wakeups * rate(n);
	must(pksm_stat().pages_unshared >= n);
	snprintf(remark, sizeof(remark),
		 "%ld re-checks in %ld wake-ups, whose idle cost of %lu each is taken off", looks,
		 wakeups, idle);
	report_scan("rescan_pksm", n, &start, idle * (uint64_t)wakeups, (uint64_t)looks, remark);
	must_hold_rate(p, n);
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
