/* SPDX-License-Identifier: MIT */
/*
 * Proves: all that the kernel keeps for a process counts when memory is exhausted.  A hoarder has
 * few pages and much of one kind of kernel object; an innocent has 600 pages; small processes
 * use up the rest: the hoarder is killed, nobody else, and all that it had comes back.  And what
 * programs make the kernel keep leaves its reserve alone: a server is refused, ENOMEM.
 * See kernel/README.md, "Who pays for the kernel's memory".
 *
 * cpus: 2
 * mem: 64M
 * timeout: 90
 * suite: test
 */
#include <pthread.h>

#include "ipc.h"
#include "test.h"

#define INNOCENT 600 /* pages */
#define SMALL	 250 /* pages */
#define SMALLS	 100 /* more than there is memory for */
#define SLEEPING 1   /* as the kernel's enum thread_state has it */

static void touch(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i * PAGE] = 1;
}

static _Noreturn void stay(void)
{
	step_page.at = 1;
	for (;;)
		usleep(100000);
}

static void keep_pages(void *n)
{
	touch(map_pages((size_t)n), (size_t)n);
	stay();
}

/* ---- kinds of kernel objects ---- */

static void hoard_closed(void)
{
	int ep = endpoint();

	for (int i = 0; i < 90000; i++)
		close(connection(ep, 1));
}

static int filled_object(size_t pages)
{
	static char buf[PAGE];
	int vmo = mg_vmo_create(pages * PAGE);

	for (size_t i = 0; i < pages; i++)
		CHECK_EQ(mg_vmo_write(vmo, buf, PAGE, (off_t)(i * PAGE)), PAGE, "write");
	return vmo;
}

/* Whether the first thread of this process sleeps. */
static bool first_sleeps(void)
{
	static struct kstat_proc proc[64];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == getpid())
			return proc[i].state == SLEEPING;
	return false;
}

static int travels;		    /* the object in the message */
static volatile int to_nobody = -1; /* a connection to let_go(), which never receives */
static volatile bool calls;

/* Closes the handle of what travels, once the first thread is in the call. */
static void *let_go(void *unused)
{
	(void)unused;
	to_nobody = connection(endpoint(), 1);
	wait_until(calls && first_sleeps(), "the call has not begun");
	close(travels);
	stay();
}

static void hoard_in_flight(void)
{
	struct ipc_message m = { .flags = 1, .rights = { ~0 } };
	pthread_t t;

	m.handle[0] = travels = filled_object(1000);
	CHECK(!pthread_create(&t, NULL, let_go, NULL), "pthread_create");
	wait_until(to_nobody >= 0, "there is no connection");
	calls = true;
	CHECK(!mg_call(to_nobody, &m), "call: %s", strerror(errno));
}

