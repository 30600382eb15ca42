/* SPDX-License-Identifier: MIT */
/*
 * Proves: through three generations of fork, with writes in each, every process
 * keeps its own bytes, and for every page the mappings that rmap_walk finds are
 * those of a brute-force walk (mm_check), counted by mapcount.
 * See mm/README.md, "The reverse map".
 *
 * cpus: 1 2 4
 * timeout: 120
 */
#include "test.h"

#define NR	    24
#define GENERATIONS 3
#define CHILDREN    2

static char *p;
static uint64_t tag[NR]; /* what each page holds in this process */

static void check_pages(int generation)
{
	for (size_t i = 0; i < NR; i++) {
		struct vm_page_info v = vmq(p + i * PAGE);

		CHECK(page_holds(p + i * PAGE, tag[i]), "generation %d: page %zu holds its bytes",
		      generation, i);
		CHECK(v.rmap_count >= 1, "generation %d: rmap_walk finds page %zu", generation, i);
		CHECK(!(v.flags & VMQ_WRITABLE) || v.mapcount == 1,
		      "generation %d: page %zu is writable with mapcount %d", generation, i,
		      v.mapcount);
	}
	check_mm();
}

/* Which pages a process writes depends on which it is, so that every mixture occurs. */
static void write_some(int generation, int who)
{
	for (size_t i = 0; i < NR; i++) {
		if ((i + (size_t)who) % (size_t)(generation + 2))
			continue;
		tag[i] = (uint64_t)generation * 1000 + (uint64_t)who * 100 + i;
		page_fill(p + i * PAGE, tag[i]);
	}
}

static void live(int generation, int who);

struct place {
	int generation, who;
};

static void live_child(void *arg)
{
	struct place *place = arg;

	live(place->generation, place->who);
}

static void live(int generation, int who)
{
	pid_t pid[CHILDREN];

	write_some(generation, who);
	check_pages(generation);
	if (generation == GENERATIONS)
		return;
	for (int i = 0; i < CHILDREN; i++) {
		struct place place = { generation + 1, who * CHILDREN + i };

		pid[i] = child_start(live_child, &place);
		write_some(generation, who + i + 1); /* while the child is at work */
	}
	check_pages(generation);
	for (int i = 0; i < CHILDREN; i++)
		child_join(pid[i]);
	check_pages(generation);
}

/* With everybody standing still the counts must agree exactly. */
static void stand_still(void *arg)
{
	int generation = *(int *)arg;
	pid_t pid = 0;

	write_some(generation, generation);
	if (generation < GENERATIONS) {
		int next = generation + 1;

		pid = child_start(stand_still, &next);
		step_wait(pid, 1);
	}
	for (size_t i = 0; i < NR; i++) {
		struct vm_page_info v = vmq(p + i * PAGE);

		CHECK_EQ(v.rmap_count, v.mapcount, "generation %d: rmap_walk of page %zu",
			 generation, i);
		CHECK_EQ(v.refcount, v.mapcount, "generation %d: refcount of page %zu", generation,
			 i);
	}
	check_mm();
	if (generation)
		step(1);
	if (pid) {
		step_go(pid, 1);
		child_join(pid);
	}
}

int main(void)
{
	int first = 0;

	p = map_pages(NR);

	TEST_BEGIN("three generations, each writing, keep their bytes and their rmap");
	for (size_t i = 0; i < NR; i++) {
		tag[i] = i;
		page_fill(p + i * PAGE, i);
	}
	live(0, 0);

	TEST_BEGIN("with all generations alive rmap, mapcount and refcount agree");
	stand_still(&first);
	unmap_pages(p, NR);
	return TEST_END();
}
