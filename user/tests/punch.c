/* SPDX-License-Identifier: MIT */
/*
 * Proves: a hole in a memory object is zeros for all that show it, and its frames are free; copies
 * in private areas stay, the object keeps its size, and where a pager would bring the bytes nobody
 * asks for them any more.  A fault that comes between the unmapping and the moment in which the
 * page leaves the object does not keep it.  madvise(REMOVE), with Linux's errors.  Files:
 * ftruncate, truncate and O_TRUNC reach who has mapped them; fallocate, posix_fallocate.
 * See mm/object/truncate.c, mm/space/madvise.c, user/servers/fs/bytes.c.
 *
 * cpus: 2
 * timeout: 90
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "cut.h"

static void punch(size_t from, size_t n)
{
	CHECK(!mg_vmo_punch(vmo, (off_t)from, n), "punch %zu, %zu: %s", from, n, strerror(errno));
	CHECK_EQ(mg_vmo_size(vmo), NR * PAGE, "size");
}

static void check_zeros(const char *p, size_t from, size_t to, const char *what)
{
	for (size_t i = from; i < to; i++)
		if (!CHECK(!p[i], "%s: byte %zu is zero", what, i))
			return;
}

static void holes(void)
{
	char *shared, *private;
	char page[PAGE];
	long frames;

	TEST_BEGIN("a hole: zeros for all, frames free, copies stay");
	new_object();
	shared = show(MAP_SHARED);
	private = show(MAP_PRIVATE);
	fill(shared, 0, NR);
	check_there(private, 0, NR, "private");
	private[5 * PAGE] = 'c';
	frames = free_frames();
	punch(3 * PAGE, 4 * PAGE);
	CHECK_EQ(free_frames() - frames, 4, "frames that have come back");
	for (size_t i = 3; i < 7; i++)
		CHECK(!(vmq(shared + i * PAGE).flags & VMQ_PRESENT), "page %zu is mapped", i);
	check_zeros(shared, 3 * PAGE, 7 * PAGE, "shared");
	check_zeros(private, 3 * PAGE, 5 * PAGE, "private");
	CHECK_EQ(private[5 * PAGE], 'c', "a copy");
	page_fill(page, 5);
	CHECK(!memcmp(private + 5 * PAGE + 1, page + 1, PAGE - 1), "the rest of the copy");
	check_there(shared, 0, 3, "shared");
	check_there(shared, 7, NR, "shared");
	fill(shared, 3, 7);
	check_there(shared, 0, NR, "shared, written again");
	check_mm();

	TEST_BEGIN("a hole of bytes: pages at its ends keep theirs");
	punch(2 * PAGE + 100, 2 * PAGE);
	page_fill(page, 2);
	CHECK(!memcmp(shared + 2 * PAGE, page, 100), "before it");
	check_zeros(shared, 2 * PAGE + 100, 4 * PAGE + 100, "in it");
	page_fill(page, 4);
	CHECK(!memcmp(shared + 4 * PAGE + 100, page + 100, PAGE - 100), "behind it");
	punch(8 * PAGE + 7, 5);
	page_fill(page, 8);
	memset(page + 7, 0, 5);
	CHECK(!memcmp(shared + 8 * PAGE, page, PAGE), "one within a page");
	check_there(shared, 9, NR, "shared");
	punch(11 * PAGE, 100 * PAGE); /* beyond the end */
	check_zeros(shared, 11 * PAGE, NR * PAGE, "to the end");
	check_mm();
	unmap_pages(shared, NR);
	unmap_pages(private, NR);
	close(vmo);
}

/* ---- a fault between the pass and the slot ---- */

struct range {
	size_t from, n;
};

static void *punch_range(void *arg)
{
	struct range *r = arg;

	punch(r->from, r->n);
	return arg;
}

