/* SPDX-License-Identifier: MIT */
/*
 * Proves: both scanners merge what private mappings of an object have copied, across processes,
 * and part it again, as any other page; they leave the object's own pages and shared mappings
 * alone; a copy of zeros that became the zero page still hides the object's page.
 * See mm/README.md, "Merging", and mm/space/filefault.c.
 *
 * cpus: 1 2 4
 * timeout: 120
 */
#include "ksm.h"

#define RW (PROT_READ | PROT_WRITE)
#define NR 8

static int vmo;
static char *p, *shared; /* private and shared mappings of the object */

static void map_object(void)
{
	vmo = mg_vmo_create(NR * PAGE);
	REQUIRE(vmo >= 0, "vmo_create: %s", strerror(errno));
	shared = mmap(NULL, NR * PAGE, RW, MAP_SHARED, vmo, 0);
	p = mmap(NULL, NR * PAGE, RW, MAP_PRIVATE, vmo, 0);
	REQUIRE(p != MAP_FAILED && shared != MAP_FAILED, "mmap: %s", strerror(errno));
	for (size_t i = 0; i < NR; i++)
		page_fill(shared + i * PAGE, 0); /* all equal: they would merge if they could */
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, 0), "page %zu", i);
	offer(p, NR);
	offer(shared, NR);
}

static void unmap_object(void)
{
	unmap_pages(p, NR);
	unmap_pages(shared, NR);
	close(vmo);
}

static void check_object(void)
{
	for (size_t i = 0; i < NR; i++) {
		CHECK(page_holds(shared + i * PAGE, 0), "the object's page %zu", i);
		CHECK(!(vmq(shared + i * PAGE).flags & (VMQ_MERGED | VMQ_ZERO)),
		      "flags of the object's page %zu", i);
	}
}

/* Two pages of its own, equal to the parent's; then one is written again. */
static void owner(void *arg)
{
	(void)arg;
	page_fill(p, 7);
	page_fill(p + PAGE, 8);
	step(1);
	page_fill(p + PAGE, 9);
	CHECK(page_holds(p, 7) && page_holds(p + PAGE, 9) && page_holds(p + 2 * PAGE, 0),
	      "the child's pages");
	step(2);
}

static void test_copies(bool ksm)
{
	pid_t pid;

	map_object();
	pid = child_start(owner, NULL);
	step_wait(pid, 1);
	page_fill(p, 7);
	page_fill(p + PAGE, 8);
	wait_merged(p, 2);
	wait_merged_of(pid, p, 2);
	CHECK_EQ(vmq(p).pfn, vmq_of(pid, p).pfn, "the frame that both have");
	check_merged_of(0, p, 2);
	if (ksm) {
		wait_full_scans(3);
		CHECK_EQ(ksm_stat_of(getpid()).ksm_rmap_items, 2,
			 "pages that ksmd knows, of them the object's none");
	}
	check_mm();
	step_go(pid, 1);
	step_wait(pid, 2);
	CHECK(page_holds(p + PAGE, 8) && page_holds(p, 7), "the parent's pages");
	page_fill(p, 10);
	CHECK(!is_merged_of(0, p), "what is written is parted");
	CHECK_EQ(vmq_of(pid, p).mapcount, 1, "mappings of the one that is left");
	check_mm();
	step_go(pid, 2);
	child_join(pid);
	check_object();
}

static void see_zeros(void *arg)
{
	(void)arg;
	CHECK(page_is_zero(p + 3 * PAGE), "the child's page of zeros");
	CHECK(page_holds(p + 4 * PAGE, 0), "its neighbour");
}

static void test_zeros(void)
{
	memset(p + 3 * PAGE, 0, PAGE);
	wait_asleep(vmq(p + 3 * PAGE).flags & VMQ_ZERO_MERGED, "the page of zeros was merged");
	CHECK(page_is_zero(p + 3 * PAGE), "zeros, not the object's bytes");
	child_join(child_start(see_zeros, NULL));
	check_mm();
	p[3 * PAGE] = 1;
	CHECK(!p[3 * PAGE + 1] && p[3 * PAGE] == 1, "a copy of zeros");
	CHECK(!madvise(p, NR * PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, 0), "the object's page %zu again", i);
	check_object();
	unmap_object();
}

int main(void)
{
	merge_begin();
	TEST_BEGIN("PKSM merges and parts equal copies of two processes");
	test_copies(false);
	TEST_BEGIN("PKSM: a copy of zeros hides the object's page");
	test_zeros();
	merge_end();

	set_knob(KNOB_KSM_USE_ZERO_PAGES, 1);
	ksm_begin();
	TEST_BEGIN("KSM merges and parts equal copies of two processes");
	test_copies(true);
	TEST_BEGIN("KSM: a copy of zeros hides the object's page");
	test_zeros();
	ksm_end();
	return TEST_END();
}
