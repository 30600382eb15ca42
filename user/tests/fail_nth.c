/* SPDX-License-Identifier: MIT */
/*
 * Proves: fork, exec, mmap, mprotect and munmap survive the failure of each single allocation:
 * ENOMEM (fork: or EAGAIN), the caller unchanged, nothing leaked.
 * See mm/README.md, "fork".
 *
 * cpus: 1 2 4
 * timeout: 120
 */
#include "test.h"

#define NR	48
#define NTH_MAX 2000

static char *p;
static bool met; /* the allocation that was to fail has been asked for */

static void disarm(void)
{
	met = !mg_kctl(KCTL_FAIL_NTH, 0, 0);
}

static void setup(void)
{
	p = map_pages(NR);
	for (size_t i = 0; i < NR; i++)
		page_fill(p + i * PAGE, i);
	/* several areas, so that fork allocates for each */
	for (size_t i = 5; i < NR; i += 10)
		CHECK(!mprotect(p + i * PAGE, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
}

static void check_unchanged(int nth, long frames, long objects)
{
	for (size_t i = 0; i < NR; i++)
		CHECK(page_holds(p + i * PAGE, i), "n=%d: page %zu kept its bytes", nth, i);
	CHECK_EQ(free_frames(), frames, "n=%d: free frames", nth);
	CHECK_EQ(mem_stat().slab_objects, objects, "n=%d: slab objects", nth);
}

/* One attempt: 0 done (and undone again), or the errno. */
static int try_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0)
		return errno;
	disarm();
	CHECK_EQ(waitpid(pid, NULL, 0), pid, "wait");
	return 0;
}

static int try_mmap(void)
{
	char *q = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (q == MAP_FAILED)
		return errno;
	disarm();
	unmap_pages(q, 4);
	return 0;
}

static int try_mprotect(void)
{
	if (mprotect(p + 2 * PAGE, PAGE, PROT_READ))
		return errno;
	disarm();
	CHECK(!mprotect(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE), "mprotect back: %s",
	      strerror(errno));
	return 0;
}

static int try_munmap(void)
{
	/* Cutting a hole needs a new area: it fails before anything is unmapped. */
	if (munmap(p + 2 * PAGE, PAGE))
		return errno;
	disarm();
	REQUIRE(mmap(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + 2 * PAGE,
		"mmap back");
	page_fill(p + 2 * PAGE, 2);
	return 0;
}

#define MET	1 /* exit statuses of the program that was executed: the failure was met */
#define NOT_MET 2

/* Executes this program, to tell how it went; the errno if that fails. */
static int exec_self(long nth)
{
	char *argv[] = { "tests/fail_nth", "met?", NULL };

	mg_kctl(KCTL_FAIL_NTH, (unsigned long)nth, 0);
	execv(argv[0], argv);
	return 100 + errno;
}

/* In a child, which does the failing. */
static int try_exec(void)
{
	long nth = mg_kctl(KCTL_FAIL_NTH, 0, 0);
	pid_t pid = fork();
	int status = 0;

	if (!pid)
		_exit(exec_self(nth));
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait");
	CHECK(WIFEXITED(status), "the child ended with wait status %#x", status);
	met = nth && WEXITSTATUS(status) != NOT_MET;
	return WEXITSTATUS(status) > 100 ? WEXITSTATUS(status) - 100 : 0;
}

/*
 * Fails allocation 1, 2, 3, … until the call makes fewer.  One that fails may be
 * tolerated: a CPU's stock of objects is just filled less.
 */
static void fail_each(const char *what, int (*attempt)(void))
{
	long frames, objects;
	int nth, err, failures = 0;

	TEST_BEGIN(what);
	CHECK_EQ(attempt(), 0, "without a failure: errno");
	frames = free_frames();
	objects = (long)mem_stat().slab_objects;
	met = true;
	for (nth = 1; met && nth < NTH_MAX; nth++) {
		mg_kctl(KCTL_FAIL_NTH, (unsigned long)nth, 0);
		err = attempt();
		if (err)
			disarm();
		CHECK(!err || err == ENOMEM || err == EAGAIN, "n=%d: %s", nth, strerror(err));
		check_unchanged(nth, frames, objects);
		failures += err != 0;
	}
	CHECK(nth < NTH_MAX, "the call succeeds in the end");
	CHECK(failures > 0, "%d allocations failed", failures);
	check_mm();
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return mg_kctl(KCTL_FAIL_NTH, 0, 0) ? NOT_MET : MET;
	setup();
	fail_each("fork", try_fork);
	fail_each("exec", try_exec);
	fail_each("mmap", try_mmap);
	fail_each("mprotect", try_mprotect);
	fail_each("munmap", try_munmap);
	unmap_pages(p, NR);
	return TEST_END();
}