static void fault_between(enum access how, const char *who)
{
	struct range hole = { 7 * PAGE, PAGE };
	char *shared;
	pthread_t t;

	TEST_BEGIN(who);
	new_object();
	shared = show(MAP_SHARED);
	fill(shared, 0, NR);
	hold(EV_cut_page, getpid());
	REQUIRE(!pthread_create(&t, NULL, punch_range, &hole), "pthread_create");
	wait_held(EV_cut_page);
	CHECK(!(vmq(shared + 7 * PAGE).flags & VMQ_PRESENT), "unmapped by the pass");
	CHECK_EQ(how == READ ? read_byte(shared + 7 * PAGE) : can_write(shared + 7 * PAGE),
		 how == READ ? (int)(page_word(7, 0) & 0xff) : 1, "it is there still");
	CHECK(vmq(shared + 7 * PAGE).flags & VMQ_PRESENT, "mapped again");
	release(EV_cut_page);
	pthread_join(t, NULL);
	CHECK(!(vmq(shared + 7 * PAGE).flags & VMQ_PRESENT), "unmapped once more");
	check_mm();
	check_zeros(shared, 7 * PAGE, 8 * PAGE, "shared");
	unmap_pages(shared, NR);
	close(vmo);
}

/* ---- two threads at one page ---- */

static volatile bool stop;

static void *write_and_read(void *arg)
{
	char *p = arg;

	while (!stop) {
		*(volatile char *)p = 1;
		(void)*(volatile char *)p;
	}
	return arg;
}

static void crowd(void)
{
	char *shared;
	pthread_t t;

	TEST_BEGIN("a thread writes to a page without pause, another takes it out again and again");
	new_object();
	shared = show(MAP_SHARED);
	REQUIRE(!pthread_create(&t, NULL, write_and_read, shared + 7 * PAGE), "pthread_create");
	for (int round = 0; round < 1000; round++) {
		punch(7 * PAGE, PAGE);
		if (round % 100 == 0)
			check_mm();
	}
	stop = true;
	pthread_join(t, NULL);
	punch(0, NR * PAGE);
	check_zeros(shared, 0, NR * PAGE, "shared");
	unmap_pages(shared, NR);
	close(vmo);
	check_mm();
}

/* ---- a pager's ---- */

static int ep;
static char page[PAGE];

static void expect_zeros(void *arg)
{
	char *p = show(MAP_SHARED);

	(void)arg;
	check_zeros(p, 3 * PAGE, 6 * PAGE, "in the hole");
	p[4 * PAGE] = 'x';
	CHECK_EQ(mg_vmo_read(vmo, page, 1, 4 * PAGE), 1, "vmo_read");
	CHECK_EQ(page[0], 'x', "what was written");
}

static void punch_with_ends(void *arg)
{
	(void)arg;
	punch(2 * PAGE + 1, 4 * PAGE);
}

/* Serves a page that somebody waits for. */
static void serve(size_t i)
{
	struct ipc_message m = receive(ep, IPC_PAGER);

	CHECK_EQ(m.word[0], i * PAGE, "byte that is needed");
	page_fill(page, i);
	CHECK(!mg_vmo_supply(ep, m.token, page, PAGE), "vmo_supply: %s", strerror(errno));
	answer(ep, &m, 0);
}

static void of_a_pager(void)
{
	pid_t pid;

	TEST_BEGIN("where a pager would bring the bytes a hole is zeros, and nobody asks");
	vmo = mg_vmo_create_paged(HANDLE_STDERR, ep, 1, NR * PAGE);
	REQUIRE(vmo >= 0, "vmo_create_paged: %s", strerror(errno));
	punch(3 * PAGE, 3 * PAGE);
	child_join(child_start(expect_zeros, NULL));
	check_silent(ep);
	TEST_BEGIN("the pages at its ends are brought first");
	pid = child_start(punch_with_ends, NULL);
	serve(2);
	serve(6);
	child_join(pid);
	CHECK_EQ(mg_vmo_read(vmo, page, PAGE, 2 * PAGE), PAGE, "vmo_read");
	CHECK_EQ((unsigned char)page[0], page_word(2, 0) & 0xff, "the byte before it");
	check_zeros(page, 1, PAGE, "its first page");
	CHECK_EQ(mg_vmo_read(vmo, page, PAGE, 6 * PAGE), PAGE, "vmo_read");
	CHECK(!page[0], "its last byte");
	CHECK_EQ((unsigned char)page[1], page_word(6, 0) >> 8 & 0xff, "the byte behind it");
	check_mm();
	close(vmo);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 1, "badge");
}

