/* SPDX-License-Identifier: MIT */
/*
 * Proves: a process may be killed at every step of ksmd's work on its pages; ksmd
 * drops its slot and items, and frames and slab objects come back.
 * See mm/merge/ksm/cursor.c, "Leaving".
 *
 * cpus: 1 2 4
 * timeout: 120
 */
#include "ksm.h"

#define N 6

static const struct {
	const char *name;
	enum event_id event;
} steps[] = {
	{ "scan", EV_scan },
	{ "checksum", EV_checksum },
	{ "unstable_insert", EV_unstable_insert },
	{ "unstable_hit", EV_unstable_hit },
	{ "promote", EV_promote },
	{ "merge_locked", EV_merge_locked },
	{ "merge_protect", EV_merge_protect },
	{ "merge_protected", EV_merge_protected },
	{ "compare", EV_compare },
	{ "append", EV_append },
	{ "merge_done", EV_merge_done },
	{ "stable_insert", EV_stable_insert },
	{ "stable_hit", EV_stable_hit },
};

static const char *const caches[] = { "mm_slot", "rmap_item", "stable_node", "rmap_record" };
#define NR_CACHES (sizeof(caches) / sizeof(caches[0]))

/* Live objects of the caches that KSM uses, together. */
static uint64_t ksm_objects(void)
{
	static struct kstat_slab slab[64];
	ssize_t got;
	uint64_t sum = 0;

	mg_kctl(KCTL_DRAIN, 0, 0);
	got = mg_kstat(KSTAT_SLABS, slab, sizeof(slab));
	CHECK(got > 0, "kstat: %s", strerror(errno));
	for (ssize_t i = 0; i < got / (ssize_t)sizeof(slab[0]); i++)
		for (size_t c = 0; c < NR_CACHES; c++)
			if (!strcmp(slab[i].name, caches[c]))
				sum += slab[i].objects;
	return sum;
}

static void victim(void *arg)
{
	(void)arg;
	map_same(N, 'v');
	map_offered(N, 7);
	for (;;)
		sleep(1000);
}

/*
 * The victim is killed while ksmd is held with one of its pages; its exit may have to
 * wait for locks that ksmd holds.
 */
static void kill_at(enum event_id event)
{
	int status;
	pid_t pid;

	hold(event, 0);
	pid = child_start(victim, NULL);
	wait_held_asleep(event);
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	for (int i = 0; i < 20; i++)
		usleep(1000); /* as far as it comes */
	release(event);
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait");
	CHECK(WIFSIGNALED(status), "the victim ended with %#x", status);
}

/* A process with items ends while ksmd does not run: only run=2 comes round. */
static void die_while_it_stands(void)
{
	pid_t pid = child_start(victim, NULL);

	wait_asleep(ksm_stat().pages_sharing == N - 1, "the victim's pages merged");
	set_knob(KNOB_KSM_RUN, 0);
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	CHECK_EQ(waitpid(pid, NULL, 0), pid, "wait");
}

int main(void)
{
	uint64_t objects;
	long frames;

	ksm_begin();
	kill_at(EV_scan); /* caches grow once */
	wait_asleep(!ksm_stat().rmap_items, "ksmd dropped the first victim");
	objects = ksm_objects();
	frames = free_frames();
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		TEST_BEGIN(steps[i].name);
		kill_at(steps[i].event);
		wait_asleep(ksm_objects() == objects, "%lu objects, %lu before", ksm_objects(),
			    objects);
		CHECK_EQ(ksm_stat().rmap_items, 0, "items");
		CHECK_EQ(free_frames(), frames, "free frames");
		check_mm();
	}
	TEST_BEGIN("run=2 drops the dead too");
	die_while_it_stands();
	ksm_end();
	CHECK_EQ(ksm_objects(), objects, "objects");
	return TEST_END();
}
