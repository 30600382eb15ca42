/* SPDX-License-Identifier: MIT */
/*
 * Proves: when there is no room for one more process or handle, that one is refused, EAGAIN
 * or EMFILE, and nothing else breaks: a thousand processes live at once, all end, and as many
 * fit again; a full table of handles refuses each way to get one and loses none; every frame
 * and kernel object comes back.  Too many threads are in threads.c.
 * See kernel/README.md, "Processes, handles, authority".
 *
 * cpus: 1 2 4
 * timeout: 300
 * suite: test
 */
#include <fcntl.h>
#include <mg/ipc.h>

#include "test.h"

#define PROCESSES 1000 /* at least, of MAX_PROCESSES, 1024 */
#define LIMIT	  1024
#define HANDLES	  256 /* MAX_HANDLES */
#define PLAIN	  "/tmp/plain"

/* ---- processes ---- */

/* Where parent and children meet: memory that they share. */
static struct {
	long alive; /* children that have come so far */
} * common;

static pid_t child[LIMIT];

static size_t processes(void)
{
	static struct kstat_proc proc[LIMIT + 1];

	return (size_t)mg_kstat(KSTAT_PROCS, proc, sizeof(proc)) / sizeof(proc[0]);
}

static _Noreturn void live(void)
{
	__atomic_add_fetch(&common->alive, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

/* Forks until that is refused; how many children live then. */
static long fill(void)
{
	long n = 0;

	common->alive = 0;
	for (; n < LIMIT; n++) {
		child[n] = fork();
		if (!child[n])
			live();
		if (child[n] < 0)
			break;
	}
	CHECK(n < LIMIT && errno == EAGAIN, "fork after %ld children: %s", n, strerror(errno));
	wait_asleep(__atomic_load_n(&common->alive, __ATOMIC_SEQ_CST) == n,
		    "%ld children run, not %ld", n, common->alive);
	CHECK_EQ(processes(), LIMIT, "processes");
	return n;
}

static void reap(long n)
{
	for (long i = 0; i < n; i++)
		CHECK(!kill(child[i], SIGKILL), "kill of child %ld: %s", i, strerror(errno));
	for (long i = 0; i < n; i++) {
		int status = 0;

		CHECK_EQ(waitpid(child[i], &status, 0), child[i], "wait for child %ld", i);
		CHECK(WIFSIGNALED(status), "child %ld ended with wait status %#x", i, status);
	}
	CHECK_ERRNO(wait(NULL), ECHILD);
}

static void test_processes(void)
{
	struct kstat_mem before, after;
	long frames, n, again;

	TEST_BEGIN("a thousand processes at once, then EAGAIN, and as many again");
	reap(fill()); /* once before it counts: caches and lists have what they keep */
	frames = free_frames();
	before = mem_stat();
	n = fill();
	CHECK(n >= PROCESSES, "%ld children live at once", n);
	CHECK_ERRNO(fork(), EAGAIN);
	CHECK(!kill(child[0], SIGKILL) && waitpid(child[0], NULL, 0) == child[0], "one ends");
	child[0] = fork();
	if (!child[0])
		live();
	CHECK(child[0] > 0, "there is room for one: %s", strerror(errno));
	CHECK_ERRNO(fork(), EAGAIN);
	reap(n);
	CHECK_EQ(free_frames(), frames, "free frames");
	after = mem_stat();
	CHECK_EQ(after.slab_objects, before.slab_objects, "slab objects");
	again = fill();
	CHECK_EQ(again, n, "children the next time");
	reap(again);
	check_mm();
}

/* ---- handles ---- */

/* Takes handles until there is none left but `spare`; the first one that was taken. */
static int take_all(int spare)
{
	int first = dup(STDERR_FILENO), last = first;

	for (int h = first; h >= 0; h = dup(STDERR_FILENO))
		last = h;
	CHECK_EQ(errno, EMFILE, "why there was no further handle");
	CHECK_EQ(last, HANDLES - 1, "the last handle");
	while (spare--)
		CHECK(!close(last--), "close: %s", strerror(errno));
	return first;
}

static void give_back(int first)
{
	for (int h = first; h < HANDLES; h++)
		close(h);
}

static int free_handles(void)
{
	int n = 0;

	for (int h = 0; h < HANDLES; h++)
		n += fcntl(h, F_GETFD) < 0;
	return n;
}

static void refused(void)
{
	int ends[2];

	CHECK_ERRNO(dup(STDERR_FILENO), EMFILE);
	CHECK_ERRNO(fcntl(STDERR_FILENO, F_DUPFD, 0), EMFILE);
	CHECK_ERRNO(open(PLAIN, O_RDONLY), EMFILE);
	CHECK_ERRNO(open("/tmp/new", O_WRONLY | O_CREAT, 0644), EMFILE);
	CHECK_ERRNO(pipe(ends), EMFILE);
	CHECK_ERRNO(mg_endpoint_create(), EMFILE);
	CHECK_ERRNO(mg_vmo_create(PAGE), EMFILE);
}

static void accepted(void)
{
	int ends[2], fd = open(PLAIN, O_RDONLY), ep = mg_endpoint_create(), c;
	char byte = 0;

	CHECK(fd >= 0 && read(fd, &byte, 1) == 1 && byte == 'p', "open: %s", strerror(errno));
	CHECK(!pipe(ends), "pipe: %s", strerror(errno));
	CHECK(write(ends[1], "q", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'q', "a pipe");
	c = mg_connect(ep, 1, RIGHT_CALL | RIGHT_NOTIFY);
	CHECK(c >= 0 && !mg_notify(c, 1), "an endpoint: %s", strerror(errno));
	for (int h = 0; h < 5; h++)
		CHECK(!close((int[]){ fd, ends[0], ends[1], ep, c }[h]), "close %d", h);
}

static void exits(void *arg)
{
	(void)arg;
	CHECK_ERRNO(dup(STDERR_FILENO), EMFILE);
	CHECK(!close(STDIN_FILENO) && dup(STDERR_FILENO) == STDIN_FILENO, "the child's own table");
}

/* The table full, then with room for less than what is asked for, and empty again. */
static void fill_and_empty(int left)
{
	int first = take_all(0), ends[2], fd;

	refused();
	CHECK_EQ(dup2(STDOUT_FILENO, first), first, "dup2 over a handle needs none");
	child_join(child_start(exits, NULL));
	give_back(first);
	CHECK_EQ(free_handles(), left, "free handles");
	accepted();

	first = take_all(1);
	CHECK_ERRNO(pipe(ends), EMFILE);
	CHECK_EQ(free_handles(), 1, "free handles after what needs two");
	fd = open(PLAIN, O_RDONLY);
	CHECK_EQ(fd, HANDLES - 1, "there is room for a file: %s", strerror(errno));
	refused();
	give_back(first);
	CHECK_EQ(free_handles(), left, "free handles");
	accepted();
}

static void test_handles(void)
{
	int fd = open(PLAIN, O_WRONLY | O_CREAT, 0644), left;
	struct kstat_mem before;
	long frames;

	TEST_BEGIN("a full table of handles: EMFILE, nothing lost, and all works again");
	CHECK(write(fd, "plain", 5) == 5 && !close(fd), "a file: %s", strerror(errno));
	left = free_handles();
	fill_and_empty(left); /* once before it counts: the server has what it keeps */
	frames = free_frames();
	before = mem_stat();
	fill_and_empty(left);
	CHECK_EQ(free_frames(), frames, "free frames");
	CHECK_EQ(mem_stat().slab_objects, before.slab_objects, "slab objects");
	CHECK_ERRNO(open("/tmp/new", O_RDONLY), ENOENT);
	check_mm();
}

int main(void)
{
	common = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(common != MAP_FAILED, "mmap: %s", strerror(errno));
	test_processes();
	test_handles();
	return TEST_END();
}
