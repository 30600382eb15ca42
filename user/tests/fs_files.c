/* SPDX-License-Identifier: MIT */
/*
 * Proves: the file server keeps what is written, at every offset and size, across
 * truncation, sparse growth and many writers; names, modes and errors are those of
 * POSIX; a removed file lives while it is open, and all memory comes back; a client
 * that speaks nonsense gets an error and hurts nobody.
 * See user/servers/fs/.
 *
 * cpus: 1 2
 * mem: 128M
 */
#include <dirent.h>
#include <fcntl.h>
#include <mg/io.h>
#include <mg/ipc.h>
#include <sys/stat.h>

#include "test.h"

#define BIG (300 * 1024)

static char buf[BIG], back[BIG];

static int must_open(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	REQUIRE(fd >= 0, "open %s: %s", path, strerror(errno));
	return fd;
}

static void fill_random(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)random();
}

static struct stat stat_of(int fd)
{
	struct stat st = { 0 };

	CHECK(!fstat(fd, &st), "fstat: %s", strerror(errno));
	return st;
}

/* ---- bytes ---- */

/* The file against an array, by random requests. */
static void test_bytes(void)
{
	int fd = must_open("/tmp/bytes", O_RDWR | O_CREAT | O_EXCL);
	size_t size = 0;

	TEST_BEGIN("a file against an array");
	memset(back, 0, sizeof(back));
	for (int i = 0; i < 400; i++) {
		size_t at = (size_t)random() % (BIG / 2), n = (size_t)random() % 20000;

		switch (random() % 4) {
		case 0:
		case 1:
			fill_random(back + at, n);
			CHECK_EQ(pwrite(fd, back + at, n, (off_t)at), n, "pwrite");
			size = n && at + n > size ? at + n : size;
			break;
		case 2:
			CHECK(!ftruncate(fd, (off_t)at), "ftruncate: %s", strerror(errno));
			memset(back + at, 0, BIG - at);
			size = at;
			break;
		default:
			n = at >= size ? 0 : n > size - at ? size - at : n;
			CHECK_EQ(pread(fd, buf, n ? n : 1, (off_t)at), n, "pread at %zu of %zu", at,
				 size);
			CHECK(!memcmp(buf, back + at, n), "%zu bytes at %zu", n, at);
		}
		CHECK_EQ(stat_of(fd).st_size, size, "size");
	}
	CHECK_EQ(pread(fd, buf, BIG, 0), size, "all of it");
	CHECK(!memcmp(buf, back, size), "all %zu bytes", size);
	close(fd);
	CHECK(!unlink("/tmp/bytes"), "unlink: %s", strerror(errno));
}

static void test_offsets(void)
{
	int fd = must_open("/tmp/o", O_RDWR | O_CREAT), copy = dup(fd), other;

	TEST_BEGIN("offsets: shared by dup, not by open; O_APPEND; lseek");
	CHECK_EQ(write(fd, "hello", 5), 5, "write");
	CHECK_EQ(write(copy, "world", 5), 5, "write to the copy");
	other = must_open("/tmp/o", O_RDONLY);
	CHECK_EQ(read(other, buf, 20), 10, "read");
	CHECK(!memcmp(buf, "helloworld", 10), "what was read");
	CHECK_EQ(lseek(fd, -3, SEEK_END), 7, "lseek");
	CHECK_EQ(read(copy, buf, 20), 3, "read behind lseek");
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, 9), EINVAL);
	CHECK_EQ(lseek(fd, 1 << 20, SEEK_SET), 1 << 20, "far");
	CHECK_EQ(read(fd, buf, 5), 0, "read behind the end");
	CHECK_EQ(write(fd, "x", 1), 1, "write behind the end");
	CHECK_EQ(pread(fd, buf, 5, 9), 5, "read at the hole's border");
	CHECK(!memcmp(buf, "d\0\0\0", 5), "the hole");
	CHECK_EQ(stat_of(fd).st_size, (1 << 20) + 1, "size");
	close(other);
	other = must_open("/tmp/o", O_WRONLY | O_APPEND);
	CHECK_EQ(write(other, "yz", 2), 2, "append");
	CHECK_EQ(pread(fd, buf, 9, 1 << 20), 3, "read what was appended");
	CHECK_ERRNO(read(other, buf, 1), EBADF);
	close(other);
	other = must_open("/tmp/o", O_RDONLY);
	CHECK_ERRNO(write(other, "x", 1), EBADF);
	CHECK_ERRNO(ftruncate(other, 0), EINVAL);
	close(other);
	CHECK_ERRNO(ftruncate(fd, (1l << 30) + 1), EFBIG);
	CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	CHECK(!ftruncate(fd, 1l << 30), "ftruncate: %s", strerror(errno));
	CHECK_EQ(lseek(fd, 0, SEEK_END), 1l << 30, "size");
	CHECK_ERRNO(write(fd, "x", 1), EFBIG);
	other = must_open("/tmp/o", O_WRONLY | O_TRUNC);
	CHECK_EQ(stat_of(fd).st_size, 0, "size after O_TRUNC");
	close(other);
	close(copy);
	close(fd);
	CHECK(!unlink("/tmp/o"), "unlink: %s", strerror(errno));
}

