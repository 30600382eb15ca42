/* SPDX-License-Identifier: MIT */
/*
 * Proves: poll() tells of a pipe's bytes, room and ends, waits for any of several
 * descriptors, by signal or time ends, and misses nothing that comes between its look
 * and its sleep.
 * See libc/src/unistd/poll.c.
 *
 * cpus: 1 2 4
 * timeout: 60
 * suite: test
 */
#include <fcntl.h>
#include <poll.h>
#include <time.h>

#include "test.h"

#define ROUNDS 300

static int a[2], b[2];

static void new_pipe(int fd[2])
{
	REQUIRE(!pipe(fd), "pipe: %s", strerror(errno));
}

static int revents_of(int fd, int events, int timeout)
{
	struct pollfd p = { .fd = fd, .events = (short)events };
	int n = poll(&p, 1, timeout);

	CHECK(n == (p.revents != 0), "poll says %d, revents %#x: %s", n, p.revents,
	      strerror(errno));
	return p.revents;
}

static void states(void)
{
	static char big[65536];
	char c;

	TEST_BEGIN("what a pipe is ready for");
	new_pipe(a);
	CHECK_EQ(revents_of(a[0], POLLIN | POLLOUT, 0), 0, "nothing to read yet");
	CHECK_EQ(revents_of(a[1], POLLIN | POLLOUT, 0), POLLOUT, "room to write");
	CHECK(write(a[1], "x", 1) == 1, "write: %s", strerror(errno));
	CHECK_EQ(revents_of(a[0], POLLIN, -1), POLLIN, "a byte");
	CHECK_EQ(revents_of(a[0], POLLOUT, 0), 0, "of what was asked for only");
	CHECK(read(a[0], &c, 1) == 1, "read: %s", strerror(errno));
	CHECK(write(a[1], big, sizeof(big)) == sizeof(big), "write: %s", strerror(errno));
	CHECK_EQ(revents_of(a[1], POLLOUT, 0), 0, "no room");
	close(a[1]);
	CHECK_EQ(revents_of(a[0], POLLIN, 0), POLLIN | POLLHUP, "bytes, but no writer");
	while (read(a[0], big, sizeof(big)) > 0)
		;
	CHECK_EQ(revents_of(a[0], 0, -1), POLLHUP, "the end");
	close(a[0]);
	new_pipe(a);
	close(a[0]);
	CHECK_EQ(revents_of(a[1], 0, -1), POLLERR, "nobody will read");
	close(a[1]);
	CHECK_EQ(revents_of(200, POLLIN, -1), POLLNVAL, "no such descriptor");
	CHECK_EQ(revents_of(-1, POLLIN, 0), 0, "none that is meant");
	CHECK_EQ(poll(NULL, 0, 1), 0, "nothing to wait for but time");
}

/* Sends a byte through one pipe or the other, when the parent has taken the last. */
static void send_bytes(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		char c = (char)i;

		CHECK(write(i % 3 ? a[1] : b[1], &c, 1) == 1, "write: %s", strerror(errno));
		step(i + 1);
	}
}

static void two_pipes(void)
{
	struct pollfd p[2];
	pid_t pid;

	TEST_BEGIN("whichever of two is first, and no byte is missed");
	new_pipe(a);
	new_pipe(b);
	pid = child_start(send_bytes, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		char c = 0;
		int from = i % 3 ? 0 : 1;

		p[0] = (struct pollfd){ .fd = a[0], .events = POLLIN };
		p[1] = (struct pollfd){ .fd = b[0], .events = POLLIN };
		CHECK_EQ(poll(p, 2, -1), 1, "one is ready");
		CHECK_EQ(p[from].revents, POLLIN, "the right one");
		CHECK(read(p[from].fd, &c, 1) == 1 && c == (char)i, "byte %d", i);
		step_wait(pid, i + 1);
		step_go(pid, i + 1);
	}
	child_join(pid);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

static void note(int sig)
{
	(void)sig;
}

static void ends(void)
{
	struct pollfd p;
	struct timespec before, after;

	TEST_BEGIN("time, and a signal, end the wait; who has given up is forgotten");
	new_pipe(a);
	p = (struct pollfd){ .fd = a[0], .events = POLLIN };
	clock_gettime(CLOCK_MONOTONIC, &before);
	CHECK_EQ(poll(&p, 1, 30), 0, "time");
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >=
		      29,
	      "it took its time");
	signal(SIGALRM, note);
	ualarm(20000, 20000);
	CHECK(poll(&p, 1, -1) == -1 && errno == EINTR, "a signal: %s", strerror(errno));
	ualarm(0, 0);
	for (int i = 0; i < 200; i++) /* more than the server remembers */
		CHECK_EQ(poll(&p, 1, 1), 0, "time");
	CHECK(write(a[1], "x", 1) == 1, "write: %s", strerror(errno));
	CHECK_EQ(poll(&p, 1, -1), 1, "the byte");
	close(a[0]);
	close(a[1]);
}

int main(void)
{
	states();
	two_pipes();
	ends();
	return TEST_END();
}