/* ---- no memory ---- */

/* Each allocation of the call fails once: ENOMEM, and the object is what it was. */
static void fail_each(int (*call)(int vmo, off_t from, size_t n), const char *what)
{
	unsigned long nth = 0;
	bool met = true;

	while (met) {
		int ret;

		vmo = mg_vmo_create_paged(HANDLE_STDERR, ep, 1, NR * PAGE);
		CHECK(!mg_vmo_resize(vmo, 4 * PAGE), "resize: %s", strerror(errno));
		CHECK(!mg_vmo_resize(vmo, 600 * PAGE), "resize: %s", strerror(errno));
		mg_kctl(KCTL_FAIL_NTH, ++nth, 0);
		ret = call(vmo, 5 * PAGE, 590 * PAGE);
		if (!ret)
			ret = mg_vmo_punch(vmo, 0, 2 * PAGE);
		met = !mg_kctl(KCTL_FAIL_NTH, 0, 0);
		CHECK(met ? ret && errno == ENOMEM : !ret, "%s, n = %lu: %d, %s", what, nth, ret,
		      strerror(errno));
		CHECK(!mg_vmo_punch(vmo, 0, 4 * PAGE), "punch: %s", strerror(errno));
		CHECK_EQ(mg_vmo_size(vmo), 600 * PAGE, "size");
		CHECK_EQ(mg_vmo_read(vmo, page, PAGE, 3 * PAGE), PAGE, "vmo_read");
		check_zeros(page, 0, PAGE, "in the hole");
		close(vmo);
		CHECK_EQ(receive(ep, IPC_CLOSED).badge, 1, "badge");
	}
	CHECK(nth > 1, "%s: nothing failed", what);
}

static void without_memory(void)
{
	long frames;

	TEST_BEGIN("a hole, and memory that is reserved, when each allocation fails");
	fail_each(mg_vmo_punch, "punch");
	frames = free_frames();
	fail_each(mg_vmo_punch, "punch");
	fail_each(mg_vmo_reserve, "reserve");
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
}

/* ---- madvise ---- */

