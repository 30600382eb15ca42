/* SPDX-License-Identifier: MIT */
/*
 * Proves: a process that eats all memory is killed, and so is one that keeps it in memory
 * objects, by handles or by areas, and nobody else; a swarm of processes is refused; and all
 * memory comes back.  What else the kernel keeps for a process is in oom_charged.c.
 * See kernel/README.md, "The end of a process".
 *
 * cpus: 1 2 4
 * mem: 128M 512M
 * timeout: 120
 */
#include "test.h"

#define STEP   64ul  /* pages */
#define WANTED 512ul /* pages */

static void eat_memory(void *arg)
{
	(void)arg;
	for (;;) {
		char *p = mmap(NULL, STEP * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return;
		for (size_t i = 0; i < STEP; i++)
			p[i * PAGE] = 1;
	}
}

/* Touches half of its pages at once, so that it has more than the hoarder, and half when let on. */
static void want_memory(void *arg)
{
	char *p = map_pages(WANTED);

	(void)arg;
	memset(p, 1, WANTED / 2 * PAGE);
	step(1);
	memset(p + WANTED / 2 * PAGE, 1, WANTED / 2 * PAGE);
}

/*
 * Writes an object until there is no frame left, and keeps it, by its handle or (arg) by an area.
 */
static void hoard(void *arg)
{
	static char buf[PAGE];
	int vmo = mg_vmo_create(1ul << 30);
	off_t end = 0;

	step(0);   /* its page is its own from here on, */
	errno = 0; /* and so is errno's, */
	usleep(1); /* and the stack, as deep as waiting goes */
	if (arg)
		CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, vmo, 0) != MAP_FAILED, "mmap: %s",
		      strerror(errno));
	while (mg_vmo_write(vmo, buf, sizeof(buf), end) == sizeof(buf))
		end += sizeof(buf);
	if (arg)
		close(vmo);
	step(1);
	for (;;)
		sleep(1000);
}

static void test_hoarder(void *by_area)
{
	pid_t other = child_start(want_memory, NULL), hoarder;
	int status = 0;

	step_wait(other, 1);
	hoarder = child_start(hoard, by_area);
	step_wait(hoarder, 1);
	CHECK(mem_stat().free_frames > 0, "the hoarder has left the kernel its reserve");
	step_go(other, 1);
	child_join(other);
	CHECK_EQ(waitpid(hoarder, &status, 0), hoarder, "wait for the hoarder");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "wait status %#x", status);
}

/* Processes that sleep and never end, until no more can be made; then all are killed. */
static void swarm(void *arg)
{
	static pid_t pid[4096];
	size_t n = 0;

	(void)arg;
	while (n < sizeof(pid) / sizeof(pid[0]) && (pid[n] = fork()) > 0)
		n++;
	if (n < sizeof(pid) / sizeof(pid[0]) && !pid[n])
		for (;;)
			sleep(1000);
	CHECK(errno == EAGAIN || errno == ENOMEM, "fork %zu: %s", n, strerror(errno));
	CHECK(n > 10, "%zu processes could be made", n);
	while (n--) {
		CHECK(!kill(pid[n], SIGKILL), "kill: %s", strerror(errno));
		CHECK_EQ(waitpid(pid[n], NULL, 0), pid[n], "wait");
	}
}

static void check_balance(long frames)
{
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
}

int main(void)
{
	long frames, killed;

	child_join(child_start(swarm, NULL)); /* caches grow once */
	frames = free_frames();

	TEST_BEGIN("a memory eater is killed and its memory comes back");
	killed = event_count(EV_process_killed);
	CHECK_EQ(dies_by(eat_memory, NULL), SIGKILL, "the eater's signal");
	CHECK_EQ(event_count(EV_process_killed), killed + 1, "processes killed");
	check_balance(frames);

	TEST_BEGIN("a process that keeps all memory in an object is killed, and no other");
	test_hoarder(NULL);
	check_balance(frames);

	TEST_BEGIN("so is one that keeps it by an area only");
	test_hoarder(&frames);
	check_balance(frames);

	TEST_BEGIN("a swarm of processes is refused and leaves nothing");
	child_join(child_start(swarm, NULL));
	check_balance(frames);
	return TEST_END();
}
