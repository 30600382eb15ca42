/* SPDX-License-Identifier: MIT */
/*
 * Proves: a program's descriptors are its own: the first file is 3, every new one the lowest that
 * is free, whatever makes it; what a program closes or makes anew takes nothing from libc, and
 * with no descriptor free what needs none still works.  fdopen() in append mode adds, and what a
 * mapping may come to have follows from how its file was opened.  See libc/README.md.
 *
 * cpus: 1 2
 * suite: check
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>

#include "test.h"

#define MANY   256 /* descriptors at most */
#define FILE_A "/tmp/descriptors"

static int must_open(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	CHECK(fd >= 0, "open %s: %s", path, strerror(errno));
	return fd;
}

/* ---- numbers ---- */

static void test_lowest(void)
{
	int a, b, p[2];
	DIR *dir;

	TEST_BEGIN("the first descriptor is 3, each new one the lowest that is free");
	a = must_open(FILE_A, O_CREAT | O_RDWR);
	CHECK_EQ(a, 3, "the first open");
	b = dup(a);
	CHECK_EQ(b, 4, "dup");
	CHECK_EQ(dup(a), 5, "dup");
	close(b);
	CHECK_EQ(must_open(FILE_A, O_RDONLY), 4, "open into the gap");
	close(b);
	CHECK_EQ(creat(FILE_A ".new", 0644), 4, "creat into the gap");
	close(b);
	CHECK_EQ(must_open("/proc/self/maps", O_RDONLY), 4, "open at another server");
	close(b);
	CHECK_EQ(fcntl(a, F_DUPFD, 0), 4, "F_DUPFD");
	close(b);
	CHECK(!pipe(p) && p[0] == 4 && p[1] == 6, "pipe: %d, %d", p[0], p[1]);
	close(4);
	close(6);
	dir = opendir("/tmp");
	CHECK(dir && dirfd(dir) == 4, "opendir: %s", strerror(errno));
	closedir(dir);
	close(STDIN_FILENO);
	CHECK_EQ(must_open(FILE_A, O_RDONLY), 0, "open after close(0)");
	CHECK_EQ(fcntl(a, F_DUPFD, 100), 100, "F_DUPFD from 100 on");
	CHECK_EQ(dup2(a, MANY - 1), MANY - 1, "dup2 to the last");
	CHECK_ERRNO(dup2(a, MANY), EBADF);
	CHECK_ERRNO(dup2(a, -1), EBADF);
	CHECK_ERRNO(fcntl(a, F_DUPFD, MANY), EINVAL);
	CHECK_ERRNO(fcntl(a, F_DUPFD, -1), EINVAL);
	for (int fd = 3; fd < MANY; fd++)
		close(fd);
}

/* A child writes to what it has put in place of 1, as every shell has it do. */
static void redirected(void *arg)
{
	(void)arg;
	close(STDOUT_FILENO);
	CHECK_EQ(must_open(FILE_A, O_CREAT | O_TRUNC | O_WRONLY), 1, "open after close(1)");
	CHECK_EQ(write(STDOUT_FILENO, "redirected", 10), 10, "write");
}

static void test_redirection(void)
{
	char text[20] = "";
	int fd;

	TEST_BEGIN("close(1) and open() redirect");
	child_join(child_start(redirected, NULL));
	fd = must_open(FILE_A, O_RDONLY);
	CHECK(read(fd, text, 19) == 10 && !strcmp(text, "redirected"), "seen %s", text);
	close(fd);
}

/* ---- what a program cannot take from libc ---- */

