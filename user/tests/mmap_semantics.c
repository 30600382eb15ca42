/* SPDX-License-Identifier: MIT */
/*
 * Proves: mmap and munmap split, join and replace areas by Linux's rules; each
 * wrong argument gives its errno and changes nothing.
 * See mm/README.md, "Address spaces".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define RW	(PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

/* A hole of 16 pages with nothing beside it, so that no neighbour joins. */
static char *lonely_range(void)
{
	char *p = map_pages(18);

	unmap_pages(p, 18);
	return p + PAGE;
}

static void read_byte(void *arg)
{
	(void)*(volatile char *)arg;
}

static void test_split_and_join(void)
{
	char *p = lonely_range();
	int vmas = vma_count(getpid());

	TEST_BEGIN("munmap in the middle splits an area, filling the hole joins it");
	REQUIRE(mmap(p, 8 * PAGE, RW, PRIVATE | MAP_FIXED, -1, 0) == p, "mmap at %p", p);
	CHECK_EQ(vma_count(getpid()), vmas + 1, "areas after mmap");
	for (size_t i = 0; i < 8; i++)
		page_fill(p + i * PAGE, i);
	unmap_pages(p + 3 * PAGE, 2);
	CHECK_EQ(vma_count(getpid()), vmas + 2, "areas after the hole");
	CHECK_EQ(dies_by(read_byte, p + 3 * PAGE), SIGSEGV, "signal for a read in the hole");
	CHECK_EQ(dies_by(read_byte, p + 5 * PAGE), 0, "signal for a read beside the hole");
	for (size_t i = 0; i < 8; i++)
		if (i != 3 && i != 4)
			CHECK(page_holds(p + i * PAGE, i), "page %zu kept its bytes", i);
	check_mm();
	REQUIRE(mmap(p + 3 * PAGE, 2 * PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0) ==
			p + 3 * PAGE,
		"mmap into the hole");
	CHECK_EQ(vma_count(getpid()), vmas + 1, "areas after the hole was filled");
	CHECK(page_is_zero(p + 3 * PAGE), "the hole's new page is zero");
	check_mm();
	unmap_pages(p, 8);
	CHECK_EQ(vma_count(getpid()), vmas, "areas at the end");
}

static void test_edges(void)
{
	char *p = lonely_range();
	int vmas = vma_count(getpid());

	TEST_BEGIN("munmap cuts at either end and over several areas");
	REQUIRE(mmap(p, 3 * PAGE, RW, PRIVATE | MAP_FIXED, -1, 0) == p, "first area");
	REQUIRE(mmap(p + 5 * PAGE, 3 * PAGE, RW, PRIVATE | MAP_FIXED, -1, 0) == p + 5 * PAGE,
		"second area");
	memset(p, 1, 3 * PAGE);
	memset(p + 5 * PAGE, 2, 3 * PAGE);
	unmap_pages(p + PAGE, 6); /* the end of one, the hole, the start of the other */
	CHECK_EQ(vma_count(getpid()), vmas + 2, "areas");
	CHECK(p[0] == 1 && p[7 * PAGE] == 2, "what is left kept its bytes");
	CHECK_EQ(dies_by(read_byte, p + PAGE), SIGSEGV, "signal behind the first");
	CHECK_EQ(dies_by(read_byte, p + 6 * PAGE), SIGSEGV, "signal before the second");
	CHECK(!munmap(p, 16 * PAGE), "munmap over holes: %s", strerror(errno));
	CHECK(!munmap(p, PAGE), "munmap of nothing: %s", strerror(errno));
	CHECK_EQ(vma_count(getpid()), vmas, "areas at the end");
}

