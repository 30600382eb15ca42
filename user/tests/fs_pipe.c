/* SPDX-License-Identifier: MIT */
/*
 * Proves: a pipe loses, doubles and mixes no byte, whatever the sizes, with several
 * readers and writers, of which some die in the middle; writes of up to PIPE_BUF bytes
 * stay whole; end of file, -EPIPE and O_NONBLOCK; a signal ends a wait.
 * See user/servers/fs/pipe.c.
 *
 * cpus: 1 2
 */
#include <fcntl.h>
#include <mg/io.h>
#include <mg/ipc.h>
#include <poll.h>
#include <sys/stat.h>

#include "sigtest.h"

#define TOTAL  (1 << 20)
#define RECORD 1000
#define PIPE   65536

static int fd[2];
static char buf[2 * PIPE];

static void new_pipe(int flags)
{
	REQUIRE(!pipe2(fd, flags), "pipe: %s", strerror(errno));
}

static void close_both(void)
{
	close(fd[0]);
	close(fd[1]);
}

static char byte_at(size_t i)
{
	return (char)(i * 7 + i / 251);
}

static void write_stream(void *arg)
{
	size_t done = 0;

	(void)arg;
	close(fd[0]);
	while (done < TOTAL) {
		size_t n = 1 + (size_t)random() % (random() % 4 ? 3000 : 100000);

		n = n < TOTAL - done ? n : TOTAL - done;
		for (size_t i = 0; i < n; i++)
			buf[i] = byte_at(done + i);
		if (!CHECK_EQ(write(fd[1], buf, n), n, "write"))
			return;
		done += n;
	}
}

static void test_stream(void)
{
	size_t done = 0;
	ssize_t got;
	pid_t pid;

	TEST_BEGIN("a stream of all sizes");
	new_pipe(0);
	pid = child_start(write_stream, NULL);
	close(fd[1]);
	while ((got = read(fd[0], buf, 1 + (size_t)random() % 80000)) > 0) {
		for (ssize_t i = 0; i < got; i++, done++)
			if (buf[i] != byte_at(done)) {
				CHECK_EQ(buf[i], byte_at(done), "byte %zu", done);
				i = got;
			}
	}
	CHECK_EQ(got, 0, "end of file");
	CHECK_EQ(done, TOTAL, "bytes");
	child_join(pid);
	close(fd[0]);
}

/* ---- whole records ---- */

static void write_records(void *arg)
{
	char record[RECORD];

	close(fd[0]);
	memset(record, *(int *)arg, sizeof(record));
	for (int i = 0; i < 200; i++)
		CHECK_EQ(write(fd[1], record, RECORD), RECORD, "write");
}

static void write_for_ever(void *arg)
{
	char record[RECORD];

	close(fd[0]);
	memset(record, *(int *)arg, sizeof(record));
	while (write(fd[1], record, RECORD) == RECORD)
		;
}

static void read_some(void *arg)
{
	char record[RECORD];

	(void)arg;
	close(fd[1]);
	for (;;)
		read(fd[0], record, 0); /* takes nothing */
}

static void test_records(void)
{
	int count[8] = { 0 }, id;
	pid_t pid[8];
	char record[RECORD];
	ssize_t got;

	TEST_BEGIN("writers beside each other, one of them killed: records stay whole");
	new_pipe(0);
	for (id = 0; id < 5; id++)
		pid[id] = child_start(write_records, &id);
	for (; id < 7; id++)
		pid[id] = child_start(write_for_ever, &id);
	pid[7] = child_start(read_some, NULL);
	close(fd[1]);
	for (int n = 0; (got = read(fd[0], record, RECORD)) == RECORD; n++) {
		for (int i = 1; i < RECORD; i++)
			if (record[i] != record[0])
				CHECK_EQ(record[i], record[0], "record %d, byte %d", n, i);
		count[(int)record[0] & 7]++;
		if (n == 300 || n == 500) {
			kill(pid[n / 100 == 3 ? 5 : 6], SIGKILL);
			waitpid(pid[n / 100 == 3 ? 5 : 6], NULL, 0);
		}
	}
	CHECK_EQ(got, 0, "end of file");
	for (id = 0; id < 5; id++) {
		CHECK_EQ(count[id], 200, "records of writer %d", id);
		child_join(pid[id]);
	}
	kill(pid[7], SIGKILL);
	waitpid(pid[7], NULL, 0);
	close(fd[0]);
}

/* ---- ends ---- */

