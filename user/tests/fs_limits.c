/* SPDX-License-Identifier: MIT */
/*
 * Proves: what clients make a server keep – memory objects of many small files, names, open files,
 * connections that wait for a change, pipes, bytes – cannot be filled so that nobody else gets on:
 * a program that nobody has started before still starts, a file can be removed, and with it room
 * comes back.  See user/servers/fs/bytes.c, user/lib/slots.h, kernel/ipc/handle.c.
 *
 * cpus: 2
 * mem: 128M
 * timeout: 120
 * suite: test
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "test.h"

#define SMALL	   2000	 /* files of a byte; a server's table of handles had 256 places */
#define INODES_MIN 15000 /* of the 16,384 that there may be; the initrd has some */
#define EACH	   240	 /* descriptors of a process that holds what it can */
#define HOLDERS	   18	 /* such processes: more open files than a table of 4,096 has */
#define WATCHED	   4	 /* of them, and more than the 1,024 that a server keeps */
#define CHUNK	   65536

static char bytes[CHUNK];

/* ---- what has to go on ---- */

/* Runs a program of /bin with an argument or none: its status. */
static int run(const char *path, const char *arg)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		execl(path, path, arg, NULL);
		_exit(100 + errno);
	}
	REQUIRE(pid > 0 && waitpid(pid, &status, 0) == pid, "fork: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

/* A program that was not started yet starts; above 100: the errno of exec. */
static void check_starts(const char *path, const char *arg)
{
	CHECK_EQ(run(path, arg), 0, "status of %s %s", path, arg);
}

/* Makes /tmp/PREFIX0, /tmp/PREFIX1, … of n bytes each, up to max: how many. */
static int make_files(const char *prefix, size_t n, int max)
{
	char path[32];
	int made = 0, fd;

	for (; made < max; made++) {
		snprintf(path, sizeof(path), "/tmp/%s%d", prefix, made);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0)
			break;
		if (n && write(fd, bytes, n) != (ssize_t)n) {
			close(fd);
			unlink(path);
			break;
		}
		close(fd);
	}
	return made;
}

static void remove_files(const char *prefix, int n)
{
	char path[32];
	int removed = 0;

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/tmp/%s%d", prefix, i);
		removed += !unlink(path);
	}
	CHECK_EQ(removed, n, "files removed");
}

/* ---- processes that hold what they can ---- */

static struct {
	long ready;
} * common;

static pid_t holder[HOLDERS];

/* Starts n processes that call take(), which tells common->ready when it has all. */
static void start_holders(int n, void (*take)(void))
{
	common->ready = 0;
	for (int i = 0; i < n; i++) {
		holder[i] = fork();
		if (!holder[i]) {
			take();
			_exit(1);
		}
		REQUIRE(holder[i] > 0, "fork: %s", strerror(errno));
	}
	wait_asleep(__atomic_load_n(&common->ready, __ATOMIC_SEQ_CST) == n, "all have taken all");
}

static void end_holders(int n)
{
	for (int i = 0; i < n; i++)
		kill(holder[i], SIGKILL);
	for (int i = 0; i < n; i++)
		waitpid(holder[i], NULL, 0);
}

static void tell_ready(void)
{
	__atomic_add_fetch(&common->ready, 1, __ATOMIC_SEQ_CST);
}

static const char *held; /* the path that open_many() opens */

static _Noreturn void open_many(void)
{
	int n = 0;

	while (n < EACH && open(held, O_RDONLY) >= 0)
		n++;
	if (n == EACH)
		tell_ready();
	for (;;)
		pause();
}

/* ---- cases ---- */

static void small_files(void)
{
	int n;

	TEST_BEGIN("many files of a byte");
	n = make_files("s", 1, SMALL);
	CHECK_EQ(n, SMALL, "files: %s", strerror(errno));
	check_starts("/bin/rm", "/tmp/s0");
	CHECK_ERRNO(access("/tmp/s0", F_OK), ENOENT);
	check_starts("/bin/wc", "/tmp/s1");
	CHECK_EQ(make_files("s", 1, 1), 1, "the one that was removed");
	remove_files("s", SMALL);
}

