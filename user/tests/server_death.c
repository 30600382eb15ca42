/* SPDX-License-Identifier: MIT */
/*
 * Proves: whoever kills a server of files, at whatever moment: its clients get EIO, or
 * succeed with the next server; nothing hangs, and the name space goes on.  A client that
 * is killed in the middle of a request does no harm.  A program goes on when the file
 * system it came from has gone; a process that has mapped a file gets SIGBUS for what never came.
 * See user/README.md, "Names and servers".
 *
 * cpus: 1 2 4
 * timeout: 120
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "sigtest.h"

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
	wait_asleep(state_of(pid) == 1, "the client waits");
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

/* What survivor() does when it is told to: reads all of its memory that comes from the file. */
static int touch_all(void)
{
	struct vm_area_info area[16];
	int n = mg_vm_areas(0, NULL, area, 16);

	for (int i = 0; i < n; i++)
		for (uint64_t at = area[i].start; at < area[i].end && at < 0x10000000; at += PAGE)
			(void)*(volatile char *)at;
	return n;
}

/* The same program, started from its file. */
static int survivor(void)
{
	sigset_t none = 0;

	block(SIGUSR1);
	catch_signal(SIGUSR1, note, 0, 0);
	sigsuspend(&none);
	return touch_all() > 2 ? 7 : 8;
}

static void start_from_file(void *arg)
{
	char *const argv[] = { "survivor", "of fs", NULL };

	(void)arg;
	block(SIGUSR1);
	execv("/tests/server_death", argv);
	_exit(9);
}

static void look_at(void *arg)
{
	_exit(*(volatile char *)arg);
}

static void test_mapped(void)
{
	int fd = open("/tests/libc_math", O_RDONLY), status = 0;
	struct stat st = { 0 };
	char *file;
	pid_t pid;

	TEST_BEGIN("what came from a file system that has gone");
	REQUIRE(fd >= 0 && !fstat(fd, &st) && st.st_size > 20 * (off_t)PAGE, "a file of %ld bytes",
		(long)st.st_size);
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	REQUIRE(file != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK(!memcmp(file, "\177ELF", 4), "an ELF file");
	pid = child_start(start_from_file, NULL);
	wait_until(find("survivor"), "it runs");
	CHECK(!kill(find("fs"), SIGKILL), "kill: %s", strerror(errno));
	CHECK_EQ(dies_by(look_at, file + st.st_size - 1), SIGBUS, "signal where nothing ever came");
	CHECK(!memcmp(file, "\177ELF", 4), "what came is there");
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait");
	CHECK_EQ(status, 7 << 8, "status of a program that was started from there");
	munmap(file, (size_t)st.st_size);
	close(fd);
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

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return survivor();
	test_blocked();
	test_mapped();
	test_any_moment();
	return TEST_END();
}
