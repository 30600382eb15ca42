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

#define IDLE_WAKEUPS 200

/*
 * All candidates are looked at within a second and not, as usual, within ten: 30 looks a wake-up
 * with the fewest pages.  A wake-up also visits the pages of this program and of init, in an order
 * that nobody set; with 3 looks a wake-up that was worth up to 100 instructions a look.
 */
#define PERIOD_SECONDS	     1
#define USUAL_PERIOD_SECONDS 10

/* What a wake-up costs when there is no candidate. */
static uint64_t idle_cost(void)
{
	struct scan_cost start = scan_now();
	long wakeups = event_count(EV_scan_idle);

	sleep_until(event_count(EV_scan_idle) - wakeups >= IDLE_WAKEUPS);
	wakeups = event_count(EV_scan_idle) - wakeups;
	return (pksm_stat().scan_ns - start.k.scan_ns) / (uint64_t)wakeups;
}

/* That a re-check really looks: all pages are written, and each is found changed. */
static void must_see_changes(char *p, size_t n)
{
	long changed = event_count(EV_volatile_page);

	touch(p, n, 'q');
	sleep_until(event_count(EV_volatile_page) - changed >= (long)n);
}

/* Every candidate is looked at about once; divided by the looks that there really were. */
static void bench_recheck(char *p, size_t n, uint64_t idle)
{
	struct scan_cost start = scan_now();
	long wakeups = event_count(EV_scan_idle);
	uint64_t looks;
	char remark[128];

	sleep_until(pksm_stat().pages_rechecked - start.k.pages_rechecked >= n);
	wakeups = event_count(EV_scan_idle) - wakeups;
	looks = pksm_stat().pages_rechecked - start.k.pages_rechecked;
	must(pksm_stat().pages_unshared >= n);
	snprintf(remark, sizeof(remark),
		 "%lu re-checks in %ld wake-ups, whose idle cost of %lu each is taken off", looks,
		 wakeups, idle);
	report_scan("rescan_pksm", n, &start, idle * (uint64_t)wakeups, looks, remark);
	must_see_changes(p, n);
}

static void bench(size_t n)
{
	uint64_t idle;
	char *p;

	merge_begin();
	idle = idle_cost();
	p = map_offered(n);
	bench_birth_to_candidate(p, n);
	must(!mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_PERIOD_SECONDS, PERIOD_SECONDS));
	bench_recheck(p, n, idle);
	must(!mg_kctl(KCTL_SET_KNOB, KNOB_PKSM_PERIOD_SECONDS, USUAL_PERIOD_SECONDS));
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
