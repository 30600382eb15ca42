/* SPDX-License-Identifier: MIT */
/*
 * Proves: a listed page that dies while pksmd stands still gives its frame back
 * at once; the frame may be born again, die again and be born once more before
 * pksmd comes, and is then scanned as the page that it has become.
 * See mm/merge/pksm/lists.c, states DEAD and REBORN.
 *
 * cpus: 1 2 4
 * timeout: 30
 * suite: test
 */
#include "merge.h"

#define NR   512
#define LIFE 4 /* lives of a frame while pksmd stands still */

/* A process whose pages are all different, hence candidates, and all its own. */
static void live(void *arg)
{
	uint64_t tag = *(uint64_t *)arg;
	char *p = map_offered(NR, tag);

	step(1);
	check_holds(p, NR, tag);
}

static pid_t start(uint64_t tag)
{
	pid_t pid = child_start(live, &tag);

	step_wait(pid, 1);
	return pid;
}

static void end(pid_t pid)
{
	step_go(pid, 1);
	child_join(pid);
}

/* Whichever way pksmd stands still: its pages die, others are born in their frames. */
static void die_and_be_reborn(void (*stand_still)(void), void (*go_on)(void))
{
	pid_t pid = start(10000);
	long reborn, dead, frames;

	settle();
	CHECK(pksm_stat().pages_unshared >= NR, "the pages are candidates");
	stand_still();
	reborn = event_count(EV_reborn);
	dead = event_count(EV_del_list);
	frames = (long)mem_stat().free_frames;
	end(pid);
	CHECK((long)mem_stat().free_frames >= frames + NR, "the frames of the dead are free");
	CHECK(event_count(EV_del_list) >= dead + NR, "%ld pages on the del list",
	      event_count(EV_del_list) - dead);
	for (uint64_t i = 0; i < LIFE; i++)
		end(start(20000 + i));
	pid = start(10000); /* the same bytes as in the first life */
	CHECK(event_count(EV_reborn) > reborn, "%ld frames were born again",
	      event_count(EV_reborn) - reborn);
	go_on();
	settle();
	check_mm();
	end(pid);
}

static void hold_idle(void)
{
	hold(EV_scan_idle, 0);
	wait_held_asleep(EV_scan_idle);
}

static void release_idle(void)
{
	release(EV_scan_idle);
}

static void stop(void)
{
	set_knob(KNOB_PKSM_RUN, 0);
}

static void go(void)
{
	set_knob(KNOB_PKSM_RUN, 1);
}

/* Frames reborn while pksmd stood still take part in merging like any other. */
static void reborn_merge(void)
{
	uint64_t a = 30000, b = 30000, sharing;
	pid_t first = start(29000), pid_a, pid_b;

	settle();
	sharing = pksm_stat().pages_sharing;
	hold_idle();
	end(first);
	pid_a = start(a);
	pid_b = start(b);
	release_idle();
	wait_asleep(pksm_stat().pages_sharing >= sharing + NR / 2, "reborn frames merge");
	settle();
	check_mm();
	end(pid_a);
	end(pid_b);
}

static void hold_in_hand(void)
{
	hold(EV_scan, 0);
	wait_held_asleep(EV_scan);
}

static void release_in_hand(void)
{
	release(EV_scan);
}

int main(void)
{
	merge_begin();
	TEST_BEGIN("while pksmd is between two wake-ups");
	die_and_be_reborn(hold_idle, release_idle);
	TEST_BEGIN("while run=0");
	die_and_be_reborn(stop, go);
	TEST_BEGIN("while pksmd has a page in its hand");
	die_and_be_reborn(hold_in_hand, release_in_hand);
	TEST_BEGIN("frames reborn merge");
	reborn_merge();
	merge_end();
	return TEST_END();
}
