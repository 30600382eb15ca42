/* SPDX-License-Identifier: MIT */
/*
 * Proves, in the build without poison: a frame that was a page table and becomes one again maps
 * nothing, as a fresh one; the few that wait for that count as free; and all of them are drained.
 * See mm/frame/page_alloc.c.
 *
 * config: release
 * cpus: 2
 */
#include "test.h"

#define NR    48	  /* tables, more than a CPU keeps */
#define REACH (2ul << 20) /* of one table */

/* Pages that are mapped in the reach of one table. */
static int nr_mapped(const char *area)
{
	static struct vm_page_info info[REACH / PAGE];
	int n = 0;

	CHECK_EQ(mg_vm_query(0, area, info, REACH / PAGE), (int)(REACH / PAGE), "vm_query");
	for (size_t i = 0; i < REACH / PAGE; i++)
		if (info[i].flags & VMQ_PRESENT)
			n++;
	return n;
}

/* Touches a page in the reach of each of NR tables, after a look whether they map nothing. */
static void fill(char *area, uint64_t tag)
{
	for (size_t i = 0; i < NR; i++) {
		char *p = area + i * REACH + (i * 37 + tag) % 512 * PAGE;

		CHECK(page_is_zero(p), "table %zu, round %lu: a new area has contents", i, tag);
		page_fill(p, tag + i);
		CHECK_EQ(nr_mapped(area + i * REACH), 1, "entries of table %zu, round %lu", i, tag);
	}
}

static void one_round(uint64_t tag)
{
	size_t len = NR * REACH;
	char *area =
		mmap(NULL, len + REACH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(area != MAP_FAILED, "mmap: %s", strerror(errno));
	fill((char *)(((uintptr_t)area + REACH - 1) & -REACH), tag);
	check_mm();
	CHECK(!munmap(area, len + REACH), "munmap: %s", strerror(errno));
}

static void child_round(void *arg)
{
	one_round(*(uint64_t *)arg);
}

int main(void)
{
	long before;

	TEST_BEGIN("a page table that is used again maps nothing");
	one_round(1); /* caches fill */
	for (uint64_t tag = 100; tag < 108; tag++) {
		one_round(tag);
		child_join(child_start(child_round, &tag));
	}

	TEST_BEGIN("tables that wait to be used again are free frames");
	free_frames(); /* drains */
	before = (long)mem_stat().free_frames;
	one_round(2);
	CHECK_EQ(mem_stat().free_frames, before, "free, with %d tables freed just now", NR);
	free_frames();
	CHECK_EQ(mem_stat().free_frames, before, "free, drained");
	return TEST_END();
}
