/* SPDX-License-Identifier: MIT */
/*
 * Proves: advice that is a flag of the area parts and joins areas as in Linux, and fork obeys
 * DONTFORK and WIPEONFORK; MADV_POPULATE_READ and MADV_POPULATE_WRITE bring in every page, with
 * Linux's errors; and when memory is refused at any point of them areas and bytes stay.
 * See mm/space/madvise.c.
 *
 * cpus: 2
 */
#include "merge.h"

#define NR 8
#define RW (PROT_READ | PROT_WRITE)

static char *p;

static void advise(void *at, size_t n, int advice)
{
	CHECK(!madvise(at, n * PAGE, advice), "advice %d: %s", advice, strerror(errno));
}

/* Whether the page is in an area. */
static bool is_mapped(void *at)
{
	unsigned char vec;

	return !mincore(at, PAGE, &vec);
}

static bool is_present(void *at)
{
	return vmq(at).flags & VMQ_PRESENT;
}

static void fill(void)
{
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, i);
}

static void parts_and_joins(void)
{
	static const struct {
		int set, clear;
	} pair[] = {
		{ MADV_RANDOM, MADV_NORMAL },	      { MADV_SEQUENTIAL, MADV_NORMAL },
		{ MADV_DONTFORK, MADV_DOFORK },	      { MADV_WIPEONFORK, MADV_KEEPONFORK },
		{ MADV_MERGEABLE, MADV_UNMERGEABLE },
	};
	int before = vma_count(getpid());

	TEST_BEGIN("an advice that is a flag parts areas, and its opposite joins them");
	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		advise(p + 2 * PAGE, 3, pair[i].set);
		CHECK_EQ(vma_count(getpid()), before + 2, "areas");
		advise(p + 2 * PAGE, 3, pair[i].set);
		CHECK_EQ(vma_count(getpid()), before + 2, "areas, said twice");
		advise(p, 2, pair[i].set);
		CHECK_EQ(vma_count(getpid()), before + 1, "areas, with the one before");
		advise(p, NR, pair[i].clear);
		CHECK_EQ(vma_count(getpid()), before, "areas in the end");
	}
	advise(p, 3, MADV_SEQUENTIAL);
	advise(p, 3, MADV_RANDOM); /* takes the other back */
	advise(p + 3 * PAGE, NR - 3, MADV_RANDOM);
	CHECK_EQ(vma_count(getpid()), before, "areas");
	advise(p, NR, MADV_NORMAL);
	advise(p, 3, MADV_WILLNEED);
	CHECK_EQ(vma_count(getpid()), before, "WILLNEED leaves no mark");
}

static void sees_all(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, i), "page %zu: its bytes", i);
}

static bool is_middle(size_t i)
{
	return i >= 2 && i < 5;
}

static void has_no_middle(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < NR; i++) {
		CHECK_EQ(is_mapped(p + i * PAGE), !is_middle(i), "page %zu", i);
		CHECK(is_middle(i) || page_holds(p + i * PAGE, i), "page %zu: its bytes", i);
	}
	check_mm();
}

static void has_empty_middle(void *arg)
{
	for (size_t i = 0; i < NR; i++)
		CHECK(is_middle(i) ? page_is_zero(p + i * PAGE) : page_holds(p + i * PAGE, i),
		      "page %zu: its bytes", i);
	if (arg)
		return;
	page_fill(p + 3 * PAGE, 3);
	child_join(child_start(has_empty_middle, p)); /* a grandchild's is empty again */
	CHECK(page_holds(p + 3 * PAGE, 3), "what the child wrote is its own");
	check_mm();
}

static void dont_fork(void)
{
	TEST_BEGIN("DONTFORK: a child has no such area; DOFORK: it has");
	fill();
	advise(p + 2 * PAGE, 3, MADV_DONTFORK);
	child_join(child_start(has_no_middle, NULL));
	advise(p, NR, MADV_DOFORK);
	child_join(child_start(sees_all, NULL));
	sees_all(NULL);
}

