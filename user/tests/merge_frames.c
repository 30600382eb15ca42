/* SPDX-License-Identifier: MIT */
/*
 * Proves: after merges among several processes, zero pages, forks, breaks of
 * every kind and exits, free frames and the live objects of every slab cache are
 * what they were at the start, and in between the frames saved are really free.
 * See mm/README.md, "Merging".
 *
 * cpus: 1 2 4
 * suite: test
 */
#include "merge.h"

#define NR	 64
#define CHILDREN 3
#define TAG	 110

static char *p;

/* A third of the pages is equal in all processes, a third is zero, a third is the process's own. */
static uint64_t tag_of(uint64_t who, size_t i)
{
	return i % 3 == 0 ? TAG + i : who * 1000 + i;
}

static bool page_right(uint64_t who, size_t i)
{
	return i % 3 == 1 ? page_is_zero(p + i * PAGE) : page_holds(p + i * PAGE, tag_of(who, i));
}

static void fill(uint64_t who)
{
	p = map_pages(NR);
	for (size_t i = 0; i < NR; i++) {
		page_fill(p + i * PAGE, tag_of(who, i));
		if (i % 3 == 1)
			memset(p + i * PAGE, 0, PAGE);
	}
	offer(p, NR);
}

static void check_pages(uint64_t who)
{
	for (size_t i = 0; i < NR; i++)
		CHECK(page_right(who, i), "process %lu: page %zu", who, i);
}

/* The grandchild writes half of what it inherited and leaves. */
static void grandchild(void *arg)
{
	uint64_t who = *(uint64_t *)arg;

	for (size_t i = 0; i < NR; i += 2)
		page_fill(p + i * PAGE, tag_of(who, i));
	for (size_t i = 1; i < NR; i += 2)
		CHECK(page_right(who, i), "process %lu: page %zu in its child", who, i);
}

static void child(void *arg)
{
	uint64_t who = *(uint64_t *)arg;

	fill(who);
	step(1);
	check_pages(who);
	child_join(child_start(grandchild, arg));
	check_pages(who);
	if (who % 2)
		withdraw(p, NR / 2);
	check_pages(who);
	step(2);
}

static void cycle(void)
{
	uint64_t third = (NR + 2) / 3, zeros = (NR + 1) / 3;
	long frames = user_frames();
	struct kstat_pksm before = pksm_stat(), after;
	pid_t pid[CHILDREN];

	for (uint64_t who = 1; who <= CHILDREN; who++) {
		pid[who - 1] = child_start(child, &who);
		step_wait(pid[who - 1], 1);
	}
	settle();
	after = pksm_stat();
	CHECK_EQ(after.pages_shared - before.pages_shared, third, "merged frames");
	CHECK_EQ(after.pages_sharing - before.pages_sharing, (CHILDREN - 1) * third,
		 "frames saved");
	CHECK_EQ(after.zero_pages - before.zero_pages, CHILDREN * zeros, "zero pages");
	check_mm();
	for (int i = 0; i < CHILDREN; i++) {
		step_go(pid[i], 1);
		step_wait(pid[i], 2);
	}
	check_mm();
	for (int i = 0; i < CHILDREN; i++) {
		step_go(pid[i], 2);
		child_join(pid[i]);
	}
	CHECK_EQ(user_frames(), frames, "user frames");
}

/* PKSM notes a page's birth and death in the page itself: the fault allocates a frame only. */
static void births_allocate_nothing(void)
{
	char *q = map_pages(NR + 1);
	uint64_t objects;

	TEST_BEGIN("a fault allocates a frame and no object");
	q[NR * PAGE] = 1; /* the page tables and the anon_vma are there from now on */
	free_frames();
	objects = mem_stat().slab_objects;
	for (size_t i = 0; i < NR; i++)
		page_fill(q + i * PAGE, i);
	CHECK_EQ(mem_stat().slab_objects, objects, "slab objects after %d births", NR);
	unmap_pages(q, NR + 1);
}

int main(void)
{
	struct kstat_mem before, after;
	long frames;

	merge_begin();
	births_allocate_nothing();
	TEST_BEGIN("what merges and parts in between");
	cycle();
	frames = free_frames();
	before = mem_stat();
	cycle();

	TEST_BEGIN("frames and slab objects are back");
	CHECK_EQ(free_frames(), frames, "free frames, those kept for anon_vmas included");
	after = mem_stat();
	CHECK_EQ(after.slab_objects, before.slab_objects, "slab objects");
	CHECK_EQ(after.table_frames, before.table_frames, "page-table frames");
	CHECK_EQ(after.stack_frames, before.stack_frames, "stack frames");
	merge_end();
	return TEST_END();
}
