/* SPDX-License-Identifier: MIT */
/*
 * Proves: reading untouched memory maps the one zero page and costs no frame; a
 * write parts exactly the page written; fork hands the zero page on.
 * See mm/README.md, "Address spaces and faults".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define NR 64

static void check_zero(const char *p, size_t i)
{
	struct vm_page_info v = vmq(p + i * PAGE);

	CHECK(v.flags & VMQ_ZERO, "page %zu maps the zero page: flags %#x", i, v.flags);
	CHECK(!(v.flags & VMQ_WRITABLE), "page %zu is read-only: flags %#x", i, v.flags);
	CHECK_EQ(v.pfn, vmq(p).pfn, "frame of page %zu", i);
}

static void read_all(const char *p)
{
	for (size_t i = 0; i < NR; i++)
		CHECK(page_is_zero(p + i * PAGE), "page %zu reads as zeros", i);
}

/* The child of a fork sees the zero page too and can part from it. */
static void child(void *arg)
{
	char *p = arg;

	for (size_t i = 1; i < NR; i++)
		CHECK(vmq(p + i * PAGE).flags & VMQ_ZERO, "page %zu maps the zero page", i);
	page_fill(p + 2 * PAGE, 2);
	CHECK(!(vmq(p + 2 * PAGE).flags & VMQ_ZERO), "the child's page 2 is its own");
	check_zero(p + PAGE, NR - 2);
}

int main(void)
{
	char *p = map_pages(NR + 1);
	long frames, mapped;

	TEST_BEGIN("a read maps the zero page and takes no frame");
	p[NR * PAGE] = 1; /* page tables are there from now on */
	frames = free_frames();
	mapped = event_count(EV_zero_map);
	read_all(p);
	for (size_t i = 0; i < NR; i++)
		check_zero(p, i);
	CHECK_EQ(free_frames(), frames, "free frames after reading %d pages", NR);
	CHECK_EQ(event_count(EV_zero_map) - mapped, NR, "zero_map events");

	TEST_BEGIN("a write parts the page written and no other");
	p[5 * PAGE + 7] = 1;
	CHECK(!(vmq(p + 5 * PAGE).flags & VMQ_ZERO), "page 5 has left the zero page");
	CHECK(vmq(p + 5 * PAGE).flags & VMQ_EXCLUSIVE, "page 5 is exclusive");
	CHECK_EQ(free_frames(), frames - 1, "free frames after one write");
	p[5 * PAGE + 7] = 0;
	CHECK(page_is_zero(p + 5 * PAGE), "the new page started as zeros");
	for (size_t i = 0; i < NR; i++)
		if (i != 5)
			check_zero(p, i);
	read_all(p);

	TEST_BEGIN("fork hands the zero page on");
	unmap_pages(p + 5 * PAGE, 1);
	REQUIRE(mmap(p + 5 * PAGE, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + 5 * PAGE,
		"page 5 mapped anew");
	read_all(p);
	child_join(child_start(child, p));
	for (size_t i = 0; i < NR; i++)
		check_zero(p, i);
	unmap_pages(p, NR + 1);
	return TEST_END();
}
