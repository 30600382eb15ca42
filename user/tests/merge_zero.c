/* SPDX-License-Identifier: MIT */
/*
 * Proves: pages of zeros are merged into the zero page and counted; such a
 * mapping follows fork, and is parted by a write, by MADV_UNMERGEABLE and by
 * run=2; what a read fault maps is nobody's merge.
 * See mm/README.md, "Merging", and mm/merge/engine/zero.c.
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define NR 32

static char *p;

static uint32_t zero_flags(pid_t pid, size_t i)
{
	return vmq_of(pid, p + i * PAGE).flags & (VMQ_ZERO | VMQ_ZERO_MERGED);
}

static bool all_zero_merged(size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		if (!(zero_flags(0, i) & VMQ_ZERO_MERGED))
			return false;
	return true;
}

static void check_zeros(size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		CHECK(page_is_zero(p + i * PAGE), "page %zu is zero", i);
}

static void heir(void *arg)
{
	(void)arg;
	step(1);
	check_zeros(1, NR - 1);
	page_fill(p + 3 * PAGE, 3);
	CHECK(!zero_flags(0, 3), "the written page is the child's own");
	step(2);
	check_holds(p + 3 * PAGE, 1, 3);
}

static void merge_and_write(long before)
{
	long frames = user_frames();

	TEST_BEGIN("pages of zeros merge into the zero page");
	offer(p, NR);
	wait_asleep(all_zero_merged(0, NR), "all %d pages map the zero page", NR);
	CHECK_EQ(pksm_stat().zero_pages, before + NR, "zero_pages");
	CHECK_EQ(user_frames(), frames - NR, "user frames");
	check_zeros(0, NR);
	check_mm();

	TEST_BEGIN("a write parts one of them");
	p[5] = 1;
	CHECK(!zero_flags(0, 0), "page 0 has left the zero page");
	check_private(p);
	CHECK_EQ(pksm_stat().zero_pages, before + NR - 1, "zero_pages");
	CHECK_EQ(user_frames(), frames - NR + 1, "user frames");
	CHECK_EQ(p[5], 1, "the byte written");
	p[5] = 0;
	check_zeros(1, NR - 1);
	wait_asleep(all_zero_merged(0, 1), "page 0 is zero again and was merged again");
}

static void inherit(long before)
{
	pid_t pid;

	TEST_BEGIN("fork copies and counts the mappings, exit uncounts them");
	pid = child_start(heir, NULL);
	step_wait(pid, 1);
	CHECK_EQ(pksm_stat().zero_pages, before + 2 * NR, "zero_pages");
	step_go(pid, 1);
	step_wait(pid, 2);
	CHECK_EQ(pksm_stat().zero_pages, before + 2 * NR - 1, "zero_pages");
	check_mm();
	step_go(pid, 2);
	child_join(pid);
	CHECK_EQ(pksm_stat().zero_pages, before + NR, "zero_pages");
	check_zeros(0, NR);
}

static void part(long before)
{
	char *q = map_pages(2);

	TEST_BEGIN("MADV_UNMERGEABLE parts what was merged, not what was read");
	CHECK(page_is_zero(q), "a page that was only read");
	offer(q, 1);
	settle();
	withdraw(q, 1);
	CHECK_EQ(vmq(q).flags & (VMQ_ZERO | VMQ_ZERO_MERGED), VMQ_ZERO, "flags of the page read");
	withdraw(p, NR / 2);
	for (size_t i = 0; i < NR / 2; i++)
		check_private(p + i * PAGE);
	CHECK_EQ(pksm_stat().zero_pages, before + NR / 2, "zero_pages");
	CHECK(all_zero_merged(NR / 2, NR / 2), "the other half stays merged");
	check_zeros(0, NR);

	TEST_BEGIN("run=2 parts the rest");
	set_knob(KNOB_PKSM_RUN, 2);
	CHECK_EQ(pksm_stat().zero_pages, 0, "zero_pages");
	for (size_t i = 0; i < NR; i++)
		check_private(p + i * PAGE);
	CHECK_EQ(vmq(q).flags & (VMQ_ZERO | VMQ_ZERO_MERGED), VMQ_ZERO, "flags of the page read");
	check_zeros(0, NR);
	check_mm();
	unmap_pages(q, 2);
}

int main(void)
{
	long before;

	merge_begin();
	p = map_pages(NR);
	memset(p, 1, NR * PAGE);
	memset(p, 0, NR * PAGE);
	settle();
	before = (long)pksm_stat().zero_pages;
	merge_and_write(before);
	inherit(before);
	part(before);
	unmap_pages(p, NR);
	merge_end();
	return TEST_END();
}
