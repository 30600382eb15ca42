/* SPDX-License-Identifier: MIT */
/*
 * Proves: whoever kills a server of files, at whatever moment: its clients get EIO, or
 * succeed with the next server; nothing hangs, and the name space goes on.  A client who
 * is killed in the middle of a request does no harm.  See user/README.md, "Names and
 * servers".
 *
 * cpus: 1 2 4
 * timeout: 120
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "test.h"

#define ROUNDS	30
#define CLIENTS 3

/* The process of this name, or 0. */
static pid_t find(const char *name)
{
	static struct kstat_proc proc[64];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (!strcmp(proc[i].name, name))
			return proc[i].pid;
	return 0;
}

/* A server's death may be seen in these ways; or not at all. */
static bool may_fail(int error)
{
	return error == EIO || error == ENOENT;
}

static void use_files(unsigned int i)
{
	char path[32], text[64];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/tmp/%d", getpid());
	fd = open(path, O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0 || may_fail(errno), "open: %s", strerror(errno));
	if (fd >= 0) {
		CHECK(write(fd, &i, sizeof(i)) == sizeof(i) || errno == EIO, "write: %s",
		      strerror(errno));
		CHECK(pread(fd, text, sizeof(text), 0) >= 0 || errno == EIO, "read: %s",
		      strerror(errno));
		close(fd);
	}
	CHECK(!stat("/bin/sh", &st) || errno == EIO, "stat: %s", strerror(errno));
	CHECK(!chdir("/tmp") || errno == EIO, "chdir: %s", strerror(errno));
	fd = open("/sys/kernel/mm/ksm/run", O_RDONLY);
	CHECK(fd >= 0 || errno == EIO, "open in /sys: %s", strerror(errno));
	if (fd >= 0) {
		CHECK(read(fd, text, sizeof(text)) > 0 || errno == EIO, "read in /sys: %s",
		      strerror(errno));
		close(fd);
	}
}

static void client(void *arg)
{
	(void)arg;
	step_page.at = 1;
	for (unsigned int i = 0; step_page.go < 1; i++)
		use_files(i);
}

/* Reads an empty pipe, whose other end we hold, until the server that has it goes. */
static void wait_at_pipe(void *arg)
{
	int *fd = arg;
	char c;

	CHECK_ERRNO(read(fd[0], &c, 1), EIO);
}

static void test_blocked(void)
{
	pid_t pid, fs;
	int fd[2];
	char c;

	TEST_BEGIN("a client who waits at a server that dies");
	REQUIRE(!pipe(fd), "pipe: %s", strerror(errno));
	fs = find("fs");
	pid = child_start(wait_at_pipe, fd);
	usleep(20000); /* most likely it waits by now; if not, it comes too late: EIO as well */
	CHECK(!kill(fs, SIGKILL), "kill fs %d: %s", fs, strerror(errno));
	child_join(pid);
	CHECK_ERRNO(write(fd[1], "x", 1), EIO);
	close(fd[0]);
	close(fd[1]);
	REQUIRE(!pipe(fd), "another pipe: %s", strerror(errno));
	CHECK(find("fs") && find("fs") != fs, "another server");
	CHECK(write(fd[1], "y", 1) == 1 && read(fd[0], &c, 1) == 1 && c == 'y', "it works");
	close(fd[0]);
	close(fd[1]);
}

static void test_any_moment(void)
{
	static const char *const servers[] = { "fs", "sysfs" };
	uint64_t seed = test_seed();
	pid_t pid[CLIENTS];
	int killed = 0;

	TEST_BEGIN("servers and clients are killed at any moment");
	for (int i = 0; i < CLIENTS; i++) {
		pid[i] = child_start(client, NULL);
		step_wait(pid[i], 1);
	}
	for (int round = 0; round < ROUNDS; round++) {
		pid_t server = find(servers[next_random(&seed) % 2]);
		int victim = (int)(next_random(&seed) % CLIENTS);

		usleep((useconds_t)(next_random(&seed) % 5000));
		killed += server && !kill(server, SIGKILL);
		if (round % 5 != 0)
			continue;
		kill(pid[victim], SIGKILL);
		waitpid(pid[victim], NULL, 0);
		pid[victim] = child_start(client, NULL);
		step_wait(pid[victim], 1);
	}
	for (int i = 0; i < CLIENTS; i++) {
		step_go(pid[i], 1);
		child_join(pid[i]);
	}
	CHECK(killed >= ROUNDS / 3, "%d servers were killed", killed);
	use_files(0);
	check_mm();
}

int main(void)
{
	test_blocked();
	test_any_moment();
	return TEST_END();
}
