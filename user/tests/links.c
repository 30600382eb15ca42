/* SPDX-License-Identifier: MIT */
/*
 * Proves: symbolic links, further names of files (link) and ".." are what POSIX says, in paths that
 * cross from one server to another too; calls that go from an open directory (openat and its kin)
 * find what the path from there names, wherever the directory has been moved; and a link that was
 * made with less authority leads nobody with more to change what only that may change.
 * See user/servers/fs/tree.c, user/init/paths.c and libc/src/unistd/links.c.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "test.h"

#define WORK "/tmp/links"

static char buf[2 * PATH_MAX], out[PATH_MAX];

static void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	REQUIRE(fd >= 0, "create %s: %s", path, strerror(errno));
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text), "write of %s", path);
	close(fd);
}

static bool holds(const char *path, const char *text)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) && !memcmp(buf, text, strlen(text));
}

static struct stat of(const char *path, bool link)
{
	struct stat st = { 0 };
	int ret = link ? lstat(path, &st) : stat(path, &st);

	CHECK(!ret, "stat of %s: %s", path, strerror(errno));
	return st;
}

static void link_to(const char *text, const char *path)
{
	REQUIRE(!symlink(text, path), "symlink %s: %s", path, strerror(errno));
}

/* ---- symbolic links ---- */

