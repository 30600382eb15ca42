/* SPDX-License-Identifier: MIT */
/*
 * Proves: KSM's documented arithmetic. Three processes fill N pages: c,a,a gives 2
 * shared and N-2 sharing; c,b,a 3 and N-3; d,d,d 1 and N-1; one byte of one page
 * differing 1, N-2 and 1 unshared; run=2 nothing.  The sum of ksm_merging_pages is
 * shared + sharing, bytes_hashed a page for each checksum.  In each key order.
 * See mm/README.md, "Merging".
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define EACH  24
#define TOTAL (3l * EACH)

#define STEPS 5

static const char *const letters[] = { "cccdd", "abddd", "aaddd" };

/* Fills its pages with one letter at each step. */
static void filler(void *arg)
{
	const char *mine = letters[(long)arg];
	char *p = map_pages(EACH);

	offer(p, EACH);
	for (long k = 0; k < STEPS; k++) {
		memset(p, mine[k], EACH * PAGE);
		if (k == STEPS - 1 && mine[0] == 'c')
			p[PAGE * 5 + 77] = 'e';
		step(k + 1);
		for (size_t i = 0; i < EACH * PAGE; i++)
			if (p[i] != mine[k] && p[i] != 'e')
				_exit(9);
	}
}

static pid_t pid[3];

static void all_step(long k)
{
	for (int i = 0; i < 3; i++)
		step_wait(pid[i], k);
}

static void all_go(long k)
{
	for (int i = 0; i < 3; i++)
		step_go(pid[i], k);
	all_step(k + 1);
}

static void check_sum(void)
{
	struct kstat_ksm st = ksm_stat();
	uint64_t sum = 0;

	for (int i = 0; i < 3; i++)
		sum += ksm_stat_of(pid[i]).ksm_merging_pages;
	CHECK_EQ(sum, st.pages_shared + st.pages_sharing, "sum of ksm_merging_pages");
}

static void one_order(const char *name, long order, long filter)
{
	long hashed = event_count(EV_checksum);
	uint64_t bytes = ksm_stat().bytes_hashed;

	TEST_BEGIN(name);
	set_knob(KNOB_KSM_ORDER, (unsigned long)order);
	set_knob(KNOB_KSM_VOLATILE_FILTER, (unsigned long)filter);
	ksm_begin();
	for (long i = 0; i < 3; i++)
		pid[i] = child_start(filler, (void *)i);
	all_step(1);
	check_counts("c,a,a", 2, TOTAL - 2, 0);
	check_sum();
	all_go(1);
	check_counts("c,b,a", 3, TOTAL - 3, 0);
	check_sum();
	all_go(2);
	check_counts("c,d,d", 2, TOTAL - 2, 0);
	all_go(3);
	check_counts("d,d,d", 1, TOTAL - 1, 0);
	check_sum();
	all_go(4);
	check_counts("d,d,d but one byte", 1, TOTAL - 2, 1);
	check_sum();
	ksm_end();
	CHECK(event_count(EV_checksum) > hashed, "pages were hashed");
	CHECK_EQ(ksm_stat().bytes_hashed - bytes,
		 (uint64_t)(event_count(EV_checksum) - hashed) * PAGE, "bytes_hashed");
	for (int i = 0; i < 3; i++)
		step_go(pid[i], STEPS);
	for (int i = 0; i < 3; i++)
		child_join(pid[i]);
}

int main(void)
{
	one_order("order=bytes, checksum filter", 1, 0);
	one_order("order=hash, checksum filter", 0, 0);
	one_order("order=hash, dirty filter", 0, 1);
	return TEST_END();
}
