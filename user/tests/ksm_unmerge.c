/* SPDX-License-Identifier: MIT */
/*
 * Proves: merged pages part by a written byte, by MADV_UNMERGEABLE, MADV_DONTNEED,
 * munmap, prctl(PR_SET_MEMORY_MERGE, 0) and run=2, and merge again when they may;
 * KSM's counters do not move at the write, and are right after the next scan.
 * See mm/README.md, "KSM".
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define N 20

static char *p;

static char *at(size_t i)
{
	return p + i * PAGE;
}

static void all_merged(const char *when)
{
	CHECK(all_bytes(p, N, 'a'), "%s: contents", when);
	check_counts(when, 1, N - 1, 0);
	check_merged_of(0, p, N);
}

static void by_one_byte(void)
{
	struct kstat_ksm st;

	TEST_BEGIN("one byte written");
	set_knob(KNOB_KSM_RUN, 0);
	at(3)[77] = 'b';
	check_private(at(3));
	st = ksm_stat();
	CHECK_EQ(st.pages_sharing, N - 1, "pages_sharing before ksmd has noticed");
	set_knob(KNOB_KSM_RUN, 1);
	check_counts("one byte differs", 1, N - 2, 1);
	check_merged_of(0, p, N - 1);
	CHECK(at(3)[77] == 'b' && at(3)[78] == 'a', "the written page");
	at(3)[77] = 'a';
	all_merged("written back");
}

static void by_unmergeable(void)
{
	TEST_BEGIN("MADV_UNMERGEABLE");
	withdraw(at(5), 4);
	for (size_t i = 5; i < 9; i++)
		check_private(at(i));
	check_counts("four withdrawn", 1, N - 5, 0);
	offer(at(5), 4);
	all_merged("offered again");
}

static void by_dontneed(void)
{
	TEST_BEGIN("MADV_DONTNEED");
	CHECK(!madvise(at(10), 3 * PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
	check_counts("three dropped", 1, N - 4, 0);
	memset(at(10), 'a', 3 * PAGE);
	all_merged("filled again");
}

static void by_munmap(void)
{
	TEST_BEGIN("munmap");
	unmap_pages(at(N - 2), 2);
	check_counts("two unmapped", 1, N - 3, 0);
	REQUIRE(mmap(at(N - 2), 2 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at(N - 2),
		"mmap: %s", strerror(errno));
	memset(at(N - 2), 'a', 2 * PAGE);
	offer(at(N - 2), 2);
	all_merged("mapped again");
}

static void by_prctl(void)
{
	TEST_BEGIN("prctl(PR_SET_MEMORY_MERGE, 0)");
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0), "prctl: %s", strerror(errno));
	all_merged("0, and 1 was never said");
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 1), "prctl: %s", strerror(errno));
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0), "prctl: %s", strerror(errno));
	for (size_t i = 0; i < N; i++)
		check_private(at(i));
	keep_scanning();
	check_counts("all withdrawn", 0, 0, 0);
	offer(p, N);
	all_merged("offered again");
}

static void by_run_2(void)
{
	TEST_BEGIN("run=2");
	ksm_end();
	for (size_t i = 0; i < N; i++)
		check_private(at(i));
	set_knob(KNOB_KSM_RUN, 1);
	all_merged("run=1 again");
}

int main(void)
{
	TEST_BEGIN("equal pages merge");
	ksm_begin();
	p = map_same(N, 'a');
	all_merged("first");
	by_one_byte();
	by_unmergeable();
	by_dontneed();
	by_munmap();
	by_prctl();
	by_run_2();
	ksm_end();
	CHECK(all_bytes(p, N, 'a'), "contents in the end");
	unmap_pages(p, N);
	return TEST_END();
}
