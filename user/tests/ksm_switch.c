/* SPDX-License-Identifier: MIT */
/*
 * Proves: run=1 of one scanner parts what the other merged and takes over, again and
 * again while processes write and read; if memory fails just then the answer is
 * ENOMEM, the old scanner goes on, and nothing is lost.  See mm/README.md, "Merging".
 *
 * cpus: 1 2 4
 * timeout: 120
 * suite: test
 */
#include "ksm.h"

#define N	32
#define TAGS	4
#define WORKERS 3
#define ROUNDS	8

/* Rewrites its pages, few contents, until it is told to end; every byte must be right. */
static void worker(void *arg)
{
	uint64_t seed = (uint64_t)arg, tag[N] = { 0 };
	char *p = map_offered(N, 0);

	for (size_t i = 0; i < N; i++)
		tag[i] = i;
	step_page.at = 1;
	while (step_page.go < 1) {
		size_t i = next_random(&seed) % N;

		CHECK(page_holds(p + i * PAGE, tag[i]), "page %zu holds tag %lu", i, tag[i]);
		tag[i] = next_random(&seed) % TAGS;
		page_fill(p + i * PAGE, tag[i]);
		usleep(500);
	}
	for (size_t i = 0; i < N; i++)
		CHECK(page_holds(p + i * PAGE, tag[i]), "page %zu in the end", i);
}

static bool pksm_has_merged(void)
{
	return pksm_stat().pages_sharing >= N / 2;
}

static bool ksm_has_merged(void)
{
	return ksm_stat().pages_sharing >= N / 2;
}

static void to_ksm(void)
{
	set_knob(KNOB_KSM_RUN, 1);
	CHECK_EQ(mg_kctl(KCTL_GET_KNOB, KNOB_PKSM_RUN, 0), 0, "pksm's run");
	wait_asleep(ksm_has_merged(), "ksmd merged");
}

static void to_pksm(void)
{
	set_knob(KNOB_PKSM_RUN, 1);
	CHECK_EQ(mg_kctl(KCTL_GET_KNOB, KNOB_KSM_RUN, 0), 0, "ksm's run");
	CHECK_EQ(ksm_stat().rmap_items, 0, "items after pksm has taken over");
	wait_asleep(pksm_has_merged(), "pksmd merged");
}

/* The nth allocation of the switch fails; true if it came to that. */
static bool fails_at(unsigned long nth, enum knob to, enum knob from)
{
	long ret;
	int err;

	mg_kctl(KCTL_FAIL_NTH, nth, 0);
	ret = mg_kctl(KCTL_SET_KNOB, to, 1);
	err = errno;
	mg_kctl(KCTL_FAIL_NTH, 0, 0);
	if (!ret)
		return false;
	CHECK(err == ENOMEM, "allocation %lu: %s", nth, strerror(err));
	CHECK_EQ(mg_kctl(KCTL_GET_KNOB, to, 0), 0, "run of the one that was to take over");
	CHECK_EQ(mg_kctl(KCTL_GET_KNOB, from, 0), 1, "run of the one at work");
	return true;
}

static void short_of_memory(char *still)
{
	wait_merged(still, N);
	CHECK(fails_at(1, KNOB_PKSM_RUN, KNOB_KSM_RUN), "the first allocation was asked for");
	CHECK(fails_at(5, KNOB_PKSM_RUN, KNOB_KSM_RUN), "the fifth allocation was asked for");
	CHECK(all_bytes(still, N, 's'), "contents after a switch that failed");
	wait_merged(still, N);
	to_pksm();
	wait_merged(still, N);
	CHECK(fails_at(1, KNOB_KSM_RUN, KNOB_PKSM_RUN), "the first allocation was asked for");
	CHECK(fails_at(5, KNOB_KSM_RUN, KNOB_PKSM_RUN), "the fifth allocation was asked for");
	wait_merged(still, N);
	CHECK(all_bytes(still, N, 's'), "contents after a switch that failed");
	to_ksm();
}

int main(void)
{
	pid_t pid[WORKERS];
	char *still;

	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0), "prctl: %s", strerror(errno));
	scanner_set_fast();
	ksm_begin();
	still = map_same(N, 's');
	for (uint64_t i = 0; i < WORKERS; i++)
		pid[i] = child_start(worker, (void *)(i + 1));

	TEST_BEGIN("scanners change under load");
	for (int i = 0; i < ROUNDS; i++) {
		to_ksm();
		check_mm();
		to_pksm();
		check_mm();
	}
	to_ksm();

	TEST_BEGIN("memory short at that moment");
	short_of_memory(still);
	check_mm();
	for (int i = 0; i < WORKERS; i++) {
		step_go(pid[i], 1);
		child_join(pid[i]);
	}
	CHECK(all_bytes(still, N, 's'), "contents");
	ksm_end();
	return TEST_END();
}
