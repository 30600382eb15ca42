/* SPDX-License-Identifier: MIT */
/*
 * Proves: when the partner of a first merge fails – its lock is taken, memory
 * for its record is short, or it is written in the middle – the promoted page is
 * an ordinary page again: same frame, same bytes, known to the reverse map, and
 * taken over by the next write.  See mm/merge/engine/join.c, "Demotion".
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define TAG 30

static char *p; /* p[0] is the candidate in the unstable tree, p[PAGE] the page that finds it */

/* Makes the two pages meet and stops pksmd where the demotion has been done. */
static void meet_and_demote(enum event_id failing)
{
	p = map_filled(2, TAG);
	page_fill(p + PAGE, TAG);
	offer(p, 1);
	settle();
	if (failing)
		mg_kctl(KCTL_FAIL_EVENT, failing, 1);
	else
		hold(EV_compare, 0);
	hold(EV_demote, 0);
	offer(p, 2);
	if (!failing) {
		wait_held_asleep(EV_compare);
		page_fill(p, TAG + 1); /* its record will be there, but no mapping moves */
		release(EV_compare);
	}
	wait_held_asleep(EV_demote);
}

static void check_demoted(uint64_t pfn)
{
	struct vm_page_info v = vmq(p + PAGE);

	CHECK_EQ(v.pfn, pfn, "frame of the demoted page");
	CHECK(!(v.flags & (VMQ_MERGED | VMQ_WRITABLE | VMQ_EXCLUSIVE)), "flags %#x", v.flags);
	CHECK_EQ(v.mapcount, 1, "mapcount");
	CHECK_EQ(v.refcount, 1, "refcount");
	CHECK_EQ(v.rmap_count, 1, "mappings that rmap_walk finds");
	CHECK(page_holds(p + PAGE, TAG), "the demoted page keeps its bytes");
}

/* The next write takes the page over instead of copying it. */
static void check_reused(uint64_t pfn)
{
	long reused = event_count(EV_cow_reuse);

	page_fill(p + PAGE, TAG + 2);
	CHECK_EQ(vmq(p + PAGE).pfn, pfn, "frame after the write");
	CHECK(vmq(p + PAGE).flags & VMQ_EXCLUSIVE, "flags %#x", vmq(p + PAGE).flags);
	CHECK(event_count(EV_cow_reuse) > reused, "a cow_reuse event");
}

static void demote(enum event_id failing)
{
	uint64_t demotions = pksm_stat().demotions, nodes = pksm_stat().pages_shared;
	long frames = user_frames();
	uint64_t pfn;

	meet_and_demote(failing);
	pfn = vmq(p + PAGE).pfn;
	withdraw(p, 2); /* they shall not meet again at once */
	release(EV_demote);
	settle();
	CHECK_EQ(pksm_stat().demotions, demotions + 1, "demotions");
	CHECK_EQ(pksm_stat().pages_shared, nodes, "merged frames");
	CHECK_EQ(user_frames(), frames + 2, "user frames");
	set_knob(KNOB_PKSM_RUN, 0); /* while pksmd looks at the page it holds a reference */
	check_demoted(pfn);
	check_mm();
	check_reused(pfn);
	set_knob(KNOB_PKSM_RUN, 1);
	unmap_pages(p, 2);
	CHECK_EQ(user_frames(), frames, "user frames when the pages have gone");
}

static void demote_then_merge(void)
{
	p = map_filled(2, TAG);
	page_fill(p + PAGE, TAG);
	mg_kctl(KCTL_FAIL_EVENT, EV_merge_locked, 1);
	offer(p, 2);
	wait_merged(p, 2);
	check_merged_of(0, p, 2);
	unmap_pages(p, 2);
}

int main(void)
{
	merge_begin();
	user_frames();
	TEST_BEGIN("the partner's lock is taken");
	demote(EV_merge_locked);
	TEST_BEGIN("memory for the partner's record is short");
	demote(EV_append);
	TEST_BEGIN("the partner is written between comparison and replacement");
	demote(0);
	TEST_BEGIN("pages that failed once merge later");
	demote_then_merge();
	merge_end();
	return TEST_END();
}
