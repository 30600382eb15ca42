/* SPDX-License-Identifier: MIT */
/*
 * Proves: what libc says of files, directories, dates and the system is true, and what
 * cannot be done yet fails with the errno that says why.  See libc/README.md.
 *
 * cpus: 1
 */
#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <locale.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

#include "test.h"

#define SELF "tests/libc_system"

#define CHECK_STR(seen, want) \
	do { \
		const char *seen_ = (seen); \
\
		CHECK(seen_ && !strcmp(seen_, want), "seen \"%s\", want \"%s\"", seen_, want); \
	} while (0)

static void check_path(char *path, const char *base, const char *dir)
{
	char a[64], b[64];

	CHECK_STR(basename(strcpy(a, path)), base);
	CHECK_STR(dirname(strcpy(b, path)), dir);
}

static void test_paths(void)
{
	TEST_BEGIN("basename and dirname");
	check_path("/usr/lib", "lib", "/usr");
	check_path("/usr/", "usr", "/");
	check_path("usr", "usr", ".");
	check_path("/", "/", "/");
	check_path("", ".", ".");
	check_path("a//b//", "b", "a");
}

static void test_stat(void)
{
	struct stat st, again;
	int fd = open(SELF, O_RDONLY);

	TEST_BEGIN("stat");
	CHECK(!stat("/bin/../tests//libc_system", &st), "stat: %s", strerror(errno));
	CHECK(S_ISREG(st.st_mode) && st.st_mode & S_IXUSR, "a program: mode %o", st.st_mode);
	CHECK(!fstat(fd, &again) && S_ISREG(again.st_mode), "fstat: %s", strerror(errno));
	CHECK_EQ(again.st_size, st.st_size, "size");
	CHECK_EQ(lseek(fd, 0, SEEK_END), st.st_size, "size by lseek");
	CHECK(!fstat(1, &st) && S_ISCHR(st.st_mode), "standard output: mode %o", st.st_mode);
	CHECK(!stat("/tests/", &st) && S_ISDIR(st.st_mode), "a directory: mode %o", st.st_mode);
	CHECK(!lstat("/", &st) && S_ISDIR(st.st_mode), "the root: mode %o", st.st_mode);
	CHECK_ERRNO(stat("no/such", &st), ENOENT);
	CHECK_ERRNO(stat("", &st), ENOENT);
	CHECK_ERRNO(stat(SELF "/x", &st), ENOTDIR);
	CHECK_ERRNO(stat(SELF "/", &st), ENOTDIR);
	CHECK_ERRNO(fstat(200, &st), EBADF);
	close(fd);
}

/* How often the directory has this name; -1 if not as that type. */
static int times(const char *path, const char *name, int type)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	int n = 0;

	REQUIRE(dir, "opendir of %s: %s", path, strerror(errno));
	while ((d = readdir(dir)))
		if (!strcmp(d->d_name, name))
			n = n < 0 || d->d_type != type ? -1 : n + 1;
	rewinddir(dir);
	CHECK(readdir(dir), "again from the start");
	closedir(dir);
	return n;
}

static void test_directories(void)
{
	TEST_BEGIN("directories");
	CHECK_EQ(times("/", "tests", DT_DIR), 1, "tests in the root");
	CHECK_EQ(times("/", "bin", DT_DIR), 1, "bin in the root");
	CHECK_EQ(times("tests", "libc_system", DT_REG), 1, "this program in tests");
	CHECK_EQ(times("tests", "bin", DT_DIR), 0, "bin in tests");
	CHECK(!opendir("no") && errno == ENOENT, "opendir of nothing: %s", strerror(errno));
	CHECK(!opendir(SELF) && errno == ENOTDIR, "opendir of a file: %s", strerror(errno));
	CHECK_ERRNO(open("tests", O_RDWR), EISDIR);
	CHECK_ERRNO(open(SELF, O_RDONLY | O_DIRECTORY), ENOTDIR);
}