static void test_archived(void)
{
	int fd = must_open("/tests/fs_files", O_RDWR), vmo;
	struct ipc_message m = { .op = IO_VMO, .word = { RIGHT_READ | RIGHT_EXEC } };
	off_t size = stat_of(fd).st_size;

	TEST_BEGIN("a file of the initrd, mapped and then written");
	CHECK_EQ(read(fd, buf, 4), 4, "read");
	CHECK(!memcmp(buf, "\177ELF", 4), "an ELF file");
	CHECK(!mg_call(fd, &m) && !m.op, "IO_VMO: %d", m.op);
	vmo = m.handle[0];
	CHECK_EQ(mg_vmo_size(vmo), size, "size of the object");
	CHECK_ERRNO(mg_vmo_write(vmo, "x", 1, 0), EACCES);
	CHECK_EQ(pwrite(fd, "x", 1, 0), 1, "write");
	CHECK_EQ(stat_of(fd).st_size, size, "size");
	CHECK_EQ(pread(fd, buf, BIG, 0), size < BIG ? size : BIG, "read it all");
	CHECK_EQ(mg_vmo_read(vmo, back, BIG, 0), size < BIG ? size : BIG, "the object");
	CHECK(back[0] == 'x' && !memcmp(buf, back, (size_t)(size < BIG ? size : BIG)),
	      "which is the file's");
	close(vmo);
	m = (struct ipc_message){ .op = IO_VMO, .word = { RIGHT_READ | RIGHT_WRITE } };
	CHECK(!mg_call(fd, &m) && !m.op, "IO_VMO: %d", m.op);
	CHECK_EQ(mg_vmo_write(m.handle[0], "\177", 1, 0), 1, "write into the file's object");
	CHECK_ERRNO(mg_vmo_resize(m.handle[0], 1 << 30), EACCES);
	close(m.handle[0]);
	CHECK_EQ(pread(fd, buf, 4, 0), 4, "read");
	CHECK(!memcmp(buf, "\177ELF", 4), "as it was");
	m = (struct ipc_message){ .op = IO_VMO, .word = { 0x20 } };
	CHECK(!mg_call(fd, &m) && m.op == -EINVAL, "IO_VMO: %d", m.op);
	close(fd);
	fd = must_open("/tests/fs_files", O_WRONLY);
	m = (struct ipc_message){ .op = IO_VMO, .word = { RIGHT_READ } };
	CHECK(!mg_call(fd, &m) && m.op == -EACCES, "IO_VMO: %d", m.op);
	close(fd);
}

/* ---- names ---- */