static void wipe_on_fork(void)
{
	char *shared = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	TEST_BEGIN("WIPEONFORK: a child's is empty, and its child's; KEEPONFORK: it is not");
	fill();
	advise(p + 2 * PAGE, 3, MADV_WIPEONFORK);
	child_join(child_start(has_empty_middle, NULL));
	sees_all(NULL);
	advise(p, NR, MADV_KEEPONFORK);
	child_join(child_start(sees_all, NULL));
	REQUIRE(shared != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK_ERRNO(madvise(shared, PAGE, MADV_WIPEONFORK), EINVAL);
	unmap_pages(shared, 1);
}

static void has_empty_page(void *page)
{
	CHECK(page_is_zero(page), "the child's page");
	check_mm();
}

/* A merged page stays merged in the parent, and what a wiped area maps instead is found. */
static void wipe_merged(void)
{
	char *m;

	TEST_BEGIN("WIPEONFORK of a merged page");
	merge_begin();
	m = make_merged(77);
	advise(m, 1, MADV_WIPEONFORK);
	child_join(child_start(has_empty_page, m));
	check_merged_of(0, m, 2);
	check_mm();
	merge_end();
	unmap_pages(m, 2);
}

static void drop(void)
{
	advise(p, NR, MADV_DONTNEED);
}

static void populate(void)
{
	const size_t hole = 5;
	int fd = memfd_create("short", 0);
	char *file = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);

	TEST_BEGIN("POPULATE brings in every page, by reading or by writing");
	drop();
	advise(p, NR, MADV_POPULATE_READ);
	for (size_t i = 0; i < NR; i++)
		CHECK(vmq(p + i * PAGE).flags & VMQ_ZERO, "page %zu: the zero page", i);
	advise(p + PAGE, 1, MADV_POPULATE_WRITE);
	CHECK(vmq(p + PAGE).flags & VMQ_DIRTY, "written");
	CHECK(vmq(p).flags & VMQ_ZERO, "the one before is not");
	CHECK(page_is_zero(p + PAGE), "nothing is written into it");
	fill();
	advise(p, NR, MADV_POPULATE_WRITE);
	sees_all(NULL);

	TEST_BEGIN("POPULATE's errors are Linux's, and it stops at the first");
	drop();
	CHECK(!mprotect(p, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	CHECK_ERRNO(madvise(p, PAGE, MADV_POPULATE_WRITE), EINVAL);
	advise(p, 1, MADV_POPULATE_READ);
	CHECK(!mprotect(p, PAGE, PROT_NONE), "mprotect: %s", strerror(errno));
	CHECK_ERRNO(madvise(p, PAGE, MADV_POPULATE_READ), EINVAL);
	CHECK(!mprotect(p, PAGE, RW), "mprotect: %s", strerror(errno));
	unmap_pages(p + hole * PAGE, 1);
	CHECK_ERRNO(madvise(p, NR * PAGE, MADV_POPULATE_WRITE), ENOMEM);
	for (size_t i = 0; i < NR; i++)
		if (i != hole)
			CHECK_EQ(!!(vmq(p + i * PAGE).flags & VMQ_DIRTY), i < hole, "page %zu", i);
	REQUIRE(mmap(p + hole * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
			MAP_FAILED,
		"mmap: %s", strerror(errno));
	REQUIRE(fd >= 0 && !ftruncate(fd, PAGE) && file != MAP_FAILED, "memfd: %s",
		strerror(errno));
	CHECK_ERRNO(madvise(file, 2 * PAGE, MADV_POPULATE_READ), EFAULT);
	CHECK(is_present(file), "what there is of the file");
	unmap_pages(file, 2);
	close(fd);
}

static void fails_nth(int advice, int want)
{
	long nth = 1;

	for (;; nth++) {
		int err, ret;

		drop();
		mg_kctl(KCTL_FAIL_NTH, (unsigned long)nth, 0);
		ret = madvise(p + 2 * PAGE, 3 * PAGE, advice);
		err = errno;
		mg_kctl(KCTL_FAIL_NTH, 0, 0);
		if (!ret)
			break;
		CHECK_EQ(err, want, "advice %d, allocation %ld: errno", advice, nth);
		check_mm();
	}
	CHECK(nth > 1, "advice %d asked for no memory", advice);
	advise(p, NR, MADV_KEEPONFORK);
}

static void failures(void)
{
	int areas = vma_count(getpid());
	long frames;

	TEST_BEGIN("no memory at any point");
	drop();
	frames = free_frames();
	fails_nth(MADV_WIPEONFORK, EAGAIN);
	fails_nth(MADV_POPULATE_WRITE, ENOMEM);
	drop();
	CHECK_EQ(vma_count(getpid()), areas, "areas");
	CHECK_EQ(free_frames(), frames, "frames");
}

int main(void)
{
	p = map_pages(NR);
	parts_and_joins();
	dont_fork();
	wipe_on_fork();
	wipe_merged();
	populate();
	failures();
	return TEST_END();
}
