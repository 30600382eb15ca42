/* SPDX-License-Identifier: MIT */
/*
 * Proves: each first write gets a zeroed frame of its own, exclusive and
 * writable, counted once by refcount, mapcount and the reverse map.
 * See mm/README.md, "Address spaces and faults".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define NR 128

static uint64_t frame[NR];

static void touch(char *p, size_t i)
{
	char *page = p + i * PAGE;

	page[i] = (char)(i + 1);
	for (size_t k = 0; k < PAGE; k++)
		if (k != i && page[k]) {
			CHECK(!page[k], "page %zu was zeroed: byte %zu is %d", i, k, page[k]);
			return;
		}
}

static void check_page(const char *p, size_t i)
{
	struct vm_page_info v = vmq(p + i * PAGE);
	unsigned int want = VMQ_PRESENT | VMQ_WRITABLE | VMQ_DIRTY | VMQ_ACCESSED | VMQ_EXCLUSIVE;

	CHECK_EQ(v.flags, want, "flags of page %zu", i);
	CHECK_EQ(v.mapcount, 1, "mapcount of page %zu", i);
	CHECK_EQ(v.refcount, 1, "refcount of page %zu", i);
	CHECK_EQ(v.rmap_count, 1, "mappings of page %zu that rmap_walk finds", i);
	for (size_t k = 0; k < i; k++)
		CHECK(v.pfn != frame[k], "pages %zu and %zu have one frame, %#lx", i, k, v.pfn);
	frame[i] = v.pfn;
}

int main(void)
{
	char *p = map_pages(NR + 1);
	long frames, born;

	TEST_BEGIN("first writes get distinct, zeroed, exclusive frames");
	p[NR * PAGE] = 1; /* page tables are there from now on */
	frames = free_frames();
	born = event_count(EV_anon_new);
	for (size_t i = 0; i < NR; i++)
		touch(p, i);
	CHECK_EQ(event_count(EV_anon_new) - born, NR, "anon_new events");
	CHECK_EQ(free_frames(), frames - NR, "free frames after %d first writes", NR);
	for (size_t i = 0; i < NR; i++)
		check_page(p, i);
	check_mm();

	TEST_BEGIN("munmap gives every frame back");
	unmap_pages(p, NR);
	CHECK(free_frames() >= frames, "free frames %ld, before the writes %ld", free_frames(),
	      frames);
	unmap_pages(p + NR * PAGE, 1);
	return TEST_END();
}