/* Every other page another area. */
static void split(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i += 2)
		CHECK(!mprotect(p + i * PAGE, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
}

static void hoard_areas(void)
{
	split(map_pages(40000), 40000);
}

/* Areas that had a page each once: they keep an anon_vma, and a link to it. */
static void hoard_links(void)
{
	const size_t n = 12000;
	char *p = map_pages(n);

	split(p, n);
	for (size_t i = 1; i < n; i += 2) {
		touch(p + i * PAGE, 1);
		madvise(p + i * PAGE, PAGE, MADV_DONTNEED);
	}
	for (size_t i = 0; i < n; i += 2) {
		mprotect(p + i * PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
		mprotect(p + i * PAGE, PAGE, PROT_WRITE);
		touch(p + i * PAGE, 1);
		madvise(p + i * PAGE, PAGE, MADV_DONTNEED);
	}
}

/* An object of fewer frames than areas show it: a part of it, for each, is less than a page. */
static void hoard_shared_areas(void)
{
	const size_t frames = 900, pages = 3000;
	int vmo = filled_object(frames);
	char *p;

	CHECK(!mg_vmo_resize(vmo, pages * PAGE), "resize: %s", strerror(errno));
	p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, vmo, 0);
	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	close(vmo);
	split(p, pages);
}

static void hoard_tables(void)
{
	const size_t tables = 1000, step = 512 * PAGE;
	char *p = mmap(NULL, tables * step, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	for (size_t i = 0; i < tables; i++)
		CHECK(((volatile char *)p)[i * step] == 0, "zeros");
	CHECK(!madvise(p, tables * step, MADV_DONTNEED), "madvise: %s", strerror(errno));
}

static void *sleeper(void *unused)
{
	(void)unused;
	for (;;)
		usleep(10000000);
	return NULL;
}

static void hoard_threads(void)
{
	pthread_t t;

	for (int i = 0; i < 240; i++)
		CHECK(!pthread_create(&t, NULL, sleeper, NULL), "thread %d", i);
}

static const struct kind {
	const char *name;
	void (*hoard)(void);
} kinds[] = {
	{ "closed connections that nobody receives", hoard_closed },
	{ "an object in a message that nobody receives", hoard_in_flight },
	{ "areas", hoard_areas },
	{ "links to anon_vmas", hoard_links },
	{ "an object held by more areas than it has frames", hoard_shared_areas },
	{ "page tables", hoard_tables },
	{ "threads and their stacks", hoard_threads },
};

static void hoard(void *kind)
{
	((const struct kind *)kind)->hoard();
	stay();
}

/* ---- the choice ---- */

static pid_t small[SMALLS];

static pid_t start(void (*fn)(void *), void *arg)
{
	pid_t pid = child_start(fn, arg);

	wait_asleep(peek_step(pid) == 1, "child %d has what it wants", pid);
	return pid;
}

/* Waits for somebody's death, or until the small process pid has its pages; who, or 0. */
static pid_t await(pid_t pid)
{
	pid_t died = 0;

	wait_asleep((died = waitpid(-1, NULL, WNOHANG)) || (pid > 0 && peek_step(pid) == 1),
		    "small process %d waits", pid);
	return died;
}

/* Starts small ones, n, which are then in small[], until somebody is killed; who. */
static pid_t exhaust(size_t *n)
{
	pid_t died = 0;

	for (*n = 0; *n < SMALLS && !died; ++*n) {
		small[*n] = fork();
		if (!small[*n])
			keep_pages((void *)SMALL);
		if (small[*n] < 0) {
			char *p = map_pages(SMALL); /* there is no memory for another: we fault */

			CHECK_EQ(errno, ENOMEM, "why fork has failed");
			touch(p, SMALL);
			died = await(0);
			unmap_pages(p, SMALL);
			break;
		}
		died = await(small[*n]);
	}
	return died;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_kind(const struct kind *kind)
{
	long frames = free_frames();
	pid_t innocent = start(keep_pages, (void *)INNOCENT);
	pid_t hoarder = start(hoard, (void *)kind);
	size_t n;

	CHECK_EQ(exhaust(&n), hoarder, "who is killed (innocent: %d)", innocent);
	end(innocent);
	end(hoarder);
	while (n--)
		end(small[n]);
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
}

/* ---- the reserve ---- */

/*
 * As a server, which is refused where a program has somebody killed: takes all there is for an
 * object, and then for the kernel's own objects; says what is left.
 */
static void use_all(void *unused)
{
	static char buf[PAGE];
	int vmo = mg_vmo_create(1ul << 30), ep = endpoint(), c;
	char *p = map_pages(60000);
	off_t end = 0;

	(void)unused;
	REQUIRE(!mg_kctl(KCTL_SPARE, 0, 0), "spare: %s", strerror(errno));
	buf[0] = 1;
	step(1);
	while (mg_vmo_write(vmo, buf, sizeof(buf), end) == sizeof(buf))
		end += sizeof(buf);
	for (size_t i = 0; i < 60000 && !mprotect(p + i * PAGE, PAGE, PROT_READ); i += 2)
		;
	CHECK_EQ(errno, ENOMEM, "why there are no more areas");
	while ((c = mg_connect(ep, 1, RIGHT_CALL)) >= 0)
		close(c);
	CHECK_EQ(errno, ENOMEM, "why there are no more connections");
	step_page.at = (long)mem_stat().free_frames;
	for (;;)
		sched_yield();
}

static void test_reserve(void)
{
	long min = (long)mem_stat().total_frames / 128, left;
	pid_t pid = child_start(use_all, NULL);

	wait_asleep(peek_step(pid) == 1, "the child is ready");
	step_go(pid, 1);
	wait_asleep((left = peek_step(pid)) > 1, "the child has taken all");
	CHECK(left > min / 2, "%ld frames are left of the %ld kept back", left, min);
	end(pid);
	check_mm();
}

/* Caches and lists have what they keep, and this process its pages. */
static void warm_up(void)
{
	for (size_t i = 0; i < 40; i++)
		small[i] = start(keep_pages, (void *)1);
	for (size_t i = 0; i < 40; i++)
		end(small[i]);
}

int main(void)
{
	warm_up();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		TEST_BEGIN(kinds[i].name);
		test_kind(&kinds[i]);
	}
	TEST_BEGIN("what programs make the kernel keep leaves its reserve");
	test_reserve();
	return TEST_END();
}
