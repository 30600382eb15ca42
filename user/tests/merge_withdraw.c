/* SPDX-License-Identifier: MIT */
/*
 * Proves: MADV_UNMERGEABLE that comes while a merge is between reading the area's consent
 * and setting the PTE leaves nothing merged: it waits for that page table's lock.
 * See mm/merge/engine/part.c, break_ksm_range().
 *
 * cpus: 2 4
 */
#include "merge.h"

#define TAG    30
#define ROUNDS 8
#define PAUSES (1 << 19)

static void delay(enum event_id event, long pauses)
{
	CHECK(!mg_kctl(KCTL_EVENT_DELAY, event, pauses), "EVENT_DELAY: %s", strerror(errno));
}

/* pksmd flushes the cleared entry, for long; then the area refuses. */
static void withdraw_during_replace(char *p)
{
	long flushes;

	hold(EV_append, 0);
	page_fill(p, TAG);
	offer(p, 1);
	wait_held_asleep(EV_append);
	flushes = event_count(EV_tlb_flush);
	delay(EV_tlb_flush, PAUSES);
	release(EV_append);
	while (event_count(EV_tlb_flush) == flushes)
		sched_yield();
	withdraw(p, 1);
	delay(EV_tlb_flush, 0);
	settle(); /* the merge is over in any case */
	CHECK(!is_merged_of(0, p), "merged although the area refuses");
	CHECK(page_holds(p, TAG), "contents");
}

int main(void)
{
	char *twin, *p;

	merge_begin();
	twin = make_merged(TAG);
	p = map_pages(1);
	TEST_BEGIN("an area that refuses in the middle of a replacement");
	for (int i = 0; i < ROUNDS; i++)
		withdraw_during_replace(p);
	check_mm();
	unmap_pages(p, 1);
	unmap_pages(twin, 2);
	merge_end();
	return TEST_END();
}
