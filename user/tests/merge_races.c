/* SPDX-License-Identifier: MIT */
/*
 * Proves, each with both sides held where it counts: nothing of an area is merged from the moment
 * on in which MADV_UNMERGEABLE, or prctl(), begins to part it; a thread that still has the right
 * to write which a fork under way takes from it loses no store to a merge; a page that was born
 * again in the frame of a candidate is not taken for the candidate.
 * See mm/space/madvise.c, mm/merge/engine/join.c, protect_shared(), and mm/merge/pksm/lists.c.
 *
 * cpus: 2
 * timeout: 60
 */
#include <pthread.h>

#include "sigtest.h"

#include "merge.h"

#define TAG 500
#define NR  16

/* ---- the flag first, then the parting ---- */

static char *p;

static void withdraw_all(void *arg)
{
	bool by_prctl = arg;

	if (by_prctl) /* what prctl() has allowed it can take away */
		CHECK(!prctl(PR_SET_MEMORY_MERGE, 1), "prctl: %s", strerror(errno));
	p = map_offered(NR, TAG);
	step(1);
	if (by_prctl)
		CHECK(!prctl(PR_SET_MEMORY_MERGE, 0), "prctl: %s", strerror(errno));
	else
		withdraw(p, NR);
	step(2);
	check_holds(p, NR, TAG);
}

/* Our pages equal those of the child, which is held where it begins to part them. */
static void begin_to_part(bool by_prctl)
{
	pid_t pid = child_start(withdraw_all, (void *)by_prctl);
	long merged;
	char *twins;

	step_wait(pid, 1);
	settle();
	hold(EV_unmerge_begin, pid);
	step_go(pid, 1);
	wait_held(EV_unmerge_begin);
	merged = event_count(EV_replace);
	twins = map_offered(NR, TAG);
	settle();
	CHECK_EQ(event_count(EV_replace), merged, "entries that a merge has replaced meanwhile");
	release(EV_unmerge_begin);
	step_wait(pid, 2);
	settle();
	for (size_t i = 0; i < NR; i++)
		CHECK(!is_merged_of(pid, (char *)twins + i * PAGE), "page %zu is merged", i);
	CHECK_EQ(event_count(EV_replace), merged, "entries that a merge has replaced since");
	step_go(pid, 2);
	child_join(pid);
	unmap_pages(twins, NR);
}

static void partings(void)
{
	TEST_BEGIN("MADV_UNMERGEABLE: nothing is merged once the parting has begun");
	begin_to_part(false);
	TEST_BEGIN("prctl(PR_SET_MEMORY_MERGE, 0): the same");
	begin_to_part(true);
}

/* ---- a right that fork has taken and not flushed yet ---- */

/* In shared memory: while fork has the address space nobody can look into it. */
static struct control {
	volatile long fork, store, stored;
} * control;

static void *fork_when_told(void *arg)
{
	pid_t pid;

	run_on_cpu(0);
	wait_asleep(control->fork, "the forker was told");
	pid = fork();
	if (!pid)
		_exit(0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid, "waitpid");
	return arg;
}

/* Stores what is there, so that this CPU has the right to; then another word. */
static void store_all_the_time(void *arg)
{
	volatile uint64_t *word = (volatile uint64_t *)p;
	uint64_t value = page_word(TAG, 0);
	pthread_t t;

	(void)arg;
	run_on_cpu(1);
	page_fill(p, TAG);
	CHECK(!pthread_create(&t, NULL, fork_when_told, NULL), "pthread_create");
	offer(p, 1);
	while (!control->store)
		*word = value;
	*word = 4711;
	control->stored = 1;
	pthread_join(t, NULL);
	step(1);
	CHECK_EQ(*word, 4711, "the word stored after the comparison");
}

static void fork_beside_merge(void)
{
	char *twin = make_merged(TAG);
	pid_t pid;

	TEST_BEGIN("a store by a right that fork has not flushed yet is not lost to a merge");
	set_knob(KNOB_PKSM_VOLATILE_FILTER, 0); /* storing what is there is no change */
	settle();
	*control = (struct control){ 0 };
	p = map_pages(1);
	hold(EV_merge_locked, 0);
	pid = child_start(store_all_the_time, NULL);
	wait_held_asleep(EV_merge_locked);
	hold(EV_fork_flush, pid);
	control->fork = 1;
	wait_held_asleep(EV_fork_flush);
	hold(EV_compare, 0);
	release(EV_merge_locked);
	wait_held_asleep(EV_compare);
	control->store = 1;
	wait_asleep(control->stored || state_of(pid) == 1, "the store is done, or waits for fork");
	release(EV_compare);
	settle();
	release(EV_fork_flush);
	step_wait(pid, 1);
	step_go(pid, 1);
	child_join(pid);
	check_holds(twin, 1, TAG);
	set_knob(KNOB_PKSM_VOLATILE_FILTER, 1);
	unmap_pages(p, 1);
	unmap_pages(twin, 2);
}

/* ---- a page in the frame of a candidate that has died ---- */

#define CANDIDATES 512
#define LIVES	   4096 /* pages: more than lie between the death of a frame and its next use */

static uint64_t frame_of[CANDIDATES]; /* of the candidate with tag TAG + i */
static uint64_t tag_of[LIVES];	      /* what our page i holds */

static void be_candidates(void *arg)
{
	(void)arg;
	map_offered(CANDIDATES, TAG);
	step(1);
}

/* Each page that comes to lie in a frame of a candidate's gets the bytes of that candidate. */
static long be_reborn(char *q)
{
	long reborn = 0;

	for (size_t i = 0; i < LIVES; i++) {
		uint64_t pfn;

		q[i * PAGE] = 1;
		pfn = vmq(q + i * PAGE).pfn;
		tag_of[i] = 100000 + i;
		for (size_t k = 0; k < CANDIDATES; k++) {
			if (frame_of[k] != pfn)
				continue;
			tag_of[i] = TAG + k;
			reborn++;
		}
		page_fill(q + i * PAGE, tag_of[i]);
	}
	return reborn;
}

static void candidates(void)
{
	char *base = map_pages(CANDIDATES), *q = map_pages(LIVES);
	pid_t first, second;
	long reborn;

	TEST_BEGIN("a page in the frame of a dead candidate is not taken for that one");
	unmap_pages(base, CANDIDATES); /* where the children map theirs */
	offer(q, LIVES);
	first = child_start(be_candidates, NULL);
	step_wait(first, 1);
	settle();
	for (size_t k = 0; k < CANDIDATES; k++)
		frame_of[k] = vmq_of(first, base + k * PAGE).pfn;
	hold(EV_checksum, 0);
	second = child_start(be_candidates, NULL);
	wait_held_asleep(EV_checksum);
	step_go(first, 1);
	child_join(first);
	reborn = event_count(EV_reborn);
	CHECK(be_reborn(q) > CANDIDATES / 2, "frames of candidates are in use again");
	CHECK(event_count(EV_reborn) > reborn, "pksmd has not reaped them yet");
	release(EV_checksum);
	settle();
	check_mm();
	for (size_t i = 0; i < LIVES; i++)
		CHECK(page_holds(q + i * PAGE, tag_of[i]), "page %zu holds tag %lu", i, tag_of[i]);
	step_wait(second, 1);
	step_go(second, 1);
	child_join(second);
	unmap_pages(q, LIVES);
}

int main(void)
{
	control = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(control != MAP_FAILED, "mmap: %s", strerror(errno));
	run_on_cpu(0);
	merge_begin();
	partings();
	fork_beside_merge();
	candidates();
	merge_end();
	return TEST_END();
}