static void names(void)
{
	char path[32];
	int n = 0, removed = 0;

	TEST_BEGIN("as many names as there can be");
	do
		snprintf(path, sizeof(path), "/tmp/n%d", n);
	while (!mkdir(path, 0700) && ++n);
	CHECK(n >= INODES_MIN && errno == ENOSPC, "%d directories: %s", n, strerror(errno));
	check_starts("/bin/ls", "/bin");
	CHECK_ERRNO(open("/tmp/more", O_WRONLY | O_CREAT, 0600), ENOSPC);
	check_starts("/bin/rmdir", "/tmp/n7");
	check_starts("/bin/mkdir", "/tmp/n7");
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/tmp/n%d", i);
		removed += !rmdir(path);
	}
	CHECK_EQ(removed, n, "directories removed");
}

static void open_files(const char *name, const char *path, const char *program, const char *arg)
{
	int fd;

	TEST_BEGIN(name);
	held = path;
	start_holders(HOLDERS, open_many);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0, "open of one more: %s", strerror(errno));
	close(fd);
	check_starts(program, arg);
	end_holders(HOLDERS);
}

static int watched; /* the reading end of a pipe */

/* Waits, as often as it has descriptors, for something to read. */
static _Noreturn void watch_many(void)
{
	struct pollfd p[EACH];
	int n = 0;

	for (; n < EACH; n++)
		p[n] = (struct pollfd){ .fd = dup(watched), .events = POLLIN };
	if (poll(p, EACH, 0) == 0)
		tell_ready();
	_exit(poll(p, EACH, -1) > 0 ? 0 : 2);
}

static void watchers(void)
{
	int end[2], status, n = WATCHED + 2;
	struct pollfd p;

	TEST_BEGIN("many that wait for a pipe");
	REQUIRE(!pipe(end), "pipe: %s", strerror(errno));
	watched = end[0];
	start_holders(n, watch_many);
	p = (struct pollfd){ .fd = watched, .events = POLLIN };
	for (int i = 0; i < 20; i++)
		CHECK_EQ(poll(&p, 1, 10), 0, "poll among them, revents %#x", p.revents);
	check_starts("/bin/head", "/proc/version");
	CHECK_EQ(write(end[1], "x", 1), 1, "write");
	for (int i = 0; i < n; i++) {
		waitpid(holder[i], &status, 0);
		CHECK_EQ(status, 0, "wait status of one that waited");
	}
	close(end[0]);
	close(end[1]);
}

/* Fills pipes until no more can be had. */
static _Noreturn void pipe_many(void)
{
	int end[2];

	while (!pipe(end))
		while (fcntl(end[1], F_SETFL, O_NONBLOCK) == 0 &&
		       write(end[1], bytes, sizeof(bytes)) > 0)
			;
	if (errno == ENFILE || errno == EMFILE)
		tell_ready();
	for (;;)
		pause();
}

static void pipes(void)
{
	int end[2];

	TEST_BEGIN("as many pipes as there can be");
	start_holders(WATCHED, pipe_many);
	CHECK_ERRNO(pipe(end), ENFILE);
	check_starts("/bin/tail", "/proc/version");
	end_holders(WATCHED);
	CHECK(!pipe(end), "a pipe when they have gone: %s", strerror(errno));
	close(end[0]);
	close(end[1]);
}

static void full(void)
{
	int n;

	TEST_BEGIN("as many bytes as there can be");
	n = make_files("b", CHUNK, 10000);
	CHECK(n > 1000 && errno == ENOSPC, "%d files of 64 KiB: %s", n, strerror(errno));
	check_starts("/bin/free", NULL);
	check_starts("/bin/ps", NULL);
	remove_files("b", n);
	CHECK_EQ(make_files("b", CHUNK, 3), 3, "files afterwards");
	remove_files("b", 3);
}

int main(void)
{
	common = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(common != MAP_FAILED, "mmap: %s", strerror(errno));
	memset(bytes, 'x', sizeof(bytes));
	small_files();
	names();
	open_files("many open files of fs", "/bin/cat", "/bin/echo", "x");
	open_files("many open files of sysfs", "/proc/version", "/bin/cat", "/proc/version");
	open_files("many open files of tty", "/dev/null", "/bin/touch", "/dev/null");
	watchers();
	pipes();
	full();
	return TEST_END();
}
