/* SPDX-License-Identifier: MIT */
/*
 * Proves: MADV_DONTNEED gives frames back at once, the range reads as zeros
 * afterwards, and the other side of a fork keeps its pages.
 * See mm/README.md, "Address spaces".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define NR 32

static char *p;

static void drop_all(void *arg)
{
	(void)arg;
	CHECK(!madvise(p, NR * PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	for (size_t i = 0; i < NR; i++)
		CHECK(page_is_zero(p + i * PAGE), "the child's page %zu is zero", i);
}

static void fill_all(void)
{
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, i);
}

int main(void)
{
	long frames;

	p = map_pages(NR);

	TEST_BEGIN("frames come back and the range reads as zeros");
	fill_all();
	frames = free_frames();
	CHECK(!madvise(p + PAGE, (NR - 2) * PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	CHECK_EQ(free_frames(), frames + NR - 2, "free frames");
	for (size_t i = 1; i < NR - 1; i++) {
		CHECK(!(vmq(p + i * PAGE).flags & VMQ_PRESENT), "page %zu is not there", i);
		CHECK(page_is_zero(p + i * PAGE), "page %zu reads as zeros", i);
	}
	CHECK(page_holds(p, 0), "the page before is untouched");
	CHECK(page_holds(p + (NR - 1) * PAGE, NR - 1), "the page behind is untouched");

	TEST_BEGIN("the other side of a fork keeps its pages");
	fill_all();
	child_join(child_start(drop_all, NULL));
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, i), "the parent's page %zu kept its bytes", i);
	check_mm();

	TEST_BEGIN("advice on huge pages is accepted and changes nothing");
	CHECK(!madvise(p, PAGE, MADV_HUGEPAGE), "HUGEPAGE: %s", strerror(errno));
	CHECK(!madvise(p, PAGE, MADV_NOHUGEPAGE), "NOHUGEPAGE: %s", strerror(errno));

	TEST_BEGIN("wrong arguments of madvise");
	CHECK_ERRNO(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
	CHECK_ERRNO(madvise(p, PAGE, 1234), EINVAL);
	CHECK_ERRNO(madvise(p, -PAGE, MADV_DONTNEED), EINVAL);
	CHECK(!madvise(p, 0, MADV_DONTNEED), "length 0 does nothing: %s", strerror(errno));
	unmap_pages(p + 4 * PAGE, 1);
	CHECK_ERRNO(madvise(p, 8 * PAGE, MADV_DONTNEED), ENOMEM);
	CHECK(page_is_zero(p + 5 * PAGE), "what lies behind the hole was dropped all the same");
	CHECK(page_holds(p + 8 * PAGE, 8), "what lies behind the range was not");
	unmap_pages(p, NR);
	return TEST_END();
}
