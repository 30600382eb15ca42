/* SPDX-License-Identifier: MIT */
/*
 * Proves: RLIMIT_AS, DATA and MEMLOCK bound what mmap, mremap, mprotect, mlock and mlockall give,
 * with Linux's errors, to the page; fork and exec hand them on; a hard limit never rises.
 * See mm/space/limit.c.
 *
 * cpus: 1
 */
#include <sys/resource.h>

#include "test.h"

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static void limit(int resource, rlim_t bytes)
{
	struct rlimit l = { bytes, RLIM_INFINITY };

	CHECK(!setrlimit(resource, &l), "setrlimit(%d): %s", resource, strerror(errno));
}

/* Bytes of all areas, or of the private ones that may be written and are no stack. */
static size_t mapped(bool data)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[200];
	size_t bytes = 0;

	REQUIRE(f, "maps: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		unsigned long start, end;
		char perms[5];

		REQUIRE(sscanf(line, "%lx-%lx %4s", &start, &end, perms) == 3, "%s", line);
		if (!data || (perms[1] == 'w' && perms[3] == 'p' && !strstr(line, "[stack]")))
			bytes += end - start;
	}
	fclose(f);
	return bytes;
}

static int map(size_t pages, int prot, int flags)
{
	char *p = mmap(NULL, pages * PAGE, prot, flags, -1, 0);

	if (p == MAP_FAILED)
		return -1;
	unmap_pages(p, pages);
	return 0;
}

static void all_areas(void)
{
	size_t room = 40 * PAGE;
	char *p = map_pages(10), *q;

	TEST_BEGIN("RLIMIT_AS");
	limit(RLIMIT_AS, mapped(false) + room);
	CHECK(!map(40, RW, ANON), "as much as there may be: %s", strerror(errno));
	CHECK_ERRNO(map(41, RW, ANON), ENOMEM);
	CHECK_ERRNO(map(41, PROT_READ, MAP_SHARED | MAP_ANONYMOUS), ENOMEM);
	q = mmap(p, 50 * PAGE, RW, ANON | MAP_FIXED, -1, 0); /* 10 of them go */
	CHECK_EQ((uintptr_t)q, (uintptr_t)p, "over old ones: %s", strerror(errno));
	unmap_pages(p, 50);
	p = map_pages(10);
	CHECK(mremap(p, 10 * PAGE, 51 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED, "mremap");
	CHECK_EQ(errno, ENOMEM, "mremap: errno");
	p = mremap(p, 10 * PAGE, 50 * PAGE, MREMAP_MAYMOVE);
	CHECK(p != MAP_FAILED, "mremap: %s", strerror(errno));
	limit(RLIMIT_AS, PAGE); /* takes nothing away */
	page_fill(p + 49 * PAGE, 1);
	unmap_pages(p, 50);
	CHECK_ERRNO(map(1, RW, ANON), ENOMEM);
	limit(RLIMIT_AS, RLIM_INFINITY);
}

static void data(void)
{
	char *p = mmap(NULL, 50 * PAGE, PROT_READ, ANON, -1, 0);

	TEST_BEGIN("RLIMIT_DATA");
	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	limit(RLIMIT_DATA, mapped(true) + 40 * PAGE);
	CHECK(!map(40, RW, ANON), "as much as there may be: %s", strerror(errno));
	CHECK_ERRNO(map(41, RW, ANON), ENOMEM);
	CHECK(!map(41, PROT_READ, ANON), "what may not be written: %s", strerror(errno));
	CHECK(!map(41, RW, MAP_SHARED | MAP_ANONYMOUS), "shared: %s", strerror(errno));
	CHECK_ERRNO(mprotect(p, 41 * PAGE, RW), ENOMEM);
	CHECK(!mprotect(p, 40 * PAGE, RW), "mprotect: %s", strerror(errno));
	CHECK(!mprotect(p, 40 * PAGE, RW), "once more: %s", strerror(errno));
	CHECK_ERRNO((intptr_t)sbrk(PAGE), ENOMEM);
	limit(RLIMIT_DATA, RLIM_INFINITY);
	unmap_pages(p, 50);
}

static void locked(void)
{
	char *p = map_pages(20);

	TEST_BEGIN("RLIMIT_MEMLOCK");
	limit(RLIMIT_MEMLOCK, 10 * PAGE);
	CHECK_ERRNO(mlock(p, 11 * PAGE), ENOMEM);
	CHECK(!mlock(p, 10 * PAGE), "mlock: %s", strerror(errno));
	CHECK(!mlock(p + 5 * PAGE, 5 * PAGE), "what is locked already: %s", strerror(errno));
	CHECK_ERRNO(mlock(p + 5 * PAGE, 6 * PAGE), ENOMEM);
	CHECK_ERRNO(map(1, RW, ANON | MAP_LOCKED), EAGAIN);
	CHECK_ERRNO(mlockall(MCL_CURRENT), ENOMEM);
	CHECK(!munlock(p, PAGE), "munlock: %s", strerror(errno));
	CHECK(!map(1, RW, ANON | MAP_LOCKED), "MAP_LOCKED: %s", strerror(errno));
	CHECK(!mlockall(MCL_FUTURE), "mlockall: %s", strerror(errno));
	CHECK_ERRNO(map(2, RW, ANON), EAGAIN);
	CHECK(!munlockall(), "munlockall: %s", strerror(errno));
	limit(RLIMIT_MEMLOCK, 0);
	CHECK_ERRNO(mlock(p, PAGE), EPERM);
	CHECK_ERRNO(mlockall(MCL_FUTURE), EPERM);
	CHECK_ERRNO(map(1, RW, ANON | MAP_LOCKED), EPERM);
	CHECK(!munlock(p, PAGE), "munlock: %s", strerror(errno));
	limit(RLIMIT_MEMLOCK, RLIM_INFINITY);
	unmap_pages(p, 20);
}

static void handed_on(const char *self)
{
	struct rlimit l = { 1ul << 30, 1ul << 30 }, old;
	pid_t pid;
	int status;

	TEST_BEGIN("fork and exec hand limits on, and a hard one does not rise");
	pid = fork();
	if (!pid) {
		CHECK(!prlimit(0, RLIMIT_AS, &l, &old) && old.rlim_max == RLIM_INFINITY, "%s",
		      strerror(errno));
		l.rlim_max++;
		CHECK_ERRNO(setrlimit(RLIMIT_AS, &l), EPERM);
		l.rlim_max = 0;
		CHECK_ERRNO(setrlimit(RLIMIT_AS, &l), EINVAL);
		CHECK_ERRNO(prlimit(getppid(), RLIMIT_AS, &l, NULL), EPERM);
		if (!fork())
			execl(self, self, "sees", NULL);
		CHECK(wait(&status) > 0 && !status, "the new program's");
		_exit(test.failed);
	}
	CHECK(waitpid(pid, &status, 0) == pid && !status, "status %#x", status);
}

int main(int argc, char **argv)
{
	struct rlimit l;

	if (argc == 2)
		return getrlimit(RLIMIT_AS, &l) || l.rlim_cur != 1ul << 30;
	all_areas();
	data();
	locked();
	handed_on(argv[0]);
	return TEST_END();
}
