/* SPDX-License-Identifier: MIT */
/*
 * Proves: libc's calls for files do what POSIX says from end to end, through init's name
 * space and the servers: flags and errnos, offsets that fork and dup share, what stays of a
 * file that is unlinked or renamed while open, pipes and SIGPIPE, what exec closes, where
 * "." is, streams, temporary files, system().  That nothing is left of thousands of opened
 * files is what init's balance asks.  See user/servers/fs/ and libc/README.md.
 *
 * cpus: 1 2
 * timeout: 120
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "test.h"

#define WORK "/tmp/files"

static void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	REQUIRE(fd >= 0, "create %s: %s", path, strerror(errno));
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text), "write of %s", path);
	CHECK_EQ(close(fd), 0, "close");
}

/* Whether the whole file is this text. */
static bool holds(const char *path, const char *text)
{
	char buf[256] = "";
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) && !memcmp(buf, text, strlen(text));
}

/* The exit status of a child, or 128 and its signal. */
static int ending(pid_t pid)
{
	int status = 0;

	REQUIRE(waitpid(pid, &status, 0) == pid, "wait: %s", strerror(errno));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_open(void)
{
	int fd;

	TEST_BEGIN("open: flags and what they refuse");
	CHECK_ERRNO(open("none", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("none/below", O_WRONLY | O_CREAT, 0644), ENOENT);
	make("a", "first");
	CHECK_ERRNO(open("a", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
	CHECK_ERRNO(open("a/below", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(open(".", O_WRONLY), EISDIR);
	CHECK_ERRNO(open("", O_RDONLY), ENOENT);
	fd = open("a", O_RDONLY);
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	close(fd);
	fd = open("a", O_WRONLY);
	CHECK_ERRNO(read(fd, &fd, 1), EBADF);
	CHECK_EQ(write(fd, "F", 1), 1, "write without O_TRUNC");
	close(fd);
	CHECK(holds("a", "First"), "the rest is as it was");
	close(open("a", O_WRONLY | O_TRUNC));
	CHECK(holds("a", ""), "O_TRUNC");
	CHECK_ERRNO(close(fd), EBADF);
	CHECK_ERRNO(close(-1), EBADF);
	CHECK_ERRNO(read(fd, &fd, 1), EBADF);
	CHECK_EQ(fcntl(STDIN_FILENO, F_DUPFD, 20), 20, "F_DUPFD");
	CHECK_EQ(close(20), 0, "close of it");
}

static void test_long_names(void)
{
	char name[PATH_MAX + 10];

	TEST_BEGIN("names that are too long");
	memset(name, 'n', sizeof(name));
	name[NAME_MAX + 1] = '\0';
	CHECK_ERRNO(open(name, O_WRONLY | O_CREAT, 0644), ENAMETOOLONG);
	name[NAME_MAX] = '\0';
	make(name, "fits");
	CHECK_EQ(unlink(name), 0, "unlink of the longest name");
	memset(name, '/', sizeof(name));
	name[PATH_MAX + 5] = '\0';
	CHECK_ERRNO(open(name, O_RDONLY), ENAMETOOLONG);
}

static void test_offsets(void)
{
	char buf[8] = "";
	int fd, copy;
	pid_t pid;

	TEST_BEGIN("offsets: shared by dup and fork, not by open");
	make("o", "0123456789");
	fd = open("o", O_RDWR);
	copy = dup(fd);
	CHECK_EQ(read(fd, buf, 3), 3, "read");
	CHECK_EQ(lseek(copy, 0, SEEK_CUR), 3, "the copy's offset");
	pid = fork();
	if (!pid)
		_exit(read(copy, buf, 2) == 2 && !memcmp(buf, "34", 2) ? 0 : 1);
	CHECK_EQ(ending(pid), 0, "the child reads on");
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5, "and our offset has moved");
	CHECK_EQ(pread(fd, buf, 2, 8), 2, "pread");
	CHECK(!memcmp(buf, "89", 2) && lseek(fd, 0, SEEK_CUR) == 5, "pread leaves the offset");
	CHECK_EQ(lseek(fd, -2, SEEK_END), 8, "SEEK_END");
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_EQ(lseek(fd, 12, SEEK_SET), 12, "past the end");
	CHECK_EQ(read(fd, buf, 1), 0, "nothing to read there");
	CHECK_EQ(write(fd, "x", 1), 1, "but to write");
	CHECK_EQ(pread(fd, buf, 8, 9), 4, "read over the hole");
	CHECK(!memcmp(buf, "9\0\0x", 4), "the hole is zeros");
	close(copy);
	close(fd);
}

static void test_append(void)
{
	int one = open("app", O_WRONLY | O_CREAT | O_APPEND, 0644), two = open("app", O_WRONLY);

	TEST_BEGIN("O_APPEND, by open and by fcntl");
	CHECK_EQ(write(two, "aaaa", 4), 4, "write");
	CHECK_EQ(write(one, "bb", 2), 2, "append");
	CHECK(holds("app", "aaaabb"), "at the end");
	CHECK_EQ(lseek(one, 0, SEEK_SET), 0, "seek");
	CHECK_EQ(write(one, "c", 1), 1, "append again");
	CHECK(holds("app", "aaaabbc"), "still at the end");
	CHECK(fcntl(one, F_GETFL) & O_APPEND, "F_GETFL");
	CHECK(!(fcntl(two, F_GETFL) & O_APPEND), "F_GETFL of the other");
	CHECK_EQ(fcntl(two, F_SETFL, O_APPEND), 0, "F_SETFL");
	CHECK_EQ(write(two, "d", 1), 1, "append");
	CHECK(holds("app", "aaaabbcd"), "at the end");
	close(one);
	close(two);
}

static void test_unlink(void)
{
	struct stat st;
	char c = 0;
	int fd;

	TEST_BEGIN("unlink and rename of open files");
	make("u", "kept");
	fd = open("u", O_RDONLY);
	CHECK_EQ(unlink("u"), 0, "unlink");
	CHECK_ERRNO(stat("u", &st), ENOENT);
	CHECK_ERRNO(unlink("u"), ENOENT);
	CHECK(read(fd, &c, 1) == 1 && c == 'k', "it can still be read");
	CHECK(!fstat(fd, &st) && st.st_size == 4, "and asked for its size");
	make("u", "new");
	CHECK(read(fd, &c, 1) == 1 && c == 'e', "a new file of that name is another");
	close(fd);
	make("v", "other");
	fd = open("v", O_RDONLY);
	CHECK_EQ(rename("u", "v"), 0, "rename over a file");
	CHECK(holds("v", "new") && access("u", F_OK), "the name has moved");
	CHECK(read(fd, &c, 1) == 1 && c == 'o', "who had the old one open still has it");
	close(fd);
	CHECK_ERRNO(rename("none", "v"), ENOENT);
	CHECK_EQ(rename("v", "v"), 0, "rename to itself");
	CHECK(holds("v", "new"), "which changes nothing");
}

static void test_directories(void)
{
	struct dirent *d;
	int found = 0;
	DIR *dir;

	TEST_BEGIN("directories");
	CHECK_EQ(mkdir("d", 0755), 0, "mkdir");
	CHECK_ERRNO(mkdir("d", 0755), EEXIST);
	CHECK_ERRNO(mkdir("none/d", 0755), ENOENT);
	make("d/x", "x");
	CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
	CHECK_ERRNO(rmdir("d/x"), ENOTDIR);
	CHECK_ERRNO(unlink("d"), EISDIR);
	CHECK_ERRNO(rename("d", "d/y"), EINVAL);
	CHECK_ERRNO(rename("d", "v"), ENOTDIR);
	CHECK_ERRNO(rename("v", "d"), EISDIR);
	CHECK_EQ(rename("d", "e"), 0, "rename");
	CHECK(holds("e/x", "x"), "what was in it is still in it");
	dir = opendir("e");
	REQUIRE(dir, "opendir: %s", strerror(errno));
	while ((d = readdir(dir)))
		found += !strcmp(d->d_name, "x") && d->d_type == DT_REG;
	CHECK_EQ(found, 1, "entries of that name");
	CHECK_EQ(closedir(dir), 0, "closedir");
	CHECK(!opendir("v") && errno == ENOTDIR, "opendir of a file");
	CHECK_EQ(remove("e/x"), 0, "remove of a file");
	CHECK_EQ(remove("e"), 0, "remove of a directory");
	CHECK_ERRNO(access("e", F_OK), ENOENT);
}

static void test_where(void)
{
	char buf[PATH_MAX];
	pid_t pid;

	TEST_BEGIN("getcwd and chdir");
	CHECK(getcwd(buf, sizeof(buf)) && !strcmp(buf, WORK), "here: %s", buf);
	CHECK(!getcwd(buf, 4) && errno == ERANGE, "a short buffer");
	CHECK_EQ(mkdir("w", 0755), 0, "mkdir");
	pid = fork();
	if (!pid)
		_exit(chdir("w") || !getcwd(buf, sizeof(buf)) || strcmp(buf, WORK "/w") ||
		      chdir("../..") || !getcwd(buf, sizeof(buf)) || strcmp(buf, "/tmp"));
	CHECK_EQ(ending(pid), 0, "a child goes about");
	CHECK(getcwd(buf, sizeof(buf)) && !strcmp(buf, WORK), "and we stay: %s", buf);
	CHECK_ERRNO(chdir("none"), ENOENT);
	CHECK_ERRNO(chdir("v"), ENOTDIR);
	CHECK_EQ(chdir("w"), 0, "chdir");
	CHECK(holds("../v", "new"), "a path through ..");
	CHECK_EQ(chdir(".."), 0, "back");
	CHECK_EQ(rmdir("w"), 0, "rmdir");
}

static void ignore(int sig)
{
	(void)sig;
}

static void test_pipes(void)
{
	char buf[8] = "";
	pid_t pid;
	int p[2];

	TEST_BEGIN("pipes: end of file, EPIPE and SIGPIPE");
	REQUIRE(!pipe(p), "pipe: %s", strerror(errno));
	pid = fork();
	if (!pid)
		_exit(write(p[1], "hello", 5) != 5);
	close(p[1]);
	CHECK_EQ(read(p[0], buf, sizeof(buf)), 5, "read");
	CHECK(!memcmp(buf, "hello", 5), "what was written");
	CHECK_EQ(ending(pid), 0, "the writer");
	CHECK_EQ(read(p[0], buf, 1), 0, "the end, when nobody can write");
	CHECK_ERRNO(write(p[0], "x", 1), EBADF);
	CHECK_ERRNO(lseek(p[0], 0, SEEK_SET), ESPIPE);
	close(p[0]);
	REQUIRE(!pipe(p), "pipe: %s", strerror(errno));
	close(p[0]);
	pid = fork();
	if (!pid)
		_exit((int)write(p[1], "x", 1));
	CHECK_EQ(ending(pid), 128 + SIGPIPE, "a writer without a reader");
	signal(SIGPIPE, ignore);
	CHECK_ERRNO(write(p[1], "x", 1), EPIPE);
	signal(SIGPIPE, SIG_DFL);
	close(p[1]);
}

/* Run again by exec, with a descriptor as argument: whether that is open. */
static int is_open(const char *fd)
{
	struct stat st;

	return fstat(atoi(fd), &st) ? 1 : 0;
}

static int open_after_exec(int fd)
{
	char number[12];
	pid_t pid = fork();

	snprintf(number, sizeof(number), "%d", fd);
	if (!pid) {
		execl("/tests/files", "files", number, NULL);
		_exit(99);
	}
	return ending(pid);
}

static void test_cloexec(void)
{
	int fd = open("v", O_RDONLY | O_CLOEXEC), copy = dup(fd), p[2];

	TEST_BEGIN("what exec closes");
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC, "O_CLOEXEC");
	CHECK_EQ(fcntl(copy, F_GETFD), 0, "not of the copy");
	CHECK_EQ(open_after_exec(fd), 1, "is closed");
	CHECK_EQ(open_after_exec(copy), 0, "is open");
	CHECK_EQ(fcntl(copy, F_SETFD, FD_CLOEXEC), 0, "F_SETFD");
	CHECK_EQ(open_after_exec(copy), 1, "is closed now");
	CHECK_EQ(fcntl(fd, F_SETFD, 0), 0, "F_SETFD");
	CHECK_EQ(open_after_exec(fd), 0, "is open now");
	CHECK_EQ(pipe2(p, O_CLOEXEC), 0, "pipe2");
	CHECK_EQ(open_after_exec(p[1]), 1, "an end of a pipe");
	close(p[0]);
	close(p[1]);
	close(fd);
	close(copy);
}

static void test_modes(void)
{
	struct stat st;
	int fd;

	TEST_BEGIN("stat, chmod, access, truncate");
	make("m", "0123456789");
	CHECK(!stat("m", &st) && st.st_size == 10 && S_ISREG(st.st_mode), "stat");
	CHECK_EQ(st.st_mode & 0777, 0644, "mode");
	CHECK_ERRNO(access("m", X_OK), EACCES);
	CHECK_EQ(chmod("m", 0755), 0, "chmod");
	CHECK_EQ(access("m", R_OK | W_OK | X_OK), 0, "access");
	CHECK(!stat("m", &st) && (st.st_mode & 0777) == 0755, "mode %o", st.st_mode);
	CHECK_ERRNO(chmod("none", 0644), ENOENT);
	CHECK_ERRNO(access("m", 64), EINVAL);
	fd = open("m", O_RDWR);
	CHECK_EQ(ftruncate(fd, 4), 0, "ftruncate");
	CHECK(holds("m", "0123"), "the rest is gone");
	CHECK_EQ(ftruncate(fd, 6), 0, "ftruncate that grows");
	CHECK(!fstat(fd, &st) && st.st_size == 6, "its size");
	CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	close(fd);
	umask(077);
	make("masked", "");
	umask(022);
	CHECK(!stat("masked", &st) && (st.st_mode & 0777) == 0600, "umask: mode %o", st.st_mode);
}

static void test_streams(void)
{
	char line[32];
	FILE *f;

	TEST_BEGIN("streams on files");
	f = fopen("s", "w");
	REQUIRE(f, "fopen: %s", strerror(errno));
	CHECK(fprintf(f, "line %d\nline %d\n", 1, 2) == 14 && !fclose(f), "write");
	f = fopen("s", "a+");
	CHECK(f && fputs("line 3\n", f) >= 0, "append");
	rewind(f);
	CHECK(fgets(line, sizeof(line), f) && !strcmp(line, "line 1\n"), "read: %s", line);
	CHECK_EQ(ftell(f), 7, "ftell");
	CHECK_EQ(fseek(f, -7, SEEK_END), 0, "fseek");
	CHECK(fgets(line, sizeof(line), f) && !strcmp(line, "line 3\n"), "read: %s", line);
	CHECK(!fgets(line, sizeof(line), f) && feof(f) && !ferror(f), "the end");
	CHECK_EQ(fclose(f), 0, "fclose");
	CHECK(!fopen("none", "r") && errno == ENOENT, "fopen of what is not there");
	CHECK(!fopen("s", "wx") && errno == EEXIST, "fopen of what is there");
	f = fopen("s", "r");
	CHECK(fputc('x', f) == EOF && ferror(f), "a stream that cannot be written");
	fclose(f);
}

static void test_temporary(void)
{
	char name[] = "tXXXXXX", again[] = "tXXXXXX", bad[] = "t";
	FILE *f = tmpfile();
	int fd, other;

	TEST_BEGIN("mkstemp and tmpfile");
	CHECK(f && fputs("x", f) >= 0 && !fseek(f, 0, SEEK_SET) && getc(f) == 'x', "tmpfile");
	CHECK(f && !fclose(f), "fclose");
	fd = mkstemp(name);
	other = mkstemp(again);
	CHECK(fd >= 0 && other >= 0 && strcmp(name, again), "two names: %s %s", name, again);
	CHECK_EQ(write(fd, "x", 1), 1, "write");
	CHECK_ERRNO(mkstemp(bad), EINVAL);
	close(fd);
	close(other);
	CHECK(!unlink(name) && !unlink(again), "unlink");
}

static void test_system(void)
{
	char line[64];

	TEST_BEGIN("system");
	CHECK(system(NULL), "there is a shell");
	CHECK_EQ(WEXITSTATUS(system("exit 5")), 5, "status");
	CHECK_EQ(system("echo a | cat > sys; echo b >> sys"), 0, "redirection");
	CHECK(holds("sys", "a\nb\n"), "what it wrote");
	CHECK_EQ(WEXITSTATUS(system("nosuch 2> sys")), 127, "no such program");
	snprintf(line, sizeof(line), "kill -INT %d; kill -QUIT %d", getpid(), getpid());
	CHECK_EQ(system(line), 0, "Ctrl-C is the command's");
}

static void test_popen(void)
{
	FILE *in = popen("cat > popen; exit 3", "w"), *out, *other;
	char line[20] = "";

	TEST_BEGIN("popen");
	REQUIRE(in, "popen: %s", strerror(errno));
	CHECK(fputs("written\n", in) >= 0, "write");
	other = popen("cat", "we"); /* has no end of the first: else that would not end */
	CHECK_EQ(WEXITSTATUS(pclose(in)), 3, "status");
	CHECK(holds("popen", "written\n"), "what it got");
	CHECK_EQ(pclose(other), 0, "the other one");
	out = popen("echo said; exit 0", "r");
	CHECK(out && fgets(line, sizeof(line), out) && !strcmp(line, "said\n"), "read: %s", line);
	CHECK(out && !fgets(line, sizeof(line), out) && feof(out), "its end");
	CHECK_EQ(pclose(out), 0, "status");
	CHECK(!popen("true", "q") && errno == EINVAL, "no mode: %s", strerror(errno));
	CHECK(!popen("true", "rw") && errno == EINVAL, "nor that: %s", strerror(errno));
	CHECK(pclose(stdin) == -1 && errno == ECHILD, "no command's: %s", strerror(errno));
}

static void test_redirected(void)
{
	int saved = dup(STDOUT_FILENO), fd = open("r", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	struct iovec iov[] = { { "d", 1 }, { "ef", 2 } };

	TEST_BEGIN("standard output in a file, by dup2");
	CHECK_EQ(dup2(fd, STDOUT_FILENO), STDOUT_FILENO, "dup2");
	printf("abc");
	fflush(stdout);
	CHECK_EQ(writev(STDOUT_FILENO, iov, 2), 3, "writev");
	CHECK_EQ(dup2(saved, STDOUT_FILENO), STDOUT_FILENO, "dup2 back");
	close(saved);
	close(fd);
	CHECK(holds("r", "abcdef"), "what was written");
	CHECK_ERRNO(dup2(200, STDOUT_FILENO), EBADF);
	fd = open("r", O_RDONLY);
	CHECK(!isatty(fd), "a file is no terminal");
	close(fd);
}

static void test_many(void)
{
	int fd, p[2], bad = 0;

	TEST_BEGIN("thousands of files and pipes, one after the other");
	for (int i = 0; i < 2000; i++) {
		fd = open(i % 2 ? "m" : "many", O_RDWR | O_CREAT, 0644);
		bad += fd < 0 || close(fd);
	}
	for (int i = 0; i < 200; i++)
		bad += pipe(p) || close(p[0]) || close(p[1]);
	for (int i = 0; i < 200; i++)
		bad += mkdir("dir", 0755) || chdir("dir") || chdir("..") || rmdir("dir");
	CHECK_EQ(bad, 0, "calls that failed");
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return is_open(argv[1]);
	REQUIRE(!mkdir(WORK, 0755) && !chdir(WORK), "%s: %s", WORK, strerror(errno));
	test_open();
	test_long_names();
	test_offsets();
	test_append();
	test_unlink();
	test_directories();
	test_where();
	test_pipes();
	test_cloexec();
	test_modes();
	test_streams();
	test_temporary();
	test_system();
	test_popen();
	test_redirected();
	test_many();
	return TEST_END();
}
