/* SPDX-License-Identifier: MIT */
/*
 * Proves: mlock() and its kin bring pages in, keep them from MADV_DONTNEED, are not inherited and
 * give areas back to their neighbours; mincore() says what is in memory, msync() what is wrong with
 * a range, memfd_create() gives a file without a name; all with Linux's errors.
 * See mm/space/mlock.c and mm/space/mincore.c.
 *
 * cpus: 2
 */
#include <fcntl.h>

#include "test.h"

#define RW (PROT_READ | PROT_WRITE)
#define NR 12

/* Pages of p that are in memory, as mincore() says; -1: it fails. */
static int resident(char *p, size_t n)
{
	unsigned char vec[NR];
	int sum = 0;

	if (mincore(p, n * PAGE, vec))
		return -1;
	for (size_t i = 0; i < n; i++)
		sum += vec[i] & 1;
	return sum;
}

static void in_child(void *arg)
{
	CHECK(!madvise(arg, PAGE, MADV_DONTNEED), "the child has locked nothing: %s",
	      strerror(errno));
}

static void ranges(void)
{
	char *p = map_pages(NR);
	int areas = vma_count(getpid());

	TEST_BEGIN("mlock and munlock of a part");
	CHECK_EQ(resident(p, NR), 0, "in memory before");
	CHECK(!mlock(p + 2 * PAGE + 100, 2 * PAGE), "mlock: %s", strerror(errno));
	CHECK_EQ(resident(p, NR), 3, "in memory after");
	CHECK(vmq(p + 4 * PAGE).flags & VMQ_WRITABLE, "written to already");
	CHECK_EQ(vma_count(getpid()), areas + 2, "areas");
	CHECK_ERRNO(madvise(p, NR * PAGE, MADV_DONTNEED), EINVAL);
	CHECK_ERRNO(madvise(p + 2 * PAGE, PAGE, MADV_FREE), EINVAL);
	CHECK(!madvise(p + 2 * PAGE, PAGE, MADV_DONTNEED_LOCKED), "madvise: %s", strerror(errno));
	CHECK_EQ(resident(p, NR), 2, "in memory after that");
	child_join(child_start(in_child, p + 2 * PAGE));
	CHECK_ERRNO(msync(p + 3 * PAGE, PAGE, MS_SYNC | MS_INVALIDATE), EBUSY);
	CHECK(!munlock(p, NR * PAGE), "munlock: %s", strerror(errno));
	CHECK_EQ(vma_count(getpid()), areas, "areas, joined again");
	CHECK(!madvise(p, NR * PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	CHECK(!mlock2(p, NR * PAGE, MLOCK_ONFAULT), "mlock2: %s", strerror(errno));
	CHECK_EQ(resident(p, NR), 0, "on fault");
	CHECK_ERRNO(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
	check_mm();
	unmap_pages(p, NR);
}

static void errors(void)
{
	char *p = map_pages(4);

	TEST_BEGIN("errors");
	CHECK(!munmap(p + 2 * PAGE, PAGE), "munmap: %s", strerror(errno));
	CHECK_ERRNO(mlock(p, 4 * PAGE), ENOMEM);
	CHECK_ERRNO(munlock(p, 4 * PAGE), ENOMEM);
	CHECK_ERRNO(mlock2(p, PAGE, 2), EINVAL);
	CHECK_ERRNO(mlock(p, (size_t)-1), EINVAL);
	CHECK(!mlock(p, 0), "nothing is locked");
	CHECK(!mprotect(p, PAGE, PROT_NONE), "mprotect: %s", strerror(errno));
	CHECK_ERRNO(mlock(p, PAGE), ENOMEM);
	CHECK_ERRNO(mlockall(0), EINVAL);
	CHECK_ERRNO(mlockall(MCL_ONFAULT), EINVAL);
	CHECK_ERRNO(mlockall(8), EINVAL);
	CHECK_ERRNO(resident(p + 1, 1), EINVAL);
	CHECK_ERRNO(resident(p, 4), ENOMEM);
	CHECK_ERRNO(mincore(p, PAGE, (unsigned char *)1), EFAULT);
	CHECK_ERRNO(msync(p + 1, PAGE, MS_SYNC), EINVAL);
	CHECK_ERRNO(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
	CHECK_ERRNO(msync(p, PAGE, 64), EINVAL);
	CHECK_ERRNO(msync(p, 4 * PAGE, MS_SYNC), ENOMEM);
	CHECK(!msync(p, 2 * PAGE, MS_SYNC), "msync: %s", strerror(errno));
	munmap(p, 4 * PAGE);
}

static void all_areas(void *arg)
{
	char *p = map_pages(NR), *q;

	(void)arg;
	CHECK(!mlockall(MCL_CURRENT | MCL_FUTURE), "mlockall: %s", strerror(errno));
	CHECK_EQ(resident(p, NR), NR, "what was there");
	q = map_pages(NR);
	CHECK_EQ(resident(q, NR), NR, "what came later");
	q = mremap(q, NR * PAGE, 2 * NR * PAGE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && resident(q + NR * PAGE, NR) == NR, "what has grown");
	CHECK_ERRNO(madvise(q, PAGE, MADV_DONTNEED), EINVAL);
	CHECK(!munlockall(), "munlockall: %s", strerror(errno));
	CHECK(!madvise(q, PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	CHECK_EQ(resident(map_pages(NR), NR), 0, "and nothing any more");
	p = mmap(NULL, NR * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	CHECK(p != MAP_FAILED && resident(p, NR) == NR, "MAP_LOCKED");
	check_mm();
}

static void files(void)
{
	int fd = memfd_create("a name", MFD_CLOEXEC);
	char word[4] = "", *p;

	TEST_BEGIN("memfd_create, and what a file has in memory");
	REQUIRE(fd >= 0, "memfd_create: %s", strerror(errno));
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC, "flags");
	CHECK_ERRNO(memfd_create("x", 1u << 20), EINVAL);
	CHECK(!ftruncate(fd, NR * PAGE), "ftruncate: %s", strerror(errno));
	p = mmap(NULL, NR * PAGE, RW, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK_EQ(resident(p, NR), 0, "nobody has touched it");
	memcpy(p + 5 * PAGE, "abc", 4);
	CHECK_EQ(resident(p, NR), 1, "one page");
	CHECK(!msync(p, NR * PAGE, MS_SYNC), "msync: %s", strerror(errno));
	CHECK_EQ(pread(fd, word, 4, 5 * PAGE), 4, "pread");
	CHECK(!strcmp(word, "abc"), "the file has it: %s", word);
	CHECK(!munmap(p, NR * PAGE), "munmap: %s", strerror(errno));
	p = mmap(NULL, NR * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK_EQ(resident(p, NR), 1, "not mapped here, and in memory");
	munmap(p, NR * PAGE);
	close(fd);
}

int main(void)
{
	ranges();
	errors();
	TEST_BEGIN("mlockall");
	child_join(child_start(all_areas, NULL));
	files();
	return TEST_END();
}
