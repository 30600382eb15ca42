/* SPDX-License-Identifier: MIT */
/*
 * Proves: ksmd that never pauses, with nothing to scan or nothing but settled pages,
 * leaves the processor to others; it sleeps while no address space is to be scanned,
 * again when the last mergeable area has gone or refuses; each kick starts a scan; a
 * shorter sleep_millisecs takes effect at once.
 * See mm/README.md, "KSM".
 *
 * cpus: 1 2 4
 * suite: check
 */
#include "ksm.h"

#define PAGES  64
#define TURNS  200
#define KICKS  20
#define MINUTE 60000 /* ms: longer than this test waits for anything */

static void turns(void)
{
	for (int i = 0; i < TURNS; i++)
		sched_yield();
	usleep(20000);
}

static void kick(int i)
{
	uint64_t scans = ksm_stat().full_scans;

	CHECK(mg_kctl(KCTL_SCAN_NOW, 0, 0) >= 0, "SCAN_NOW: %s", strerror(errno));
	wait_asleep(ksm_stat().full_scans > scans, "kick %d started a scan", i);
}

/* ksmd finds that there is nothing left, and then does not wake up any more. */
static void check_sleeps(void)
{
	long idle;

	wait_asleep(ksm_stat().rmap_items == 0, "the items have gone");
	turns();
	idle = event_count(EV_scan_idle);
	turns();
	CHECK_EQ(event_count(EV_scan_idle), idle, "wake-ups with nothing to scan");
}

int main(void)
{
	long idle;
	char *p;

	TEST_BEGIN("nothing to scan, no pause");
	ksm_fast();
	idle = event_count(EV_scan_idle);
	turns();
	CHECK_EQ(event_count(EV_scan_idle), idle, "wake-ups with nothing to scan");
	CHECK_EQ(ksm_stat().rmap_items, 0, "items");

	TEST_BEGIN("nothing but merged pages, no pause");
	p = map_same(PAGES, 'm');
	check_counts("equal pages", 1, PAGES - 1, 0);
	turns();
	check_counts("equal pages, later", 1, PAGES - 1, 0);

	TEST_BEGIN("a sleeping ksmd is woken by each kick");
	set_knob(KNOB_KSM_SLEEP_MILLISECS, MINUTE);
	for (int i = 0; i < KICKS; i++)
		kick(i);

	TEST_BEGIN("a sleeping ksmd notices a shorter pause");
	set_knob(KNOB_KSM_SLEEP_MILLISECS, 0);
	wait_full_scans(2);

	TEST_BEGIN("the last area refuses, then the last area goes");
	withdraw(p, PAGES);
	check_sleeps();
	offer(p, PAGES);
	wait_asleep(ksm_stat().rmap_items == PAGES, "ksmd has come back");
	unmap_pages(p, PAGES);
	check_sleeps();
	ksm_end();
	return TEST_END();
}