static void remove_advice(void)
{
	char *shared, *private, *other = map_pages(1), *anonymous;

	TEST_BEGIN("madvise(REMOVE), and what it refuses");
	new_object();
	shared = show(MAP_SHARED);
	private = show(MAP_PRIVATE);
	fill(shared, 0, NR);
	CHECK(!madvise(shared + 2 * PAGE, 2 * PAGE, MADV_REMOVE), "REMOVE: %s", strerror(errno));
	check_zeros(shared, 2 * PAGE, 4 * PAGE, "shared");
	check_there(shared, 4, NR, "shared");
	CHECK(!madvise(shared, 0, MADV_REMOVE), "of nothing: %s", strerror(errno));
	CHECK_ERRNO(madvise(private, PAGE, MADV_REMOVE), EACCES);
	CHECK_ERRNO(madvise(other, PAGE, MADV_REMOVE), EINVAL);
	CHECK_ERRNO(madvise(shared + 1, PAGE, MADV_REMOVE), EINVAL);
	CHECK(!mprotect(shared + 4 * PAGE, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	CHECK(!madvise(shared + 4 * PAGE, PAGE, MADV_REMOVE), "of what may be written: %s",
	      strerror(errno));
	check_zeros(shared, 4 * PAGE, 5 * PAGE, "shared");
	CHECK(!mlock(shared + 5 * PAGE, PAGE), "mlock: %s", strerror(errno));
	CHECK_ERRNO(madvise(shared + 5 * PAGE, PAGE, MADV_REMOVE), EINVAL);
	unmap_pages(shared + 9 * PAGE, 1);
	CHECK_ERRNO(madvise(shared + 8 * PAGE, 3 * PAGE, MADV_REMOVE), ENOMEM);
	check_zeros(shared, 8 * PAGE, 9 * PAGE, "before a gap");
	check_zeros(shared, 10 * PAGE, 11 * PAGE, "behind a gap");
	check_there(shared, 11, NR, "shared");
	anonymous = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	anonymous[0] = anonymous[PAGE] = 1;
	CHECK(!madvise(anonymous, PAGE, MADV_REMOVE), "REMOVE: %s", strerror(errno));
	CHECK(!anonymous[0] && anonymous[PAGE], "shared anonymous memory");
	unmap_pages(anonymous, 2);
	unmap_pages(shared, NR);
	unmap_pages(private, NR);
	unmap_pages(other, 1);
	close(vmo);
	check_mm();
}

/* ---- files ---- */

static char *map_file(int fd, int flags)
{
	char *p = mmap(NULL, NR * PAGE, RW, flags, fd, 0);

	REQUIRE(p != MAP_FAILED, "mmap: %s", strerror(errno));
	return p;
}

static off_t file_size(int fd)
{
	struct stat st = { 0 };

	CHECK(!fstat(fd, &st), "fstat: %s", strerror(errno));
	return st.st_size;
}

static void truncated(int fd, const char *path)
{
	char *shared = map_file(fd, MAP_SHARED), *private = map_file(fd, MAP_PRIVATE);
	int again;

	CHECK_EQ(read_byte(shared), -1, "a read of an empty file");
	CHECK(!ftruncate(fd, NR * PAGE), "ftruncate: %s", strerror(errno));
	fill(shared, 0, NR);
	fill(private, 5, 7);
	CHECK(!ftruncate(fd, 4 * PAGE + 10), "ftruncate: %s", strerror(errno));
	check_gone(shared, 5, NR, "shared");
	check_gone(private, 5, NR, "private");
	CHECK_EQ(pwrite(fd, "abc", 3, 6 * PAGE), 3, "pwrite");
	check_zeros(shared, 4 * PAGE + 10, 6 * PAGE, "between");
	CHECK(!memcmp(shared + 6 * PAGE, "abc", 4), "what was written, in the mapping");
	CHECK_EQ(read_byte(shared + 7 * PAGE), -1, "behind it");
	check_there(shared, 0, 4, "shared");
	if (path) {
		CHECK(!truncate(path, PAGE), "truncate: %s", strerror(errno));
		check_gone(shared, 1, NR, "shared");
		again = open(path, O_RDWR | O_TRUNC);
		check_gone(shared, 0, NR, "shared");
		CHECK_EQ(pwrite(again, "new", 3, 0), 3, "pwrite");
		CHECK(!strcmp(shared, "new") && !strcmp(private, "new"), "what comes after");
		close(again);
	}
	CHECK(!ftruncate(fd, 0), "ftruncate: %s", strerror(errno));
	check_gone(shared, 0, NR, "shared");
	unmap_pages(shared, NR);
	unmap_pages(private, NR);
	check_mm();
}

static void allocated(int fd)
{
	const int hole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	int pipes[2], reader = open("/tmp/cut", O_RDONLY);
	char *p = map_file(fd, MAP_SHARED);
	long frames;

	CHECK(!fallocate(fd, 0, PAGE, 2 * PAGE), "fallocate: %s", strerror(errno));
	CHECK_EQ(file_size(fd), 3 * PAGE, "size");
	frames = free_frames();
	fill(p, 1, 3);
	CHECK(frames - free_frames() <= 1, "its memory was there, but for a page table");
	CHECK(!fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, NR * PAGE), "fallocate: %s", strerror(errno));
	CHECK_EQ(file_size(fd), 3 * PAGE, "size");
	check_there(p, 1, 3, "what was there");
	CHECK(!fallocate(fd, hole, 1, 2 * PAGE), "fallocate: %s", strerror(errno));
	check_zeros(p, 0, 2 * PAGE + 1, "in the hole");
	CHECK(p[2 * PAGE + 1], "behind it");
	CHECK(!fallocate(fd, hole, 5 * PAGE, PAGE), "behind the end: %s", strerror(errno));
	CHECK_EQ(file_size(fd), 3 * PAGE, "size");
	CHECK_EQ(posix_fallocate(fd, 3 * PAGE, 10), 0, "posix_fallocate");
	CHECK_EQ(file_size(fd), 3 * PAGE + 10, "size");
	CHECK_EQ(posix_fallocate(fd, 0, 0), EINVAL, "posix_fallocate of nothing");
	CHECK_EQ(posix_fallocate(-1, 0, 1), EBADF, "posix_fallocate");
	CHECK_EQ(posix_fallocate(fd, 1, (1l << 30) + 1), EFBIG, "posix_fallocate");
	CHECK_ERRNO(fallocate(fd, 0, -1, 1), EINVAL);
	CHECK_ERRNO(fallocate(fd, 0, 1, -1), EINVAL);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1), EOPNOTSUPP);
	CHECK_ERRNO(fallocate(fd, 64, 0, 1), EOPNOTSUPP);
	CHECK_ERRNO(fallocate(fd, 0, 1l << 62, 1l << 62), EFBIG);
	CHECK_ERRNO(fallocate(reader, 0, 0, 1), EBADF);
	CHECK(!pipe(pipes), "pipe: %s", strerror(errno));
	CHECK_ERRNO(fallocate(pipes[1], 0, 0, 1), ESPIPE);
	close(pipes[0]);
	close(pipes[1]);
	close(reader);
	unmap_pages(p, NR);
	check_mm();
}

