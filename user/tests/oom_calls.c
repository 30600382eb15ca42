/* SPDX-License-Identifier: MIT */
/*
 * Proves: who asks for memory when another has taken all of it is served, by a call as by a fault:
 * the hoarder is killed, by its own call too, and an innocent beside it lives.
 * See kernel/syscall/dispatch.c.
 *
 * cpus: 2
 * mem: 64M
 * timeout: 180
 * suite: test
 */
#include <pthread.h>

#include "innocent.h"
#include "ipc.h"

/* ---- a call ---- */

/* Fills an object until that is refused: nobody is killed for it, as for a disk that is full. */
static void fill_object(void)
{
	static char buf[PAGE];
	int vmo = mg_vmo_create(1ul << 30);
	off_t end = 0;

	buf[0] = 1;
	while (mg_vmo_write(vmo, buf, sizeof(buf), end) == sizeof(buf))
		end += sizeof(buf);
}

static void hoard_object(void *unused)
{
	(void)unused;
	step_page.at = 0; /* this page is its own from here on, */
	usleep(1);	  /* and the stack, as deep as waiting goes */
	fill_object();
	step_page.at = 1;
	stay();
}

/*
 * Somebody who has all there is.  An innocent that takes its pages back at that moment has it
 * killed, which is right: then there is another.
 */
static pid_t start_hoarder(void)
{
	pid_t pid, ended = 0;

	do {
		pid = child_start(hoard_object, NULL);
		wait_asleep(peek_step(pid) == 1 || (ended = waitpid(pid, NULL, WNOHANG)) == pid,
			    "the hoarder has all");
	} while (ended == pid);
	return pid;
}

/* Nobody asks but the hoarder itself, whom that kills. */
static void hoard_connections(void *unused)
{
	int ep = endpoint();

	(void)unused;
	fill_object();
	for (;;)
		close(connection(ep, 1));
}

static void *no_more(void *unused)
{
	return unused;
}

static void by_fork(void)
{
	pid_t pid;

	for (int i = 0; i < 20; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		CHECK(pid > 0 && waitpid(pid, NULL, 0) == pid, "fork: %s", strerror(errno));
	}
}

static void by_thread(void)
{
	static pthread_t t[20];

	for (int i = 0; i < 20; i++)
		CHECK(!pthread_create(&t[i], NULL, no_more, NULL), "thread %d", i);
	for (int i = 0; i < 20; i++)
		pthread_join(t[i], NULL);
}

static void by_areas(void)
{
	const size_t n = 4000;
	char *p = mmap(NULL, n * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED, "mmap: %s", strerror(errno));
	for (size_t i = 0; i < n; i += 2)
		CHECK(!mprotect(p + i * PAGE, PAGE, PROT_NONE), "%zu: %s", i, strerror(errno));
	CHECK(!munmap(p, n * PAGE), "munmap: %s", strerror(errno));
}

static void by_connections(void)
{
	int ep = endpoint();

	for (int i = 0; i < 3000; i++)
		close(connection(ep, 1));
	close(ep);
}

static void test_calls(void)
{
	static void (*const ask[])(void) = { by_fork, by_thread, by_areas, by_connections };

	for (size_t i = 0; i < sizeof(ask) / sizeof(ask[0]); i++) {
		pid_t innocent = start_innocent(), hoarder = start_hoarder();

		ask[i]();
		check_alive(innocent);
		end(hoarder);
		end(innocent);
	}
}

int main(void)
{
	pid_t innocent;

	TEST_BEGIN("who hoards closed connections is killed by its own call");
	innocent = start_innocent();
	CHECK_EQ(dies_by(hoard_connections, NULL), SIGKILL, "the hoarder's signal");
	check_alive(innocent);
	end(innocent);
	TEST_BEGIN("a call is not refused because another has taken all memory");
	test_calls();
	check_mm();
	return TEST_END();
}