/* Of all sorts of calls, with so many descriptors free. */
static void use_paths(bool none_free)
{
	char cwd[100];
	struct stat st;
	struct timespec soon = { 0, 1000000 };
	struct pollfd fd = { .fd = -1 };
	void *p;

	CHECK(!stat(FILE_A, &st), "stat: %s", strerror(errno));
	CHECK(!access(FILE_A, R_OK | W_OK), "access: %s", strerror(errno));
	CHECK(!mkdir(FILE_A ".dir", 0755), "mkdir: %s", strerror(errno));
	CHECK(!chdir(FILE_A ".dir"), "chdir: %s", strerror(errno));
	CHECK(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, FILE_A ".dir"), "getcwd: %s", cwd);
	CHECK(!chdir("/"), "chdir back: %s", strerror(errno));
	CHECK(!rename(FILE_A ".dir", FILE_A ".moved"), "rename: %s", strerror(errno));
	CHECK(!rmdir(FILE_A ".moved"), "rmdir: %s", strerror(errno));
	CHECK(!chmod(FILE_A, 0644), "chmod: %s", strerror(errno));
	CHECK_ERRNO(unlink(FILE_A ".none"), ENOENT);
	CHECK_EQ(poll(&fd, 1, 1), 0, "poll of nothing");
	nanosleep(&soon, NULL);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, 3, 0);
	CHECK(p != MAP_FAILED, "mmap of a file: %s", strerror(errno));
	munmap(p, PAGE);
	CHECK_ERRNO(execve(FILE_A, NULL, NULL), EACCES);
	if (none_free) {
		CHECK_ERRNO(open(FILE_A, O_RDONLY), EMFILE);
		CHECK(!opendir("/tmp") && errno == EMFILE, "opendir: %s", strerror(errno));
	} else {
		int a = must_open(FILE_A, O_RDWR);

		CHECK(!close(a), "close: %s", strerror(errno));
	}
}

static void close_all(void *arg)
{
	(void)arg;
	for (int fd = 3; fd < 3 * MANY; fd++)
		close(fd);
	CHECK_EQ(must_open(FILE_A, O_RDWR), 3, "open after all was closed");
	for (int fd = HANDLE_OWN; fd < HANDLE_OWN + 16; fd++) {
		if (fd != HANDLE_KCAP) /* which is the way to be without authority */
			CHECK_ERRNO(close(fd), EBADF);
		CHECK_ERRNO(dup2(3, fd), EBADF);
	}
	use_paths(false);
}

static void overwrite_all(void *arg)
{
	int a = must_open(FILE_A, O_RDWR);

	(void)arg;
	for (int fd = 3; fd < 64; fd++)
		dup2(a, fd);
	use_paths(false);
}

static void take_all(void *arg)
{
	int a = must_open(FILE_A, O_RDWR), n = a;

	(void)arg;
	while (dup(a) >= 0)
		n++;
	CHECK_EQ(errno, EMFILE, "why there is no further descriptor");
	CHECK_EQ(n, MANY - 1, "the last one");
	CHECK_EQ(n, sysconf(_SC_OPEN_MAX) - 1, "as sysconf() says");
	use_paths(true);
	close(a);
	CHECK_EQ(must_open(FILE_A, O_RDWR), a, "the one that is free again");
	CHECK_EQ(mg_kctl(KCTL_MM_CHECK, 0, 0), 0, "KCAP is still there");
}

static void test_own(void)
{
	TEST_BEGIN("who closes all descriptors can still open");
	child_join(child_start(close_all, NULL));
	TEST_BEGIN("who takes all numbers up to 64 can still open");
	child_join(child_start(overwrite_all, NULL));
	TEST_BEGIN("with no descriptor free, what needs none still works");
	child_join(child_start(take_all, NULL));
}

/* More threads than libc has handles of its own. */
static void *stat_often(void *arg)
{
	struct stat st;

	for (int i = 0; i < 50; i++)
		if (stat(FILE_A, &st) || access("/proc/self/maps", R_OK))
			return arg;
	return NULL;
}

static void test_threads(void)
{
	pthread_t t[24];
	void *failed;

	TEST_BEGIN("many threads may use paths at once");
	for (size_t i = 0; i < 24; i++)
		CHECK(!pthread_create(&t[i], NULL, stat_often, &t[i]), "pthread_create");
	for (size_t i = 0; i < 24; i++) {
		pthread_join(t[i], &failed);
		CHECK(!failed, "thread %zu: a path that is there was not found", i);
	}
	CHECK_EQ(must_open(FILE_A, O_RDONLY), 3, "open afterwards");
	close(3);
}

/* ---- fdopen ---- */