/* A file that came with the machine: its pages are still to be brought when it is changed. */
static void archived(void)
{
	const int hole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	static char before[NR * PAGE];
	int fd = open("/tests/zero_page", O_RDWR);
	char *p;

	REQUIRE(fd >= 0 && pread(fd, before, sizeof(before), 0) == (ssize_t)sizeof(before),
		"open: %s", strerror(errno));
	p = map_file(fd, MAP_SHARED);
	CHECK(!memcmp(p, before, PAGE), "its bytes");
	CHECK(!fallocate(fd, hole, 2 * PAGE, 2 * PAGE), "fallocate: %s", strerror(errno));
	CHECK(!ftruncate(fd, 6 * PAGE + 10), "ftruncate: %s", strerror(errno));
	check_gone(p, 7, NR, "shared");
	CHECK(!ftruncate(fd, NR * PAGE), "ftruncate: %s", strerror(errno));
	check_zeros(p, 2 * PAGE, 4 * PAGE, "in the hole");
	CHECK(!memcmp(p + 4 * PAGE, before + 4 * PAGE, 2 * PAGE + 10), "what was never cut");
	check_zeros(p, 6 * PAGE + 10, NR * PAGE, "what has come back");
	CHECK(!ftruncate(fd, 0), "ftruncate: %s", strerror(errno));
	check_gone(p, 0, NR, "shared");
	CHECK_EQ(pwrite(fd, "abc", 3, PAGE), 3, "pwrite");
	check_zeros(p, 0, PAGE, "before that");
	CHECK(!memcmp(p + PAGE, "abc", 4), "what was written");
	unmap_pages(p, NR);
	close(fd);
	check_mm();
}

static void files(void)
{
	int fd = memfd_create("cut", 0);

	TEST_BEGIN("a memfd is truncated, and with it what has mapped it");
	REQUIRE(fd >= 0, "memfd_create: %s", strerror(errno));
	truncated(fd, NULL);
	close(fd);
	TEST_BEGIN("so is a file, by its descriptor, its name, or when it is opened");
	fd = open("/tmp/cut", O_RDWR | O_CREAT | O_TRUNC, 0600);
	REQUIRE(fd >= 0, "open: %s", strerror(errno));
	truncated(fd, "/tmp/cut");
	TEST_BEGIN("fallocate and posix_fallocate");
	allocated(fd);
	close(fd);
	unlink("/tmp/cut");
	TEST_BEGIN("a file of the archive");
	archived();
}

int main(void)
{
	catch_bus();
	ep = endpoint();
	holes();
	fault_between(READ, "a read maps a page of a hole that has been unmapped already");
	fault_between(WRITE, "so does a write");
	crowd();
	of_a_pager();
	without_memory();
	remove_advice();
	files();
	return TEST_END();
}
