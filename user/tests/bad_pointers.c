/* SPDX-License-Identifier: MIT */
/*
 * Proves: a function of libc that is a system call on Linux answers EFAULT for a pointer that leads
 * nowhere, though here it is libc that looks at it; and a transfer whose buffer has a hole moves
 * what stands before it.  See libc/README.md.
 *
 * cpus: 1
 * suite: check
 */
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

#include "test.h"

#define NOWHERE(type) ((type *)0x4000)

static const char *const name = "/tmp/bad_pointers";

static void test_paths(void)
{
	const char *bad = NOWHERE(char);
	struct stat st;
	char *no_end = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);

	TEST_BEGIN("paths");
	munmap(no_end + PAGE, PAGE);
	memset(no_end, 'x', PAGE);
	CHECK_ERRNO(open(bad, O_RDONLY), EFAULT);
	CHECK_ERRNO(open(no_end + PAGE - 8, O_RDONLY), EFAULT);
	CHECK_ERRNO(open(no_end, O_RDONLY), ENAMETOOLONG);
	no_end[PAGE - 1] = '\0';
	CHECK_ERRNO(open(no_end + PAGE - 8, O_RDONLY), ENOENT);
	CHECK_ERRNO(stat(bad, &st), EFAULT);
	CHECK_ERRNO(stat("/", NOWHERE(struct stat)), EFAULT);
	CHECK_ERRNO(unlink(bad), EFAULT);
	CHECK_ERRNO(mkdir(bad, 0755), EFAULT);
	CHECK_ERRNO(rmdir(bad), EFAULT);
	CHECK_ERRNO(chdir(bad), EFAULT);
	CHECK_ERRNO(access(bad, F_OK), EFAULT);
	CHECK_ERRNO(chmod(bad, 0600), EFAULT);
	CHECK_ERRNO(truncate(bad, 0), EFAULT);
	CHECK_ERRNO(rename(bad, name), EFAULT);
	CHECK_ERRNO(rename(name, bad), EFAULT);
	CHECK_ERRNO(execve(bad, NULL, NULL), EFAULT);
	CHECK_ERRNO(execve("/bin/ls", NOWHERE(char *), NULL), EFAULT);
	CHECK(!getcwd(NOWHERE(char), 100) && errno == EFAULT, "getcwd: %s", strerror(errno));
	munmap(no_end, PAGE);
}

static void test_descriptors(void)
{
	int fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0644), p[2];

	TEST_BEGIN("what descriptors read and write");
	REQUIRE(fd >= 0 && !pipe(p), "open: %s", strerror(errno));
	CHECK_EQ(write(fd, "0123456789", 10), 10, "write");
	CHECK_ERRNO(pread(fd, NOWHERE(char), 4, 0), EFAULT);
	CHECK_ERRNO(pwrite(fd, NOWHERE(char), 4, 0), EFAULT);
	CHECK_ERRNO(write(p[1], NOWHERE(char), 4), EFAULT);
	CHECK_EQ(write(p[1], "x", 1), 1, "write");
	CHECK_ERRNO(read(p[0], NOWHERE(char), 1), EFAULT);
	CHECK_ERRNO(readv(fd, NOWHERE(struct iovec), 1), EFAULT);
	CHECK_ERRNO(writev(fd, NOWHERE(struct iovec), 1), EFAULT);
	CHECK_ERRNO(fstat(fd, NOWHERE(struct stat)), EFAULT);
	CHECK_ERRNO(pipe(NOWHERE(int)), EFAULT);
	CHECK_EQ(dup(fd), p[1] + 1, "a pipe that failed left no descriptor; dup");
	close(p[1] + 1);
	CHECK_ERRNO(poll(NOWHERE(struct pollfd), 1, 0), EFAULT);
	CHECK_ERRNO(select(1, NOWHERE(fd_set), NULL, NULL, NULL), EFAULT);
	CHECK_ERRNO(select(0, NULL, NULL, NULL, NOWHERE(struct timeval)), EFAULT);
	close(p[0]);
	close(p[1]);
	close(fd);
}