static void test_follow(void)
{
	TEST_BEGIN("who follows a symbolic link, and who looks at it");
	make("file", "text");
	link_to("file", "l");
	CHECK(holds("l", "text"), "open follows");
	CHECK_EQ(of("l", false).st_ino, of("file", false).st_ino, "stat follows");
	CHECK(S_ISLNK(of("l", true).st_mode), "lstat does not");
	CHECK_EQ(of("l", true).st_size, 4, "the size is that of the text");
	CHECK_EQ(readlink("l", out, sizeof(out)), 4, "readlink");
	CHECK(!memcmp(out, "file", 4), "its text");
	CHECK_EQ(readlink("l", out, 2), 2, "readlink cuts");
	CHECK_ERRNO(readlink("file", out, sizeof(out)), EINVAL);
	CHECK_ERRNO(readlink("none", out, sizeof(out)), ENOENT);
	CHECK_ERRNO(readlink("l", (char *)8, 4), EFAULT);
	CHECK(!chmod("l", 0600) && (of("file", false).st_mode & 07777) == 0600, "chmod follows");
	CHECK(!lchown("l", 7, 8) && of("l", true).st_uid == 7, "lchown does not");
	CHECK_EQ(of("file", false).st_uid, 0, "the owner of the file");
	CHECK_ERRNO(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_ERRNO(open("l", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
	CHECK_ERRNO(symlink("x", "l"), EEXIST);
	CHECK_ERRNO(symlink("", "empty"), ENOENT);
	CHECK_ERRNO(mkdir("l", 0755), EEXIST);
	CHECK_ERRNO(rmdir("l"), ENOTDIR);
	CHECK(!rename("l", "m") && S_ISLNK(of("m", true).st_mode), "rename moves the link");
	CHECK(!unlink("m") && holds("file", "text"), "unlink removes the link");
}

static void test_dangling(void)
{
	TEST_BEGIN("links that lead nowhere, in circles, and through directories");
	link_to("later", "dangling");
	CHECK_ERRNO(open("dangling", O_RDONLY), ENOENT);
	CHECK_ERRNO(access("dangling", F_OK), ENOENT);
	make("dangling", "made");
	CHECK(holds("later", "made"), "O_CREAT makes what the link names");
	link_to("two", "one");
	link_to("one", "two");
	CHECK_ERRNO(open("one", O_RDONLY), ELOOP);
	CHECK_ERRNO(stat("one/below", (struct stat *)buf), ELOOP);
	CHECK(!mkdir("d", 0755) && !mkdir("d/e", 0755), "mkdir");
	link_to("d/e", "in");
	make("in/f", "deep");
	CHECK(holds("d/e/f", "deep"), "a link in the middle");
	make("in/../g", "beside");
	CHECK(holds("d/g", "beside"), "\"..\" after a link is where that leads");
	CHECK_ERRNO(open("file/../file", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open("none/../file", O_RDONLY), ENOENT);
	CHECK_ERRNO(rmdir("d/."), EINVAL);
	CHECK_ERRNO(rmdir("d/e/.."), ENOTEMPTY);
	CHECK_ERRNO(unlink("in/"), ENOTDIR);
	CHECK(realpath("in/../e/./f", out) && !strcmp(out, WORK "/d/e/f"), "realpath: %s", out);
	CHECK(!chdir("in") && getcwd(out, sizeof(out)) && !strcmp(out, WORK "/d/e"), "%s", out);
	CHECK(!chdir(WORK), "chdir");
	memset(buf, 'x', 300);
	buf[300] = '\0';
	CHECK_ERRNO(symlink("x", buf), ENAMETOOLONG);
	memset(buf, 'x', PATH_MAX);
	buf[PATH_MAX] = '\0';
	CHECK_ERRNO(symlink(buf, "long"), ENAMETOOLONG);
	CHECK_ERRNO(symlink((char *)8, "long"), EFAULT);
}

/* A link's type in the list of its directory. */
static void test_listed(void)
{
	struct dirent *d;
	DIR *dir = opendir(".");
	int type = -1;

	TEST_BEGIN("readdir tells links");
	link_to("nowhere", "listed");
	while (dir && (d = readdir(dir)))
		if (!strcmp(d->d_name, "listed"))
			type = d->d_type;
	closedir(dir);
	CHECK_EQ(type, DT_LNK, "type");
}

/* ---- further names ---- */

static void test_hard(void)
{
	int made = 0;

	TEST_BEGIN("link: one file, several names");
	make("a", "one");
	CHECK(!link("a", "b"), "link: %s", strerror(errno));
	CHECK_EQ(of("a", false).st_nlink, 2, "names");
	CHECK_EQ(of("a", false).st_ino, of("b", false).st_ino, "the inode");
	make("b", "other");
	CHECK(holds("a", "other"), "one file");
	CHECK_ERRNO(link("a", "b"), EEXIST);
	CHECK_ERRNO(link("none", "c"), ENOENT);
	CHECK_ERRNO(link(".", "c"), EPERM);
	CHECK_ERRNO(link("a", "none/c"), ENOENT);
	CHECK_ERRNO(link("a", "/proc/c"), EXDEV);
	CHECK(!rename("a", "b") && holds("a", "other"), "to another name of it: nothing");
	CHECK(!unlink("a") && holds("b", "other"), "the other name stays");
	CHECK_EQ(of("b", false).st_nlink, 1, "names left");
	link_to("b", "s");
	CHECK(!link("s", "t") && S_ISLNK(of("t", true).st_mode), "of the link itself");
	CHECK(!linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW), "linkat");
	CHECK_EQ(of("u", true).st_ino, of("b", false).st_ino, "AT_SYMLINK_FOLLOW");
	mkdir("many", 0755);
	do
		sprintf(out, "many/%d", made++);
	while (!link("b", out));
	CHECK_EQ(errno, EMLINK, "after %d names", made);
	while (--made) {
		sprintf(out, "many/%d", made - 1);
		unlink(out);
	}
	CHECK(!rmdir("many"), "rmdir: %s", strerror(errno));
}

/* ---- other servers ---- */

static void test_crossing(void)
{
	int fd;

	TEST_BEGIN("links and dots into another server and back");
	link_to("/proc/self", "self");
	link_to("../../dev/null", "null");
	CHECK_EQ(access("self/maps", R_OK), 0, "through a link: %s", strerror(errno));
	CHECK_EQ(access("../../proc/self/maps", R_OK), 0, "by dots: %s", strerror(errno));
	CHECK_EQ(access("/proc/self/../../tmp/links/b", R_OK), 0, "and back: %s", strerror(errno));
	fd = open("null", O_WRONLY);
	CHECK_EQ(write(fd, "x", 1), 1, "a device");
	close(fd);
	CHECK(realpath("null", out) && !strcmp(out, "/dev/null"), "realpath: %s", out);
	CHECK_ERRNO(rename("b", "self/b"), EXDEV);
	CHECK_ERRNO(link("b", "self/b"), EXDEV);
	CHECK_ERRNO(rename("b", "../../proc/b"), EXDEV);
	CHECK_ERRNO(mkdir("../../proc", 0755), EEXIST);
	CHECK_ERRNO(readlink("/dev/null", out, 10), EINVAL);
	CHECK_ERRNO(symlink("x", "/dev/null"), EEXIST);
	CHECK(!chdir("self") && !access("maps", R_OK), "chdir: %s", strerror(errno));
	CHECK(!chdir("../..") && getcwd(out, sizeof(out)) && !strcmp(out, "/"), "up: %s", out);
	CHECK(!chdir(WORK), "chdir");
}

/* ---- from an open directory ---- */

static void test_at(void)
{
	int dir = open("d", O_RDONLY | O_DIRECTORY), fd, proc = open("/proc/self", O_RDONLY);
	struct timespec times[2] = { { 5, 0 }, { 6, 0 } };
	struct stat st;

	TEST_BEGIN("calls that go from an open directory");
	fd = openat(dir, "new", O_RDWR | O_CREAT, 0640);
	CHECK(fd >= 0 && write(fd, "at", 2) == 2, "openat: %s", strerror(errno));
	close(fd);
	CHECK(holds("d/new", "at"), "what was made");
	CHECK(!rename("d", "moved"), "rename of it");
	CHECK(!fstatat(dir, "new", &st, 0) && st.st_size == 2, "fstatat after that");
	CHECK(!fstatat(dir, "", &st, AT_EMPTY_PATH) && S_ISDIR(st.st_mode), "the directory itself");
	CHECK(!mkdirat(dir, "sub", 0700) && !symlinkat("new", dir, "link"), "%s", strerror(errno));
	CHECK(readlinkat(dir, "link", out, 9) == 3, "readlinkat");
	CHECK(!fstatat(dir, "link", &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode), "no follow");
	CHECK(!linkat(dir, "new", dir, "hard", 0) && !renameat(dir, "hard", AT_FDCWD, "h"), "link");
	CHECK(!fchmodat(dir, "new", 0600, 0) && !faccessat(dir, "new", R_OK, 0), "fchmodat");
	CHECK(!fchownat(dir, "link", 3, 4, AT_SYMLINK_NOFOLLOW), "fchownat");
	CHECK(!utimensat(dir, "new", times, 0) && of("h", false).st_mtime == 6, "utimensat");
	CHECK(!unlinkat(dir, "new", 0) && !unlinkat(dir, "sub", AT_REMOVEDIR), "unlinkat");
	CHECK_ERRNO(unlinkat(dir, "link", 1), EINVAL);
	CHECK_ERRNO(openat(dir, "none", O_RDONLY), ENOENT);
	CHECK_ERRNO(openat(dir, "", O_RDONLY), ENOENT);
	CHECK_ERRNO(openat(999, "new", O_RDONLY), EBADF);
	fd = openat(999, WORK "/h", O_RDONLY);
	CHECK(fd >= 0, "an absolute path asks for no directory");
	CHECK_ERRNO(openat(fd, "x", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(openat(STDERR_FILENO, "x", O_RDONLY), ENOTDIR);
	close(fd);
	fd = openat(proc, "maps", O_RDONLY);
	CHECK(fd >= 0, "of another server: %s", strerror(errno));
	close(fd);
	CHECK(!fchdir(dir) && getcwd(out, sizeof(out)) && !strcmp(out, WORK "/moved"), "%s", out);
	CHECK(!chdir(WORK) && !mkdir("gone", 0755), "mkdir");
	fd = open("gone", O_RDONLY);
	CHECK(!rmdir("gone"), "rmdir");
	CHECK_ERRNO(openat(fd, "x", O_WRONLY | O_CREAT, 0600), ENOENT);
	CHECK_ERRNO(fchdir(fd), ENOENT);
	close(fd);
	close(dir);
	close(proc);
}

/* ---- authority ---- */

static int wait_for(pid_t pid)
{
	int status = 0;

	waitpid(pid, &status, 0);
	return status;
}

/* Makes links as one who may not change what the machine came with. */
static void test_authority(void)
{
	pid_t pid = fork();

	TEST_BEGIN("a link lends nobody's authority");
	if (!pid) {
		if (mg_cap_drop_bound(KCAP_CTL))
			_exit(1);
		_exit(symlink("/bin/ls", "trap") || symlink("/", "way") ||
		      link("/bin/ls", "hardtrap") != -1 || errno != EPERM);
	}
	CHECK_EQ(wait_for(pid), 0, "the child");
	CHECK_ERRNO(open("trap", O_WRONLY), EACCES);
	CHECK_ERRNO(chmod("trap", 0), EPERM);
	CHECK_ERRNO(unlink("way/bin/ls"), EPERM);
	CHECK_ERRNO(open("way/sys/kernel/mm/ksm/run", O_WRONLY), EACCES);
	CHECK_EQ(access("trap", X_OK), 0, "to read and run it is followed");
	link_to("/bin/ls", "own");
	CHECK_EQ(access("own", W_OK), 0, "who may makes a way to it: %s", strerror(errno));
}

int main(void)
{
	REQUIRE(!mkdir(WORK, 0755) && !chdir(WORK), "%s: %s", WORK, strerror(errno));
	test_follow();
	test_dangling();
	test_listed();
	test_hard();
	test_crossing();
	test_at();
	test_authority();
	chdir("/");
	return TEST_END();
}