static void test_fdopen(void)
{
	char text[20] = "";
	FILE *f;
	int fd;

	TEST_BEGIN("fdopen: append mode adds at the end; a mode that it has not is EINVAL");
	fd = must_open(FILE_A, O_CREAT | O_TRUNC | O_WRONLY);
	CHECK_EQ(write(fd, "abcd", 4), 4, "write");
	close(fd);
	f = fdopen(must_open(FILE_A, O_WRONLY), "a");
	REQUIRE(f, "fdopen: %s", strerror(errno));
	CHECK_EQ(ftell(f), 4, "ftell before the first byte");
	CHECK(fcntl(fileno(f), F_GETFL) & O_APPEND, "the descriptor appends");
	CHECK(fputs("efg", f) >= 0 && !fflush(f), "write: %s", strerror(errno));
	CHECK_EQ(ftell(f), 7, "ftell");
	fclose(f);
	f = fopen(FILE_A, "a+");
	REQUIRE(f && fgets(text, sizeof(text), f), "fopen: %s", strerror(errno));
	CHECK(!strcmp(text, "abcdefg"), "the file: %s", text);
	fclose(f);
	fd = must_open(FILE_A, O_RDONLY);
	CHECK(!fdopen(fd, "w") && errno == EINVAL, "writing to O_RDONLY: %s", strerror(errno));
	CHECK(!fdopen(fd, "r+") && errno == EINVAL, "both with O_RDONLY: %s", strerror(errno));
	CHECK(!fdopen(fd, "q") && errno == EINVAL, "no mode: %s", strerror(errno));
	close(fd);
	CHECK(!fdopen(fd, "r") && errno == EBADF, "no descriptor: %s", strerror(errno));
}

/* ---- what a mapping may come to have ---- */

/* The errno of mprotect(then) for a mapping of the file, opened and mapped so; 0: none. */
static int error_of(int how, int flags, int first, int then)
{
	int fd = must_open(FILE_A, how), error = 0;
	char *p = mmap(NULL, PAGE, first, flags, fd, 0);

	close(fd);
	CHECK(p != MAP_FAILED, "mmap: %s", strerror(errno));
	if (mprotect(p, PAGE, then))
		error = errno;
	else if (then & PROT_WRITE)
		*(volatile char *)p = 'w';
	munmap(p, PAGE);
	return error;
}

static void test_mprotect(void)
{
	enum { R = PROT_READ, RW = PROT_READ | PROT_WRITE, RX = PROT_READ | PROT_EXEC };
	char first = 0;
	int fd = must_open(FILE_A, O_CREAT | O_TRUNC | O_RDWR);

	TEST_BEGIN("mprotect adds what the open file allows, and no more");
	CHECK(!ftruncate(fd, PAGE) && !chmod(FILE_A, 0755), "ftruncate, chmod");
	CHECK_EQ(error_of(O_RDWR, MAP_SHARED, PROT_NONE, RW), 0, "shared, from nothing");
	CHECK_EQ(error_of(O_RDWR, MAP_SHARED, R, RW), 0, "shared, from read");
	CHECK_EQ(pread(fd, &first, 1, 0), 1, "pread");
	CHECK_EQ(first, 'w', "what was written to the mapping");
	CHECK_EQ(error_of(O_RDONLY, MAP_SHARED, R, RW), EACCES, "shared, read only");
	CHECK_EQ(error_of(O_RDONLY, MAP_PRIVATE, R, RW), 0, "private, read only");
	CHECK_EQ(error_of(O_RDONLY, MAP_PRIVATE, R, RX), 0, "private, to execute");
	CHECK_EQ(error_of(O_RDWR, MAP_SHARED, RW, R), 0, "less");
	CHECK(!chmod(FILE_A, 0600), "chmod");
	CHECK_EQ(error_of(O_RDONLY, MAP_PRIVATE, R, RX), 0,
		 "to execute, of a file that is no program");
	CHECK_EQ(error_of(O_RDWR, MAP_SHARED, RX, R), 0, "the same at once, shared");
	CHECK(execl(FILE_A, FILE_A, NULL) && errno == EACCES, "exec: %s", strerror(errno));
	close(fd);
}

int main(void)
{
	test_lowest();
	test_redirection();
	test_own();
	test_threads();
	test_fdopen();
	test_mprotect();
	return TEST_END();
}