static void test_nonblock(void)
{
	size_t done = 0;
	ssize_t got;
	struct stat st;

	TEST_BEGIN("O_NONBLOCK, poll, fstat, and what a pipe cannot do");
	new_pipe(O_NONBLOCK);
	CHECK_ERRNO(read(fd[0], buf, 1), EAGAIN);
	CHECK_ERRNO(write(fd[0], buf, 1), EBADF);
	CHECK_ERRNO(read(fd[1], buf, 1), EBADF);
	CHECK_ERRNO(lseek(fd[0], 0, SEEK_CUR), ESPIPE);
	CHECK_ERRNO(pread(fd[0], buf, 1, 0), ESPIPE);
	CHECK(!fstat(fd[0], &st) && S_ISFIFO(st.st_mode), "mode %o", st.st_mode);
	while ((got = write(fd[1], buf, 3000)) > 0)
		done += (size_t)got;
	CHECK_EQ(errno, EAGAIN, "a full pipe");
	CHECK_EQ(done, PIPE / 3000 * 3000, "bytes, as whole writes");
	CHECK_EQ(write(fd[1], buf, 5000), PIPE - done, "a large write takes what fits");
	CHECK_EQ(read(fd[0], buf, PIPE), PIPE, "read it all");
	CHECK_ERRNO(read(fd[0], buf, 1), EAGAIN);
	close(fd[1]);
	CHECK_EQ(read(fd[0], buf, 1), 0, "end of file");
	close(fd[0]);
	new_pipe(0);
	signal(SIGPIPE, SIG_IGN);
	close(fd[0]);
	CHECK_ERRNO(write(fd[1], buf, 1), EPIPE);
	CHECK_EQ(write(fd[1], buf, 0), 0, "nothing");
	signal(SIGPIPE, SIG_DFL);
	close(fd[1]);
}

static void write_too_much(void *arg)
{
	(void)arg;
	close(fd[0]);
	signal(SIGPIPE, SIG_IGN);
	CHECK(write(fd[1], buf, 2 * PIPE) >= PIPE, "part of it was written");
	CHECK_ERRNO(write(fd[1], buf, PIPE), EPIPE);
}

static void read_blocked(void *arg)
{
	(void)arg;
	close(fd[1]);
	CHECK_EQ(read(fd[0], buf, 10), 0, "end of file");
}

static void test_other_end_goes(void)
{
	pid_t pid;

	TEST_BEGIN("the other end goes while somebody waits");
	new_pipe(0);
	pid = child_start(write_too_much, NULL);
	close(fd[1]);
	wait_asleep_in(pid);
	close(fd[0]);
	child_join(pid);
	new_pipe(0);
	pid = child_start(read_blocked, NULL);
	close(fd[0]);
	wait_asleep_in(pid);
	close(fd[1]);
	child_join(pid);
}

/* ---- deaths and signals ---- */

static void read_for_ever(void *arg)
{
	(void)arg;
	read(fd[0], buf, 10);
}

static void test_dead_readers(void)
{
	TEST_BEGIN("readers that were killed while they waited take nothing");
	new_pipe(0);
	for (int i = 0; i < 40; i++) {
		pid_t pid = child_start(read_for_ever, NULL);

		usleep((useconds_t)i * 100);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	CHECK_EQ(write(fd[1], "text", 4), 4, "write");
	CHECK_EQ(read(fd[0], buf, 10), 4, "read");
	CHECK(!memcmp(buf, "text", 4), "what was written");
	close_both();
}

static void on_signal(int sig)
{
	(void)sig;
}

static void read_until_signal(void *arg)
{
	(void)arg;
	CHECK_ERRNO(read(fd[0], buf, 10), EINTR);
	step_page.at = 1;
	CHECK_EQ(read(fd[0], buf, 10), 4, "read");
}

static void test_signal(void)
{
	struct sigaction act = { .sa_handler = on_signal }, old;
	pid_t pid;

	TEST_BEGIN("a signal ends a wait");
	new_pipe(0);
	sigaction(SIGUSR1, &act, &old);
	pid = child_start(read_until_signal, NULL);
	sigaction(SIGUSR1, &old, NULL);
	wait_asleep_in(pid);
	kill(pid, SIGUSR1);
	step_wait(pid, 1);
	wait_asleep_in(pid);
	CHECK_EQ(write(fd[1], "text", 4), 4, "write");
	child_join(pid);
	close_both();
}

static void test_many(void)
{
	static int all[240][2];
	int n = 0;

	TEST_BEGIN("as many pipes as a process has handles for");
	while (n < 240 && !pipe(all[n]))
		n++;
	CHECK(n > 100, "%d pipes", n);
	for (int i = 0; i < n; i++)
		CHECK_EQ(write(all[i][1], &i, sizeof(i)), sizeof(i), "write");
	for (int i = 0, seen; i < n; i++) {
		CHECK(read(all[i][0], &seen, sizeof(seen)) == sizeof(seen) && seen == i, "pipe %d",
		      i);
		close(all[i][0]);
		close(all[i][1]);
	}
}

int main(void)
{
	test_nonblock();
	test_stream();
	test_records();
	test_other_end_goes();
	test_dead_readers();
	test_signal();
	test_many();
	return TEST_END();
}
