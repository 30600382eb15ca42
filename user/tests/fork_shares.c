/* SPDX-License-Identifier: MIT */
/*
 * Proves: fork shares every frame, read-only and exclusive to nobody; one write
 * on either side parts exactly one page; the other side keeps frame and bytes.
 * See mm/README.md, "fork".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define NR	     32
#define CHILD_WRITE  3
#define PARENT_WRITE 9

static char *p;

static void child(void *arg)
{
	(void)arg;
	step(1);
	page_fill(p + CHILD_WRITE * PAGE, 1000);
	step(2);
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, i == CHILD_WRITE ? 1000 : i),
		      "the child's page %zu holds the child's bytes", i);
	step(3);
}

/* Both sides map one frame, and the kernel's counts say so. */
static void check_shared(pid_t pid, size_t i)
{
	struct vm_page_info ours = vmq(p + i * PAGE), theirs = vmq_of(pid, p + i * PAGE);

	CHECK_EQ(theirs.pfn, ours.pfn, "the child's frame of page %zu", i);
	CHECK(!((ours.flags | theirs.flags) & (VMQ_WRITABLE | VMQ_EXCLUSIVE)),
	      "page %zu is read-only and not exclusive: flags %#x, %#x", i, ours.flags,
	      theirs.flags);
	CHECK_EQ(ours.mapcount, 2, "mapcount of page %zu", i);
	CHECK_EQ(ours.refcount, 2, "refcount of page %zu", i);
	CHECK_EQ(ours.rmap_count, 2, "mappings of page %zu that rmap_walk finds", i);
}

static void check_parted(pid_t pid, size_t i, bool by_child)
{
	struct vm_page_info ours = vmq(p + i * PAGE), theirs = vmq_of(pid, p + i * PAGE);
	struct vm_page_info writer = by_child ? theirs : ours;

	CHECK(ours.pfn != theirs.pfn, "page %zu is parted, both have frame %#lx", i, ours.pfn);
	CHECK_EQ(ours.mapcount, 1, "the parent's mapcount of page %zu", i);
	CHECK_EQ(theirs.mapcount, 1, "the child's mapcount of page %zu", i);
	CHECK_EQ(ours.rmap_count, 1, "the parent's mappings by rmap_walk of page %zu", i);
	CHECK_EQ(theirs.rmap_count, 1, "the child's mappings by rmap_walk of page %zu", i);
	CHECK((writer.flags & (VMQ_WRITABLE | VMQ_EXCLUSIVE)) == (VMQ_WRITABLE | VMQ_EXCLUSIVE),
	      "the writer owns page %zu: flags %#x", i, writer.flags);
}

static void check_all(pid_t pid, bool parent_wrote)
{
	for (size_t i = 0; i < NR; i++) {
		if (i == CHILD_WRITE || (parent_wrote && i == PARENT_WRITE))
			check_parted(pid, i, i == CHILD_WRITE);
		else
			check_shared(pid, i);
	}
	check_mm();
}

int main(void)
{
	uint64_t frame[NR];
	long copies;
	pid_t pid;

	p = map_pages(NR);
	for (size_t i = 0; i < NR; i++) {
		page_fill(p + i * PAGE, i);
		frame[i] = vmq(p + i * PAGE).pfn;
	}

	TEST_BEGIN("fork shares every frame");
	pid = child_start(child, NULL);
	step_wait(pid, 1);
	for (size_t i = 0; i < NR; i++) {
		CHECK_EQ(vmq(p + i * PAGE).pfn, frame[i], "the parent's frame of page %zu", i);
		check_shared(pid, i);
	}

	TEST_BEGIN("a write by the child parts one page");
	copies = event_count(EV_cow_copy);
	step_go(pid, 1);
	step_wait(pid, 2);
	CHECK(event_count(EV_cow_copy) > copies, "a cow_copy event was counted");
	check_all(pid, false);
	CHECK_EQ(vmq(p + CHILD_WRITE * PAGE).pfn, frame[CHILD_WRITE], "the parent's frame stays");

	TEST_BEGIN("a write by the parent parts one page");
	page_fill(p + PARENT_WRITE * PAGE, 2000);
	check_all(pid, true);
	step_go(pid, 2);
	step_wait(pid, 3);
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, i == PARENT_WRITE ? 2000 : i),
		      "the parent's page %zu holds the parent's bytes", i);
	step_go(pid, 3);
	child_join(pid);
	unmap_pages(p, NR);
	return TEST_END();
}
