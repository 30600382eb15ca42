/* SPDX-License-Identifier: MIT */
/*
 * Proves: without use_zero_pages pages of zeros merge like any others; with it they
 * become the zero page, counted in ksm_zero_pages and in nothing else, until they are
 * written, withdrawn, dropped or parted by run=2.  See mm/README.md, "KSM".
 *
 * cpus: 1 2 4
 */
#include "ksm.h"

#define N 16

static void check_zero_pages(const char *when, long n)
{
	CHECK_EQ(ksm_stat().zero_pages, n, "%s: ksm_zero_pages", when);
}

static void without(void)
{
	char *p;

	TEST_BEGIN("without use_zero_pages");
	p = map_same(N, 0);
	check_counts("pages of zeros", 1, N - 1, 0);
	check_zero_pages("without", 0);
	check_merged_of(0, p, N);
	unmap_pages(p, N);
	check_counts("unmapped", 0, 0, 0);
}

/* All pages are the zero page, and their frames are free. */
static char *map_zeroed(void)
{
	char *p = map_pages(N);
	long frames;

	memset(p, 0, N * PAGE);
	frames = user_frames();
	offer(p, N);
	check_counts("pages of zeros", 0, 0, 0);
	check_zero_pages("offered", N);
	CHECK_EQ(frames - user_frames(), N, "frames saved");
	for (size_t i = 0; i < N; i++)
		CHECK(vmq(p + i * PAGE).flags & VMQ_ZERO_MERGED, "page %zu", i);
	return p;
}

static void part_each_way(void)
{
	char *p = map_zeroed();

	p[5] = 'x';
	check_private(p);
	check_zero_pages("one written", N - 1);
	withdraw(p + PAGE, 2);
	check_private(p + PAGE);
	check_zero_pages("two withdrawn", N - 3);
	CHECK(!madvise(p + 3 * PAGE, PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
	check_zero_pages("one dropped", N - 4);
	check_counts("one other page", 0, 0, 1);
	p[5] = 0;
	check_counts("zeros again", 0, 0, 0);
	check_zero_pages("zeros again", N - 3);
	CHECK(all_bytes(p, N, 0), "contents");
	unmap_pages(p, N);
	check_zero_pages("unmapped", 0);
}

static void through_fork(void *arg)
{
	char *p = arg;

	check_zero_pages("in the child", 2 * N);
	p[0] = 1;
	check_zero_pages("written in the child", 2 * N - 1);
}

static void with(void)
{
	char *p;

	TEST_BEGIN("with use_zero_pages");
	set_knob(KNOB_KSM_USE_ZERO_PAGES, 1);
	part_each_way();

	TEST_BEGIN("the zero page through fork, and run=2");
	p = map_zeroed();
	child_join(child_start(through_fork, p));
	check_zero_pages("after the child", N);
	ksm_end();
	for (size_t i = 0; i < N; i++)
		check_private(p + i * PAGE);
	CHECK(all_bytes(p, N, 0), "contents");
	unmap_pages(p, N);
}

int main(void)
{
	ksm_begin();
	without();
	with();
	set_knob(KNOB_KSM_USE_ZERO_PAGES, 0);
	return TEST_END();
}