static void test_fixed(void)
{
	char *p = map_pages(4);
	long frames = free_frames();

	TEST_BEGIN("MAP_FIXED replaces, MAP_FIXED_NOREPLACE refuses, a hint is taken");
	for (size_t i = 0; i < 4; i++)
		page_fill(p + i * PAGE, i);
	CHECK_ERRNO(mmap(p + PAGE, PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
	CHECK_ERRNO(mmap(p - PAGE, 2 * PAGE, RW, PRIVATE | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
	CHECK(page_holds(p + PAGE, 1), "page 1 is untouched");
	REQUIRE(mmap(p + PAGE, 2 * PAGE, RW, PRIVATE | MAP_FIXED, -1, 0) == p + PAGE, "MAP_FIXED");
	CHECK(page_is_zero(p + PAGE) && page_is_zero(p + 2 * PAGE), "the pages are new");
	CHECK(page_holds(p, 0) && page_holds(p + 3 * PAGE, 3), "the others are not");
	unmap_pages(p, 4);
	CHECK(free_frames() >= frames, "frames came back: %ld, were %ld", free_frames(), frames);
	CHECK(mmap(p, PAGE, RW, PRIVATE, -1, 0) == p, "a free hint is taken");
	CHECK(mmap(p, PAGE, RW, PRIVATE, -1, 0) != p, "a used one is not");
	unmap_pages(p, 1);
}

static void test_populate(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, PRIVATE | MAP_POPULATE, -1, 0);

	TEST_BEGIN("MAP_POPULATE touches every page");
	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	for (size_t i = 0; i < 4; i++)
		CHECK(vmq(p + i * PAGE).flags & VMQ_PRESENT, "page %zu is present", i);
	unmap_pages(p, 4);
}

/* populate_table() ends: the pages beside are of the same area, whose page table is there. */
static void test_populate_no_more(void)
{
	char *p = map_pages(12);
	char *middle = p + 4 * PAGE;

	TEST_BEGIN("MAP_POPULATE touches no page beside its own");
	p[0] = 1;
	CHECK(mmap(middle, 4 * PAGE, RW, PRIVATE | MAP_FIXED | MAP_POPULATE, -1, 0) == middle,
	      "mmap: %s", strerror(errno));
	for (size_t i = 0; i < 12; i++)
		CHECK_EQ(!!(vmq(p + i * PAGE).flags & VMQ_PRESENT), i == 0 || (i >= 4 && i < 8),
			 "page %zu is present", i);
	unmap_pages(p, 12);
}

/* More page tables than there is memory for. */
static void populate_for_ever(void *arg)
{
	(void)arg;
	mmap(NULL, 1ul << 46, PROT_READ, PRIVATE | MAP_POPULATE, -1, 0);
}

static void test_kill_populate(void)
{
	long mapped = event_count(EV_zero_map);
	int status = 0;
	pid_t pid;

	TEST_BEGIN("a MAP_POPULATE that would fill all memory lets others run and can be killed");
	pid = child_start(populate_for_ever, NULL);
	wait_until(event_count(EV_zero_map) >= mapped + 2048, "child %d does not populate", pid);
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait for child %d", pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "wait status %#x", status);
	mapped = event_count(EV_zero_map) - mapped;
	CHECK(mapped < 1l << 24, "%ld pages were populated", mapped);
}

static void test_mmap_errors(void)
{
	char *low = (char *)0x1000, *odd = (char *)0x10000001, *kernel = (char *)(1ul << 63);

	TEST_BEGIN("wrong arguments of mmap");
	CHECK_ERRNO(mmap(NULL, 0, RW, PRIVATE, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, PAGE, RW, MAP_ANONYMOUS | MAP_SHARED | MAP_PRIVATE, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF);
	CHECK_ERRNO(mmap(NULL, PAGE, RW, MAP_PRIVATE, HANDLE_STDERR, 0), ENODEV);
	CHECK_ERRNO(mmap(NULL, PAGE, RW, MAP_SHARED, HANDLE_INITRD, 0), EACCES);
	CHECK_ERRNO(mmap(NULL, PAGE, RW, MAP_SHARED | MAP_PRIVATE, HANDLE_INITRD, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, 0, RW, MAP_ANONYMOUS | MAP_SHARED, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, 1ul << 46, RW, MAP_ANONYMOUS | MAP_SHARED, -1, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, PAGE, RW | PROT_EXEC, PRIVATE, -1, 0), EACCES);
	CHECK_ERRNO(mmap(odd, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(low, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0), EPERM);
	CHECK_ERRNO(mmap(kernel, PAGE, RW, PRIVATE | MAP_FIXED, -1, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, PAGE, RW, PRIVATE, -1, 1), EINVAL);
	CHECK_ERRNO(mmap(NULL, PAGE, RW, MAP_PRIVATE, HANDLE_INITRD, PAGE - 1), EINVAL);
	CHECK_ERRNO(mmap(NULL, 1ul << 47, RW, PRIVATE, -1, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, -1ul, RW, PRIVATE, -1, 0), ENOMEM);
}

static void test_munmap_errors(void)
{
	char *p = map_pages(2);

	TEST_BEGIN("wrong arguments of munmap");
	p[0] = 1;
	CHECK_ERRNO(munmap(p + 1, PAGE), EINVAL);
	CHECK_ERRNO(munmap(p, 0), EINVAL);
	CHECK_ERRNO(munmap(p, -1ul), EINVAL);
	CHECK_ERRNO(munmap((void *)0x7ffffffff000, PAGE), EINVAL);
	CHECK_ERRNO(munmap((void *)(1ul << 63), PAGE), EINVAL);
	CHECK(p[0] == 1, "nothing was unmapped");
	CHECK(!munmap(p, PAGE + 1), "a length is rounded up: %s", strerror(errno));
	CHECK_EQ(dies_by(read_byte, p + PAGE), SIGSEGV, "signal for a read in the rounded part");
}

int main(void)
{
	test_split_and_join();
	test_edges();
	test_fixed();
	test_populate();
	test_populate_no_more();
	test_kill_populate();
	test_mmap_errors();
	test_munmap_errors();
	return TEST_END();
}
