/* SPDX-License-Identifier: MIT */
/*
 * Proves: a page whose other side has gone is written in place, whether the
 * child went first or the parent's mapping did; while the other side lives, a
 * write copies.  See mm/README.md, "Address spaces and faults".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define NR 16

static char *p;

static void nothing(void *arg)
{
	(void)arg;
}

static void hold_pages(void *arg)
{
	(void)arg;
	step(1);
}

/* Waits until it is the only owner, then writes: the frames must stay. */
static void outlive(void *arg)
{
	uint64_t frame[NR];

	(void)arg;
	for (size_t i = 0; i < NR; i++)
		frame[i] = vmq(p + i * PAGE).pfn;
	step(1);
	for (size_t i = 0; i < NR; i++) {
		p[i * PAGE] = 'c';
		CHECK_EQ(vmq(p + i * PAGE).pfn, frame[i], "frame of the child's page %zu", i);
	}
}

static void write_in_place(void)
{
	long reused = event_count(EV_cow_reuse), copied = event_count(EV_cow_copy);
	uint64_t frame[NR];

	for (size_t i = 0; i < NR; i++)
		frame[i] = vmq(p + i * PAGE).pfn;
	for (size_t i = 0; i < NR; i++)
		p[i * PAGE] = 'x';
	CHECK_EQ(event_count(EV_cow_copy) - copied, 0, "cow_copy events");
	CHECK_EQ(event_count(EV_cow_reuse) - reused, NR, "cow_reuse events");
	for (size_t i = 0; i < NR; i++) {
		struct vm_page_info v = vmq(p + i * PAGE);

		CHECK_EQ(v.pfn, frame[i], "frame of page %zu", i);
		CHECK(v.flags & VMQ_EXCLUSIVE, "page %zu is exclusive again", i);
		CHECK(v.flags & VMQ_WRITABLE, "page %zu is writable again", i);
	}
}

int main(void)
{
	pid_t pid;

	p = map_pages(NR);
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, i);

	TEST_BEGIN("after the child's exit the parent writes in place");
	child_join(child_start(nothing, NULL));
	vmq(p); /* whatever the query itself touches is parted by now */
	write_in_place();

	TEST_BEGIN("while the child lives a write copies");
	pid = child_start(hold_pages, NULL);
	step_wait(pid, 1);
	p[0] = 'y';
	CHECK(vmq(p).pfn != vmq_of(pid, p).pfn, "parent and child have frame %#lx", vmq(p).pfn);
	step_go(pid, 1);
	child_join(pid);

	TEST_BEGIN("after the parent's munmap the child writes in place");
	pid = child_start(outlive, NULL);
	step_wait(pid, 1);
	unmap_pages(p, NR);
	step_go(pid, 1);
	child_join(pid);
	check_mm();
	return TEST_END();
}
