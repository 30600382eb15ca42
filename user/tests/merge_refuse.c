/* SPDX-License-Identifier: MIT */
/*
 * Proves: an area with MADV_UNMERGEABLE, or of a process with
 * prctl(PR_SET_MEMORY_MERGE, 0), keeps its pages out; a page that one refusing
 * area maps among several is left alone with all its mappings; consent may be
 * given and taken back.  See mm/README.md, "Merging", scope.
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define NR 8

static char *p;

/* The child refuses for itself what its parent offers. */
static void refuser(void *arg)
{
	(void)arg;
	withdraw(p, NR);
	step(1);
	check_holds(p, NR, 100);
	offer(p, NR);
	step(2);
	check_holds(p, NR, 100);
}

static void refuse_area(char *twin)
{
	TEST_BEGIN("an area that refuses keeps its pages");
	p = map_filled(NR, 100);
	settle();
	for (size_t i = 0; i < NR; i++) {
		check_private(p + i * PAGE);
		CHECK(vmq(p + i * PAGE).flags & VMQ_WRITABLE, "page %zu stays writable", i);
	}
	TEST_BEGIN("half an area that refuses");
	offer(p, NR / 2);
	wait_merged(p, NR / 2);
	settle();
	for (size_t i = 0; i < NR; i++)
		CHECK_EQ(vmq(p + i * PAGE).pfn == vmq(twin + i * PAGE).pfn, i < NR / 2,
			 "page %zu is merged", i);
	withdraw(p, NR);
	for (size_t i = 0; i < NR; i++)
		check_private(p + i * PAGE);
	check_holds(p, NR, 100);
	check_mm();
	unmap_pages(p, NR);
}

static void refuse_for_sharers(char *twin)
{
	pid_t pid;

	TEST_BEGIN("one refusing area among several keeps the page out");
	p = map_filled(NR, 100);
	pid = child_start(refuser, NULL);
	step_wait(pid, 1);
	offer(p, NR);
	settle();
	for (size_t i = 0; i < NR; i++) {
		struct vm_page_info v = vmq(p + i * PAGE);

		CHECK(!(v.flags & VMQ_MERGED), "page %zu is left alone", i);
		CHECK_EQ(v.pfn, vmq_of(pid, p + i * PAGE).pfn, "the child's frame of page %zu", i);
		CHECK_EQ(v.mapcount, 2, "mapcount of page %zu", i);
	}
	check_holds(twin, NR, 100);
	TEST_BEGIN("when it consents all mappings move");
	step_go(pid, 1);
	wait_merged(p, NR);
	wait_merged_of(pid, p, NR);
	check_merged_of(0, p, 6); /* three areas here, three there */
	check_mm();
	step_wait(pid, 2);
	step_go(pid, 2);
	child_join(pid);
	unmap_pages(p, NR);
}

static void refuse_process(char *twin)
{
	char *q;

	TEST_BEGIN("prctl(PR_SET_MEMORY_MERGE, 0) parts and keeps out");
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 1), "prctl: %s", strerror(errno));
	p = map_filled(NR, 100);
	wait_merged(p, NR);
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0), "prctl: %s", strerror(errno));
	for (size_t i = 0; i < NR; i++)
		check_private(p + i * PAGE);
	q = map_filled(NR, 100);
	settle();
	for (size_t i = 0; i < NR; i++) {
		check_private(p + i * PAGE);
		check_private(q + i * PAGE);
		check_private(twin + i * PAGE);
	}
	check_holds(p, NR, 100);
	check_holds(q, NR, 100);

	TEST_BEGIN("prctl(PR_SET_MEMORY_MERGE, 1) lets everything merge");
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 1), "prctl: %s", strerror(errno));
	CHECK_EQ(prctl(PR_GET_MEMORY_MERGE, 0), 1, "PR_GET_MEMORY_MERGE");
	wait_merged(p, NR);
	wait_merged(q, NR);
	CHECK(!prctl(PR_SET_MEMORY_MERGE, 0), "prctl: %s", strerror(errno));
	CHECK_EQ(prctl(PR_GET_MEMORY_MERGE, 0), 0, "PR_GET_MEMORY_MERGE");
	check_holds(p, NR, 100);
	check_holds(q, NR, 100);
	unmap_pages(p, NR);
	unmap_pages(q, NR);
}

int main(void)
{
	char *twin, *third;

	merge_begin();
	twin = map_offered(NR, 100);
	third = map_offered(NR, 100);
	wait_merged(twin, NR);
	refuse_area(twin);
	refuse_for_sharers(twin);
	refuse_process(twin);
	unmap_pages(twin, NR);
	unmap_pages(third, NR);
	merge_end();
	return TEST_END();
}
