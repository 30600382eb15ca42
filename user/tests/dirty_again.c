/* SPDX-License-Identifier: MIT */
/*
 * Proves: when a scanner that judges pages by their dirty bit has cleared it, the next store sets
 * it again, also by a thread on another CPU that stores without pause: each scanner flushes what
 * it has cleared.  See mm/merge/pksm/volatile.c and mm/merge/ksm/cursor.c.
 *
 * cpus: 2
 * timeout: 60
 */
#include "ksm.h"

#define ROUNDS 5

static volatile long *turns; /* in shared memory: to read it disturbs nobody */
static char *p;

/* Alone on its CPU, so that no switch empties the TLB. */
static void store_all_the_time(void *arg)
{
	volatile uint64_t *word = (volatile uint64_t *)p;

	(void)arg;
	run_on_cpu(1);
	offer(p, 1);
	for (;;) {
		*word = (uint64_t)*turns;
		++*turns;
	}
}

static void wait_turns(long n)
{
	long end = *turns + n;

	wait_asleep(*turns >= end, "the child stored %ld times", n);
}

static bool is_dirty(pid_t pid)
{
	return vmq_of(pid, p).flags & VMQ_DIRTY;
}

/* The scanner is held where it has gone over all pages. */
static void scan_again_and_again(pid_t pid, enum event_id over, enum event_id looked)
{
	long looks;

	for (int r = 0; r < ROUNDS; r++) {
		looks = event_count(looked);
		wait_asleep(event_count(looked) > looks + 1, "the scanner looked at a page");
		hold(over, 0);
		wait_held_asleep(over);
		wait_turns(100);
		CHECK(is_dirty(pid), "round %d: a page that is stored to", r);
		release(over);
	}
}

static void scan_by(enum event_id over, enum event_id looked)
{
	pid_t pid = child_start(store_all_the_time, NULL);

	wait_turns(100);
	scan_again_and_again(pid, over, looked);
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	CHECK_EQ(waitpid(pid, NULL, 0), pid, "waitpid");
}

int main(void)
{
	turns = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(turns != MAP_FAILED, "mmap: %s", strerror(errno));
	p = map_pages(1);
	run_on_cpu(0);

	TEST_BEGIN("PKSM: a store after the dirty bit was cleared sets it again");
	merge_begin();
	set_knob(KNOB_PKSM_VOLATILE_FILTER, 1);
	scan_by(EV_scan_idle, EV_volatile_page);
	merge_end();

	TEST_BEGIN("KSM: the same");
	set_knob(KNOB_KSM_VOLATILE_FILTER, 1);
	ksm_begin();
	scan_by(EV_ksm_stop_scan, EV_ksm_start_scan);
	ksm_end();
	return TEST_END();
}