static void test_structures(void)
{
	struct itimerval timer = { 0 };
	int status;

	TEST_BEGIN("signals, times and the rest");
	CHECK_ERRNO(sigaction(SIGUSR1, NOWHERE(struct sigaction), NULL), EFAULT);
	CHECK_ERRNO(sigaction(SIGUSR1, NULL, NOWHERE(struct sigaction)), EFAULT);
	CHECK_ERRNO(sigprocmask(SIG_BLOCK, NOWHERE(sigset_t), NULL), EFAULT);
	CHECK_ERRNO(sigprocmask(SIG_BLOCK, NULL, NOWHERE(sigset_t)), EFAULT);
	CHECK_ERRNO(sigpending(NOWHERE(sigset_t)), EFAULT);
	CHECK_ERRNO(sigsuspend(NOWHERE(sigset_t)), EFAULT);
	CHECK_ERRNO(clock_gettime(CLOCK_MONOTONIC, NOWHERE(struct timespec)), EFAULT);
	CHECK_ERRNO(clock_getres(CLOCK_MONOTONIC, NOWHERE(struct timespec)), EFAULT);
	CHECK_ERRNO(gettimeofday(NOWHERE(struct timeval), NULL), EFAULT);
	CHECK_ERRNO(time(NOWHERE(time_t)), EFAULT);
	CHECK_ERRNO(nanosleep(NOWHERE(struct timespec), NULL), EFAULT);
	CHECK_ERRNO(getitimer(ITIMER_REAL, NOWHERE(struct itimerval)), EFAULT);
	CHECK_ERRNO(setitimer(ITIMER_REAL, NOWHERE(struct itimerval), NULL), EFAULT);
	CHECK_ERRNO(setitimer(ITIMER_REAL, &timer, NOWHERE(struct itimerval)), EFAULT);
	CHECK_ERRNO(getrlimit(RLIMIT_NOFILE, NOWHERE(struct rlimit)), EFAULT);
	CHECK_ERRNO(getrusage(RUSAGE_SELF, NOWHERE(struct rusage)), EFAULT);
	CHECK_ERRNO(uname(NOWHERE(struct utsname)), EFAULT);
	CHECK_ERRNO(sysinfo(NOWHERE(struct sysinfo)), EFAULT);
	CHECK_ERRNO(getgroups(1, NOWHERE(gid_t)), EFAULT);
	if (!fork())
		_exit(3);
	CHECK_ERRNO(waitpid(-1, NOWHERE(int), 0), EFAULT);
	CHECK(waitpid(-1, &status, 0) > 0 && WEXITSTATUS(status) == 3, "the child is still there");
}

/* n bytes that end where nothing is mapped. */
static char *at_border(size_t n)
{
	static char *pages;

	if (!pages) {
		pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
		munmap(pages + 2 * PAGE, PAGE);
	}
	return pages + 2 * PAGE - n;
}

static void test_borders(void)
{
	int fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0644), p[2];
	char text[100];

	TEST_BEGIN("what stands before the border of mapped memory");
	REQUIRE(fd >= 0 && !pipe(p), "open: %s", strerror(errno));
	CHECK_EQ(write(p[1], "0123456789", 10), 10, "write");
	CHECK_EQ(read(p[0], at_border(20), 40), 10, "a pipe has less than fits");
	CHECK(!memcmp(at_border(20), "0123456789", 10), "its bytes");
	CHECK_EQ(write(p[1], "0123456789", 10), 10, "write");
	CHECK_EQ(read(p[0], at_border(20), 400), 10, "and with a large buffer");
	memset(at_border(30), 'a', 30);
	CHECK_EQ(write(fd, at_border(30), 40), 30, "to a file");
	CHECK_EQ(pwrite(fd, at_border(30), 4000, 0), 30, "to a file, much");
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 30, "the offset");
	CHECK_EQ(pread(fd, at_border(7), 9, 0), 7, "from a file");
	CHECK_EQ(pread(fd, at_border(7), 900, 0), 7, "from a file, much");
	CHECK_EQ(pread(fd, at_border(PAGE + 7), 2 * PAGE, 0), 30, "a file that ends before");
	CHECK_EQ(read(fd, at_border(0), 8), 0, "at its end");
	CHECK_ERRNO(pread(fd, at_border(0), 8, 0), EFAULT);
	CHECK_EQ(write(p[1], at_border(30), 40), 30, "to a pipe");
	CHECK_EQ(read(p[0], text, sizeof(text)), 30, "which has no more");
	close(p[0]);
	close(p[1]);
	close(fd);
	unlink(name);
}

int main(void)
{
	test_paths();
	test_descriptors();
	test_structures();
	test_borders();
	return TEST_END();
}