static void test_refusals(void)
{
	char buf[8];
	int fd = open(SELF, O_RDONLY);

	TEST_BEGIN("what cannot be done says why");
	CHECK_ERRNO(open(SELF, O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERRNO(open("new", O_WRONLY), ENOENT);
	CHECK_ERRNO(mkstemp(buf), EINVAL);
	CHECK_ERRNO(unlink("tests"), EISDIR);
	CHECK_ERRNO(remove("no"), ENOENT);
	CHECK_ERRNO(rmdir(SELF), ENOTDIR);
	CHECK_ERRNO(mkdir("bin", 0700), EEXIST);
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	close(fd);
}

static void check_date(time_t t, const char *fmt, const char *want)
{
	char buf[128];
	struct tm tm, back;

	gmtime_r(&t, &tm);
	CHECK(strftime(buf, sizeof(buf), fmt, &tm), "room for %s", fmt);
	CHECK_STR(buf, want);
	back = tm;
	CHECK_EQ(mktime(&back), t, "there and back");
}

static void test_calendar(void)
{
	struct tm tm = { .tm_year = 123, .tm_mon = 13, .tm_mday = 30, .tm_min = -1 };
	char small[10];

	TEST_BEGIN("calendar");
	check_date(0, "%c|%D|%F|%T|%Z|%z",
		   "Thu Jan  1 00:00:00 1970|01/01/70|1970-01-01|00:00:00|UTC|+0000");
	check_date(951782400, "%A %d %B %Y, day %j, week %V %U %W of %G",
		   "Tuesday 29 February 2000, day 060, week 09 09 09 of 2000");
	check_date(1104537600, "%a %e %b %y %G-W%V-%u %I%p", "Sat  1 Jan 05 2004-W53-6 12AM");
	check_date(-1, "%Y-%m-%d %H:%M:%S", "1969-12-31 23:59:59");
	check_date(253402300800, "%F%%%n", "10000-01-01%\n");
	CHECK_EQ(mktime(&tm), 1709251140, "30 February 2024 less a minute is in March");
	CHECK(tm.tm_mon == 1 && tm.tm_mday == 29 && tm.tm_wday == 4, "%d %d", tm.tm_mon,
	      tm.tm_mday);
	CHECK_EQ(strftime(small, sizeof(small), "%F", &tm), 0, "no room for the NUL");
	CHECK_STR(asctime(&(struct tm){ .tm_mday = 3, .tm_year = 70, .tm_wday = 6 }),
		  "Sat Jan  3 00:00:00 1970\n");
}

/* No limit can be changed, and each refusal says why. */
static void check_limit(const struct rlimit *now)
{
	struct rlimit less = { now->rlim_cur - 1, now->rlim_max }, more = *now, mixed = *now;

	more.rlim_max++;
	mixed.rlim_cur++;
	CHECK(!setrlimit(RLIMIT_NOFILE, now), "setrlimit: %s", strerror(errno));
	CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &less), EINVAL);
	CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &more), EPERM);
	CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &mixed), EINVAL);
	CHECK_ERRNO(setrlimit(RLIM_NLIMITS, now), EINVAL);
	CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, NULL), EFAULT);
}

static void test_system(void)
{
	struct iovec iov[2] = { { (char[4]){ 0 }, 4 }, { (char[4]){ 0 }, 4 } };
	struct utsname name;
	struct rusage usage;
	struct rlimit limit;
	char dir[8];
	int fd = open(SELF, O_RDONLY);

	TEST_BEGIN("the system");
	CHECK(!uname(&name) && !strcmp(name.machine, "x86_64"), "machine %s", name.machine);
	CHECK(!getrusage(RUSAGE_SELF, &usage), "getrusage: %s", strerror(errno));
	CHECK_ERRNO(getrusage(5, &usage), EINVAL);
	CHECK(!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_cur == 256, "%lu handles",
	      limit.rlim_cur);
	check_limit(&limit);
	CHECK_STR(getcwd(dir, sizeof(dir)), "/");
	CHECK_EQ(readv(fd, iov, 2), 8, "readv");
	CHECK(!memcmp(iov[0].iov_base, "\177ELF", 4), "an ELF file begins with \\177ELF");
	CHECK_EQ(fcntl(fd, F_GETFL), O_RDONLY, "F_GETFL");
	CHECK_ERRNO(fcntl(200, F_GETFL), EBADF);
	CHECK_STR(setlocale(LC_ALL, ""), "C");
	CHECK(!setlocale(LC_ALL, "de_DE"), "another locale");
	CHECK_STR(localeconv()->decimal_point, ".");
	CHECK_STR(program_invocation_short_name, "libc_system");
	close(fd);
}

static void test_streams(void)
{
	FILE *f = fopen(SELF, "r");
	fpos_t pos;
	char a[16], b[16];

	TEST_BEGIN("positions, and another file for a stream");
	REQUIRE(f, "fopen: %s", strerror(errno));
	CHECK(!fseek(f, 100, SEEK_SET) && !fgetpos(f, &pos), "fgetpos: %s", strerror(errno));
	CHECK_EQ(fread(a, 1, 16, f), 16, "fread");
	CHECK(!fsetpos(f, &pos) && fread(b, 1, 16, f) == 16 && !memcmp(a, b, 16), "fsetpos");
	CHECK(fputc('x', f) == EOF && errno == EBADF && ferror(f), "fputc: %s", strerror(errno));
	clearerr(f);
	CHECK(freopen(SELF, "r", f) == f && ftell(f) == 0 && fgetc(f) == 0177, "freopen");
	CHECK(freopen(SELF, "r", stdin) == stdin && fileno(stdin) == 0 && getchar() == 0177,
	      "freopen of stdin");
	CHECK(!freopen("no/such", "r", f) && errno == ENOENT, "freopen of nothing");
}

int main(void)
{
	test_paths();
	test_stat();
	test_directories();
	test_refusals();
	test_calendar();
	test_system();
	test_streams();
	return TEST_END();
}
