/* SPDX-License-Identifier: MIT */
/*
 * Proves: what public programs ask of a C library beside the standard's core is there and true:
 * users and groups (root alone), options with long names, select(), strptime(), POSIX's generator
 * of 48 bits, brk(), priorities, and the checks of readv() and writev().  See libc/README.md.
 *
 * cpus: 1
 * suite: check
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <time.h>

#include "test.h"

static void test_users(void)
{
	struct passwd *user = getpwnam("root"), copy, *found;
	char buf[64];
	gid_t group;

	TEST_BEGIN("users and groups: root, and nobody else");
	CHECK(user && !user->pw_uid && !strcmp(user->pw_dir, "/"), "getpwnam");
	CHECK(getpwuid(0) && getgrgid(0) && getgrnam("root"), "by number");
	errno = 0;
	CHECK(!getpwnam("nobody") && !getpwuid(1) && !errno, "nobody: %s", strerror(errno));
	CHECK(!getpwuid_r(0, &copy, buf, sizeof(buf), &found) && found == &copy, "getpwuid_r");
	CHECK(!getpwuid_r(7, &copy, buf, sizeof(buf), &found) && !found, "getpwuid_r of nobody");
	CHECK(!setuid(0) && !setgid(0) && !setreuid(-1u, 0), "becoming root");
	CHECK_ERRNO(setuid(1000), EINVAL);
	CHECK_ERRNO(setresgid(0, 5, 0), EINVAL);
	CHECK_EQ(getgroups(1, &group), 1, "groups");
	CHECK(group == 0 && geteuid() == 0, "%u", group);
}

static const char *options_of(char **words, const char *options, bool only)
{
	static const struct option longs[] = { { "all", no_argument, NULL, 'A' },
					       { "alter", required_argument, NULL, 'L' },
					       { "maybe", optional_argument, NULL, 'M' },
					       { NULL, 0, NULL, 0 } };
	static char seen[100];
	int argc = 0, c;

	*seen = '\0';
	while (words[argc])
		argc++;
	optind = opterr = 0;
	while ((c = only ? getopt_long_only(argc, words, options, longs, NULL) :
			   getopt_long(argc, words, options, longs, NULL)) != -1)
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%c%s ",
			 c == 1 ? '1' : c, optarg ? optarg : "");
	for (; optind < argc; optind++)
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "[%s]", words[optind]);
	return seen;
}

#define OPTIONS(want, options, only, ...) \
	do { \
		char *words_[] = { "prog", __VA_ARGS__, NULL }; \
		const char *seen_ = options_of(words_, options, only); \
\
		CHECK(!strcmp(seen_, want), "seen \"%s\", want \"%s\"", seen_, want); \
	} while (0)

static void test_options(void)
{
	TEST_BEGIN("options: operands move behind them, long names, parts of names");
	OPTIONS("a b1 [x][y]", "ab:", false, "x", "-a", "y", "-b1");
	OPTIONS("a bc [-d]", "ab:", false, "-abc", "--", "-d");
	OPTIONS("[x][-a]", "+a", false, "x", "-a");
	OPTIONS("1x a 1y ", "-a", false, "x", "-a", "y");
	OPTIONS("A L5 M Mz [o]", "", false, "--all", "--alt=5", "o", "--maybe", "--may=z");
	OPTIONS("? ? [-]", "a", false, "--al", "-", "--none");
	OPTIONS(": ", ":b:", false, "-b");
	OPTIONS(": ", ":b:", false, "--alter");
	OPTIONS("A a L7 ", "a", true, "-all", "-a", "-alter=7");
	OPTIONS("c cx [y]", "c::", false, "-c", "-cx", "y");
}

static void test_select(void)
{
	struct timeval soon = { 0, 1000 };
	fd_set in, out;
	int p[2];

	TEST_BEGIN("select");
	REQUIRE(!pipe(p), "pipe: %s", strerror(errno));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(p[0], &in);
	CHECK_EQ(select(p[1] + 1, &in, NULL, NULL, &soon), 0, "an empty pipe");
	CHECK(!FD_ISSET(p[0], &in), "is not ready");
	FD_SET(p[0], &in);
	FD_SET(p[1], &out);
	CHECK_EQ(write(p[1], "x", 1), 1, "write");
	CHECK_EQ(select(p[1] + 1, &in, &out, NULL, NULL), 2, "one to read, one to write");
	CHECK(FD_ISSET(p[0], &in) && FD_ISSET(p[1], &out), "are ready");
	CHECK_EQ(pselect(p[1] + 1, &in, NULL, NULL, NULL, NULL), 1, "pselect");
	close(p[0]);
	CHECK_ERRNO(select(p[1] + 1, &in, NULL, NULL, NULL), EBADF);
	CHECK_ERRNO(select(-1, NULL, NULL, NULL, NULL), EINVAL);
	close(p[1]);
}

static void test_strptime(void)
{
	struct tm tm = { 0 };
	const char *end =
		strptime("Mon, 29 Feb 2016 11:05:07 PM +0130!", "%a, %d %b %Y %I:%M:%S %p %z", &tm);

	TEST_BEGIN("strptime");
	CHECK(end && *end == '!', "the end: %s", end ? end : "none");
	CHECK(tm.tm_year == 116 && tm.tm_mon == 1 && tm.tm_mday == 29, "date");
	CHECK(tm.tm_hour == 23 && tm.tm_min == 5 && tm.tm_sec == 7, "time");
	CHECK(tm.tm_wday == 1 && tm.tm_yday == 59 && tm.tm_gmtoff == 5400, "%d %d %ld", tm.tm_wday,
	      tm.tm_yday, tm.tm_gmtoff);
	CHECK(strptime("68 69", "%y", &tm) && tm.tm_year == 168, "year %d", tm.tm_year);
	CHECK(strptime("100 2024", "%j %Y", &tm) && tm.tm_mon == 3 && tm.tm_mday == 9, "%d %d",
	      tm.tm_mon, tm.tm_mday);
	CHECK(!strptime("13", "%m", &tm) && !strptime("x", "%d", &tm), "what is no date");
}

static void test_rand48(void)
{
	TEST_BEGIN("drand48 and its kin give POSIX's numbers");
	srand48(42);
	CHECK_EQ(lrand48(), 1598855263, "lrand48");
	CHECK_EQ(mrand48(), 1471891643, "mrand48");
	srand48(1);
	CHECK((long)(drand48() * 1e9) == 41630344, "drand48");
}

static void test_memory(void)
{
	char *p = sbrk(0), *q = sbrk(3 * PAGE);

	TEST_BEGIN("brk and sbrk");
	CHECK(p == q, "sbrk gives where the break was");
	memset(q, 1, 3 * PAGE);
	CHECK_EQ((char *)sbrk(0) - p, 3 * PAGE, "the break");
	CHECK(!brk(p) && sbrk(0) == p, "back");
	CHECK_ERRNO(brk(NULL), ENOMEM);
	CHECK(sbrk(-(1l << 46)) == (void *)-1 && errno == ENOMEM, "below the program");
}

static void test_vectors(void)
{
	static char b[64];
	struct iovec huge[] = { { b, (size_t)-1 }, { b + 32, 8 } }, fine[] = { { b, 8 } };
	struct iovec two[] = { { b, SSIZE_MAX }, { b, 1 } };
	int fd = open("/tmp/names", O_CREAT | O_TRUNC | O_RDWR, 0644);

	TEST_BEGIN("readv and writev refuse what no call can transfer");
	CHECK_ERRNO(readv(fd, huge, 2), EINVAL);
	CHECK_ERRNO(writev(fd, huge, 2), EINVAL);
	CHECK_ERRNO(writev(fd, two, 2), EINVAL);
	CHECK_ERRNO(readv(fd, fine, -1), EINVAL);
	CHECK_ERRNO(writev(fd, fine, IOV_MAX + 1), EINVAL);
	CHECK_EQ(writev(fd, fine, 1), 8, "writev");
	CHECK_EQ(writev(fd, fine, 0), 0, "writev of nothing");
	CHECK_ERRNO(writev(200, fine, 0), EBADF);
	CHECK(!fsync(fd) && !fdatasync(fd) && !truncate("/tmp/names", 3), "fsync, truncate");
	CHECK_EQ(lseek(fd, 0, SEEK_END), 3, "its size");
	close(fd);
	CHECK_ERRNO(fsync(fd), EBADF);
}

static void test_system(void)
{
	struct sysinfo info;
	char path[PATH_MAX], name[] = "/tmp/namesXXXXXX", text[8];
	int fd;

	TEST_BEGIN("the system: its sizes, priorities, paths");
	CHECK(!sysinfo(&info) && info.freeram <= info.totalram && info.procs >= 2, "sysinfo");
	CHECK_EQ(getdtablesize(), sysconf(_SC_OPEN_MAX), "descriptors");
	errno = 0;
	CHECK(!getpriority(PRIO_PROCESS, 0) && !errno, "getpriority");
	CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, -5), EACCES);
	CHECK_ERRNO(getpriority(PRIO_PROCESS, 9999), ESRCH);
	CHECK(mkdtemp(name) && !chdir(name), "mkdtemp: %s", strerror(errno));
	CHECK(!realpath("none", path) && errno == ENOENT, "realpath: %s", strerror(errno));
	CHECK(realpath("..", path) && !strcmp(path, "/tmp"), "realpath: %s", path);
	CHECK(!chdir("/") && !rmdir(name), "rmdir");
	fd = dup3(STDERR_FILENO, 9, O_CLOEXEC);
	CHECK(fd == 9 && fcntl(9, F_GETFD) == FD_CLOEXEC, "dup3");
	CHECK_ERRNO(dup3(9, 9, 0), EINVAL);
	close(9);
	CHECK(!putenv("NAMES=x") && !strcmp(getenv("NAMES"), "x"), "putenv");
	CHECK(htobe32(1) == 0x1000000 && le16toh(2) == 2 && MAX(1, 2) == 2, "macros");
	CHECK(stpncpy(text, "ab", 8) == text + 2 && !memcmp(text, "ab\0\0\0\0\0", 8), "stpncpy");
	CHECK(!strcmp(strerror(ENOTSOCK), "Socket operation on non-socket"), "strerror");
}

/* In the order of their numbers, which are 1 to 133 without two. */
/* clang-format off */
static const int errors[] = {
	EPERM, ENOENT, ESRCH, EINTR, EIO, ENXIO, E2BIG, ENOEXEC, EBADF, ECHILD, EAGAIN, ENOMEM,
	EACCES, EFAULT, ENOTBLK, EBUSY, EEXIST, EXDEV, ENODEV, ENOTDIR, EISDIR, EINVAL, ENFILE,
	EMFILE, ENOTTY, ETXTBSY, EFBIG, ENOSPC, ESPIPE, EROFS, EMLINK, EPIPE, EDOM, ERANGE,
	EDEADLK, ENAMETOOLONG, ENOLCK, ENOSYS, ENOTEMPTY, ELOOP, ENOMSG, EIDRM, ECHRNG,
	EL2NSYNC, EL3HLT, EL3RST, ELNRNG, EUNATCH, ENOCSI, EL2HLT, EBADE, EBADR, EXFULL, ENOANO,
	EBADRQC, EBADSLT, EBFONT, ENOSTR, ENODATA, ETIME, ENOSR, ENONET, ENOPKG, EREMOTE,
	ENOLINK, EADV, ESRMNT, ECOMM, EPROTO, EMULTIHOP, EDOTDOT, EBADMSG, EOVERFLOW, ENOTUNIQ,
	EBADFD, EREMCHG, ELIBACC, ELIBBAD, ELIBSCN, ELIBMAX, ELIBEXEC, EILSEQ, ERESTART,
	ESTRPIPE, EUSERS, ENOTSOCK, EDESTADDRREQ, EMSGSIZE, EPROTOTYPE, ENOPROTOOPT,
	EPROTONOSUPPORT, ESOCKTNOSUPPORT, EOPNOTSUPP, EPFNOSUPPORT, EAFNOSUPPORT, EADDRINUSE,
	EADDRNOTAVAIL, ENETDOWN, ENETUNREACH, ENETRESET, ECONNABORTED, ECONNRESET, ENOBUFS,
	EISCONN, ENOTCONN, ESHUTDOWN, ETOOMANYREFS, ETIMEDOUT, ECONNREFUSED, EHOSTDOWN,
	EHOSTUNREACH, EALREADY, EINPROGRESS, ESTALE, EUCLEAN, ENOTNAM, ENAVAIL, EISNAM,
	EREMOTEIO, EDQUOT, ENOMEDIUM, EMEDIUMTYPE, ECANCELED, ENOKEY, EKEYEXPIRED, EKEYREVOKED,
	EKEYREJECTED, EOWNERDEAD, ENOTRECOVERABLE, ERFKILL, EHWPOISON
};
/* clang-format on */

