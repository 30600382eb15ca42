/* SPDX-License-Identifier: MIT */
/*
 * Proves: what a program asks for at exec, and the areas that it makes, end at their limits: one
 * byte less is granted, one more is refused, E2BIG and ENOMEM, and changes nothing; another
 * program has its own limit; and all comes back.
 * See kernel/README.md, "Who pays for the kernel's memory".
 *
 * cpus: 2
 * timeout: 240
 * suite: test
 */
#include <abi/limits.h>

#include "test.h"

#define SELF	"tests/limits"
#define ARG_MAX (128ul * 1024) /* strings with their NULs, and the pointers to them */

/* ---- arguments of exec ---- */

static char text[ARG_MAX];

/* Executes this program with a string of n bytes, NUL included: 0 if it came, or the errno. */
static int exec_with(size_t n)
{
	char *argv[] = { SELF, text, NULL }, *envp[] = { NULL };
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		memset(text, 'a', n - 1);
		text[n - 1] = '\0';
		execve(SELF, argv, envp);
		_exit(errno);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

static void test_arguments(void)
{
	size_t rest = ARG_MAX - sizeof(SELF) - 2 * sizeof(char *);

	TEST_BEGIN("exec takes 128 KiB of arguments, and not a byte more");
	CHECK_EQ(exec_with(rest), 0, "errno of exec with %zu bytes", rest);
	CHECK_EQ(exec_with(rest + 1), E2BIG, "errno of exec with %zu bytes", rest + 1);
	CHECK_EQ(exec_with(rest), 0, "errno of exec after that");
}

/* In the program that was executed: the string has come whole. */
static int come_with(const char *string)
{
	size_t n = strlen(string), rest = ARG_MAX - sizeof(SELF) - 2 * sizeof(char *);

	return n + 1 == rest && strspn(string, "a") == n ? 0 : 1;
}

/* ---- areas ---- */

#define PAGES (2 * MAX_MAP_COUNT)

static char *p;

/* Every second page becomes an area of its own; how many there are when that is refused. */
static int make_areas(void)
{
	size_t i = 1;

	while (i < PAGES && !mprotect(p + i * PAGE, PAGE, PROT_READ))
		i += 2;
	CHECK(i < PAGES && errno == ENOMEM, "mprotect of page %zu: %s", i, strerror(errno));
	return vma_count(getpid());
}

static void *map_one(void)
{
	/* a page of our own, far from others with the same rights */
	return mmap(NULL, PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void check_refused(void)
{
	int areas = vma_count(getpid());

	CHECK_ERRNO(munmap(p + (PAGES - 2) * PAGE, PAGE), ENOMEM);
	CHECK_ERRNO(mprotect(p + (PAGES - 2) * PAGE, PAGE, PROT_READ), ENOMEM);
	CHECK_ERRNO(mremap(p + (PAGES - 2) * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE), ENOMEM);
	CHECK_EQ(vma_count(getpid()), areas, "areas after what was refused");
}

/* In a child of fork, which has as many, and in what it makes anew. */
static void map_in_child(void *unused)
{
	(void)unused;
	unmap_pages(p, PAGES);
	p = map_pages(3);
	CHECK(!mprotect(p + PAGE, PAGE, PROT_READ), "mprotect in a child: %s", strerror(errno));
}

static void test_areas(void)
{
	long frames = free_frames(), objects = (long)mem_stat().slab_objects;
	int areas;
	void *one;

	TEST_BEGIN("an address space has 65,530 areas, and not one more");
	p = map_pages(PAGES);
	areas = make_areas();
	while ((one = map_one()) != MAP_FAILED)
		areas++; /* mprotect() needs two, so one may be left */
	CHECK_EQ(errno, ENOMEM, "errno of mmap()");
	CHECK_EQ(vma_count(getpid()), MAX_MAP_COUNT, "areas");
	CHECK(areas >= MAX_MAP_COUNT, "%d areas", areas);
	check_refused();
	child_join(child_start(map_in_child, NULL));
	CHECK(!munmap(p + PAGE, PAGE), "a whole area can go: %s", strerror(errno));
	CHECK(map_one() != MAP_FAILED, "and another come: %s", strerror(errno));
	unmap_pages(p, PAGES);
	CHECK(free_frames() >= frames - 20, "%ld frames are free, %ld before", free_frames(),
	      frames);
	CHECK((long)mem_stat().slab_objects <= objects + 20, "%lu kernel objects, %ld before",
	      mem_stat().slab_objects, objects);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return come_with(argv[1]);
	test_arguments();
	test_areas();
	check_mm();
	return TEST_END();
}