static void test_names(void)
{
	static char too_long[300];
	struct stat st;
	int fd;

	TEST_BEGIN("names and errors");
	memset(too_long, 'x', sizeof(too_long) - 1);
	memcpy(too_long, "/tmp/", 5);
	CHECK_ERRNO(open("/tmp/none", O_RDONLY), ENOENT);
	CHECK_ERRNO(open(too_long, O_RDONLY), ENAMETOOLONG);
	CHECK_ERRNO(open("/tmp", O_RDWR), EISDIR);
	CHECK_ERRNO(open("/tmp/", O_WRONLY | O_CREAT, 0600), EISDIR);
	CHECK_ERRNO(mkdir("/tmp", 0700), EEXIST);
	CHECK(!mkdir("/tmp/d/", 0700), "mkdir: %s", strerror(errno));
	fd = must_open("/tmp/d/f", O_WRONLY | O_CREAT | O_EXCL);
	CHECK_ERRNO(open("/tmp/d/f", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERRNO(open("/tmp/d/f", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(open("/tmp/d/f/", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open("/tmp/d/f/g", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(rmdir("/tmp/d"), ENOTEMPTY);
	CHECK_ERRNO(rmdir("/tmp/d/f"), ENOTDIR);
	CHECK_ERRNO(unlink("/tmp/d"), EISDIR);
	CHECK_ERRNO(rmdir("/"), EBUSY);
	CHECK_ERRNO(rename("/tmp/d", "/tmp/d/e"), EINVAL);
	CHECK(!rename("/tmp/d/f", "/tmp/g"), "rename: %s", strerror(errno));
	CHECK(!stat("/tmp/g", &st) && st.st_ino == stat_of(fd).st_ino, "the same inode");
	CHECK(!rmdir("/tmp/d/"), "rmdir: %s", strerror(errno));
	CHECK(!chmod("/tmp/g", 0751) && stat_of(fd).st_mode == (S_IFREG | 0751), "chmod");
	CHECK(!access("/tmp/g", R_OK | W_OK | X_OK), "access: %s", strerror(errno));
	CHECK(!chmod("/tmp/g", 0640), "chmod: %s", strerror(errno));
	CHECK_ERRNO(access("/tmp/g", X_OK), EACCES);
	CHECK(!unlink("/tmp/g"), "unlink: %s", strerror(errno));
	CHECK_EQ(stat_of(fd).st_nlink, 0, "links of a removed file");
	CHECK_EQ(write(fd, "still there", 11), 11, "write to it");
	close(fd);
}

static void test_readdir(void)
{
	int seen = 0, dots = 0;
	char name[32];
	DIR *dir;

	TEST_BEGIN("a directory of 300 files, removed while it is read");
	CHECK(!mkdir("/tmp/many", 0755), "mkdir: %s", strerror(errno));
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "/tmp/many/%d", i);
		close(must_open(name, O_CREAT | O_RDWR));
	}
	dir = opendir("/tmp/many");
	REQUIRE(dir, "opendir: %s", strerror(errno));
	for (struct dirent *e; (e = readdir(dir));) {
		snprintf(name, sizeof(name), "/tmp/many/%s", e->d_name);
		if (e->d_name[0] == '.')
			dots += e->d_type == DT_DIR;
		else
			seen += e->d_type == DT_REG && !unlink(name);
	}
	closedir(dir);
	CHECK_EQ(seen, 300, "files");
	CHECK_EQ(dots, 2, "dots");
	CHECK(!rmdir("/tmp/many"), "rmdir: %s", strerror(errno));
}

/* ---- what can run out ---- */

/* Asks for the bytes of every program in /tests: copies that have to give way to files. */
static void map_programs(void)
{
	DIR *dir = opendir("/tests");
	char name[300];
	int n = 0;

	REQUIRE(dir, "opendir: %s", strerror(errno));
	for (struct dirent *e; (e = readdir(dir));) {
		struct ipc_message m = { .op = IO_VMO, .word = { RIGHT_READ } };
		int fd;

		if (e->d_type != DT_REG)
			continue;
		snprintf(name, sizeof(name), "/tests/%s", e->d_name);
		fd = must_open(name, O_RDONLY);
		if (CHECK(!mg_call(fd, &m) && !m.op, "IO_VMO of %s: %d", name, m.op))
			close(m.handle[0]);
		close(fd);
		n++;
	}
	closedir(dir);
	CHECK(n > 50, "%d programs", n);
}

/* Writes files that each have bytes until there is no more room; what is there is right. */
static void test_many(void)
{
	char name[32];
	int n = 0, fd, failed = 0;

	TEST_BEGIN("as many files as there are handles for");
	map_programs();
	for (; n < 400 && !failed; n++) {
		snprintf(name, sizeof(name), "/tmp/f%d", n);
		fd = must_open(name, O_CREAT | O_RDWR);
		failed = write(fd, name, sizeof(name)) != sizeof(name) ? errno : 0;
		close(fd);
	}
	CHECK(n > 200, "%d files", n);
	CHECK_EQ(failed, n < 400 ? ENOSPC : 0, "error");
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "/tmp/f%d", i);
		fd = must_open(name, O_RDONLY);
		CHECK_EQ(read(fd, buf, BIG), i < n - 1 || !failed ? sizeof(name) : 0, "read %s",
			 name);
		close(fd);
		CHECK(!unlink(name), "unlink: %s", strerror(errno));
	}
}

static void test_full(void)
{
	long before = free_frames(), written = 0, got;
	int fd = must_open("/tmp/full", O_CREAT | O_RDWR);

	TEST_BEGIN("memory is full; and comes back");
	while ((got = write(fd, back, BIG)) > 0)
		written += got;
	CHECK(got < 0 && (errno == ENOSPC || errno == EFBIG), "write: %s", strerror(errno));
	CHECK(written > 32 << 20, "%ld bytes", written);
	CHECK(!unlink("/tmp/full"), "unlink: %s", strerror(errno));
	close(fd);
	close(must_open("/tmp", O_RDONLY)); /* after the CLOSED */
	CHECK(before - free_frames() < 300, "%ld frames before, %ld now", before, free_frames());
}

/* ---- nonsense ---- */

static long raw(int fd, int op, uint64_t word, uint64_t at, uint32_t len, uint32_t flags)
{
	struct ipc_message m = { .op = op,
				 .flags = flags,
				 .word = { word, word },
				 .window = { at, at },
				 .window_len = { len, len } };

	if (mg_call(fd, &m))
		return -errno;
	for (uint32_t i = 0; i < (m.flags & IPC_NR_HANDLES); i++)
		close(m.handle[i]);
	return m.op;
}

/* Whatever the server writes lands in buf, back or text. */
static void nonsense(int fd)
{
	static char text[IPC_WINDOW_MAX];
	const uint64_t places[] = {
		0, 8, (uint64_t)buf, (uint64_t)text, (uint64_t)back, 1ul << 63
	};
	static const uint64_t words[] = { 0, 1, 3, 077777777, IO_HERE, 1ul << 63, 1ul << 31 };
	static const uint32_t sizes[] = { 0, 1, 2, 14, 4097, IPC_WINDOW_MAX };

	for (int i = 0; i < 100 * (NR_IO_OPS + 4); i++) {
		strcpy(text, "/tmp/nonsense");
		raw(fd, i / 100 - 2, words[random() % 7], places[random() % 6], sizes[random() % 6],
		    (uint32_t)random() & (IPC_WRITABLE(0) | IPC_WRITABLE(1)));
	}
}

static void test_nonsense(void)
{
	struct ipc_message m = { .op = IO_RESOLVE,
				 .flags = IPC_WRITABLE(1),
				 .window = { (uint64_t) "/", (uint64_t)buf },
				 .window_len = { 2, 4096 } };
	int fd[2], file = must_open("/tmp/nonsense", O_CREAT | O_RDWR), dir;

	TEST_BEGIN("nonsense");
	dir = must_open("/tmp", O_RDONLY);
	CHECK(!mg_call(HANDLE_ROOT, &m) && m.op >= 0, "resolve: %d", m.op);
	CHECK_EQ(raw(m.handle[0], IO_READ, 0, 0, 0, 0), -EBADF, "read the root");
	CHECK_EQ(raw(file, IO_OPEN, 0, (uint64_t) "/", 2, 0), -EINVAL, "open a file's");
	CHECK_EQ(raw(file, 999, 0, 0, 0, 0), -ENOSYS, "no request");
	CHECK_EQ(raw(m.handle[0], IO_OPEN, O_WRONLY, (uint64_t) "/..", 4, 0), -EISDIR, "dots");
	CHECK_EQ(raw(m.handle[0], IO_OPEN, 0, (uint64_t) "tmp", 4, 0), -ENOENT, "no \"/\"");
	CHECK_EQ(raw(m.handle[0], IO_OPEN, 0, (uint64_t) "/x", 2, 0), -EINVAL, "no NUL");
	CHECK_EQ(raw(m.handle[0], IO_OPEN, 0, 8, 4, 0), -EFAULT, "no window");
	CHECK_EQ(raw(file, IO_READ, 0, (uint64_t)buf, 4, 0), -EINVAL, "the wrong way");
	CHECK_EQ(raw(file, IO_WRITE, 0, (uint64_t)buf, 4, IPC_WRITABLE(0)), -EINVAL, "that too");
	CHECK_EQ(raw(file, IO_WRITE, 0, 8, 4, 0), -EFAULT, "no window");
	CHECK(!pipe2(fd, O_NONBLOCK), "pipe: %s", strerror(errno));
	nonsense(file);
	nonsense(dir);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 2; i++)
		for (int op = IO_SEEK; op < IO_SETFL; op++)
			raw(fd[i], op, (uint64_t)random(), (uint64_t)buf, 100, IPC_WRITABLE(1));
	nonsense(m.handle[0]);
	close(m.handle[0]);
	close(fd[0]);
	close(fd[1]);
	close(dir);
	close(file);
	unlink("/tmp/nonsense");
}

static void die_reading(void *arg)
{
	int fd = *(int *)arg;

	for (;;) {
		pwrite(fd, back, BIG / 4, random() % BIG);
		pread(fd, buf, BIG / 4, random() % BIG);
		close(open("/tmp/dying", O_RDONLY));
	}
}

static void test_deaths(void)
{
	int fd = must_open("/tmp/dying", O_CREAT | O_RDWR);

	TEST_BEGIN("clients die at any moment");
	for (int i = 0; i < 30; i++) {
		pid_t pid = child_start(die_reading, &fd);

		usleep(1000 + i * 300);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	CHECK_EQ(pwrite(fd, "x", 1, 5), 1, "it still serves");
	close(fd);
	CHECK(!unlink("/tmp/dying"), "unlink: %s", strerror(errno));
}

int main(void)
{
	test_bytes();
	test_offsets();
	test_archived();
	test_names();
	test_readdir();
	test_many();
	test_nonsense();
	test_deaths();
	test_full();
	return TEST_END();
}