static void test_errors(void)
{
	int number = 0;

	TEST_BEGIN("all of Linux's errors, with its numbers and in words");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		number += number == 40 || number == 57 ? 2 : 1;
		CHECK_EQ(errors[i], number, "an error's number");
		CHECK(strncmp(strerror(number), "Unknown", 7), "%d has no words", number);
	}
	CHECK_EQ(number, 133, "the last of them");
	CHECK(ENOTSUP == EOPNOTSUPP && EWOULDBLOCK == EAGAIN && EDEADLOCK == EDEADLK, "two names");
}

static void test_random(void)
{
	static unsigned char a[5000], b[5000];
	int fd = open("/dev/urandom", O_RDWR), blocking = open("/dev/random", O_RDONLY);
	long ones = 0;

	TEST_BEGIN("/dev/random and /dev/urandom give other bytes each time");
	CHECK_EQ(read(fd, a, sizeof(a)), sizeof(a), "read");
	CHECK_EQ(read(fd, b, sizeof(b)), sizeof(b), "read");
	CHECK(memcmp(a, b, sizeof(a)) && memcmp(a, a + 4096, 900), "two reads, and two chunks");
	for (size_t i = 0; i < sizeof(a); i++)
		ones += __builtin_popcount(a[i]);
	CHECK(ones > 19000 && ones < 21000, "%ld of 40000 bits are set", ones);
	CHECK_EQ(read(blocking, a, 4), 4, "/dev/random");
	CHECK(memcmp(a, b, 4), "its bytes");
	CHECK_EQ(write(fd, a, 4), 4, "write");
	close(fd);
	close(blocking);
}

int main(void)
{
	test_random();
	test_errors();
	test_users();
	test_options();
	test_select();
	test_strptime();
	test_rand48();
	test_memory();
	test_vectors();
	test_system();
	return TEST_END();
}
