/* SPDX-License-Identifier: MIT */
/*
 * Proves: a program is mapped, not copied.  All that run it have the same frames of text,
 * constants and unwritten data, over exec and fork; what one of them writes, or a debugger
 * writes to its text, is its own; data goes on in zeros past its last byte; MADV_DONTNEED
 * shows the file's bytes again; and all frames come back.
 * See kernel/README.md, "exec".
 *
 * cpus: 1 2 4
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "test.h"

#define SELF	"tests/exec_mapped"
#define COPY	"/tmp/exec_mapped"
#define INITIAL 0x0123456789abcdef
#define RW	(PROT_READ | PROT_WRITE)
#define OWN	(VMQ_EXCLUSIVE | VMQ_WRITABLE)

static volatile uint64_t data[3 * 512]
	__attribute__((aligned(4096))) = { [0 ... 3 * 512 - 1] = INITIAL };
static const volatile uint64_t table[2 * 512]
	__attribute__((aligned(4096))) = { [0 ... 2 * 512 - 1] = INITIAL };
static volatile char zeros[3 * PAGE] __attribute__((aligned(4096)));

static bool all_initial(const volatile uint64_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != INITIAL)
			return false;
	return true;
}

/* ---- this program, by two processes ---- */

/* What the other two do: argv[1] is "share". */
static int share(void)
{
	if (!all_initial(data, 3 * 512) || !all_initial(table, 2 * 512))
		return 2;
	for (size_t i = 0; i < sizeof(zeros); i++)
		if (zeros[i])
			return 3;
	data[0] = (uint64_t)getpid();
	step(1);
	return data[0] != (uint64_t)getpid() || !all_initial(data + 1, 3 * 512 - 1);
}

static void exec_program(void *arg)
{
	static char *const argv[] = { SELF, "share", NULL }, *const none[] = { NULL };

	execve(arg, argv, none);
	CHECK(false, "execve: %s", strerror(errno));
}

/* What is in the page of addr. */
static struct vm_page_info page_of(pid_t pid, const volatile void *addr)
{
	return vmq_of(pid, (const void *)((uintptr_t)addr & -PAGE));
}

/* Both have the object's frame there. */
static void check_one_frame(const pid_t pid[2], const volatile void *addr, const char *what)
{
	struct vm_page_info a = page_of(pid[0], addr), b = page_of(pid[1], addr);

	CHECK(a.pfn && a.pfn == b.pfn, "frames of %s: %#lx and %#lx", what, a.pfn, b.pfn);
	CHECK((a.flags & b.flags & VMQ_OBJECT) && !((a.flags | b.flags) & VMQ_WRITABLE),
	      "flags of %s: %#x and %#x", what, a.flags, b.flags);
	CHECK_EQ(a.mapcount, 2, "mappings of %s", what);
	CHECK_EQ(a.refcount, 3, "references of %s", what);
}

/* They have different frames. */
static void check_two_frames(const pid_t pid[2], const volatile void *addr, const char *what)
{
	struct vm_page_info a = page_of(pid[0], addr), b = page_of(pid[1], addr);

	CHECK(a.pfn && b.pfn && a.pfn != b.pfn, "frames of %s: %#lx and %#lx", what, a.pfn, b.pfn);
	CHECK(!(a.flags & VMQ_OBJECT), "flags of %s: %#x", what, a.flags);
}

static void start_both(pid_t pid[2], char *path)
{
	for (int i = 0; i < 2; i++) {
		pid[i] = child_start(exec_program, path);
		step_wait(pid[i], 1);
	}
}

static void end_both(const pid_t pid[2])
{
	for (int i = 0; i < 2; i++) {
		step_go(pid[i], 1);
		child_join(pid[i]);
	}
}

static void test_share(void)
{
	long frames;
	pid_t pid[2];

	TEST_BEGIN("two processes that run one program have its text, constants, unwritten data");
	start_both(pid, SELF);
	check_one_frame(pid, (const void *)share, "text");
	check_one_frame(pid, table, "constants");
	check_one_frame(pid, data + 512, "unwritten data");
	check_two_frames(pid, data, "written data");
	CHECK((page_of(pid[0], data).flags & OWN) == OWN, "written data is exclusive");
	check_mm();
	end_both(pid);

	TEST_BEGIN("their end gives all frames back");
	frames = free_frames();
	start_both(pid, SELF);
	end_both(pid);
	CHECK_EQ(free_frames(), frames, "free frames");
}

static void test_large_object(void)
{
	static char buf[4 * PAGE];
	int from = open(SELF, O_RDONLY), to = open(COPY, O_RDWR | O_CREAT | O_TRUNC, 0755);
	pid_t pid[2];
	ssize_t n;

	TEST_BEGIN("the object of a file that was written is larger than the file, and as good");
	REQUIRE(from >= 0 && to >= 0, "open: %s", strerror(errno));
	while ((n = read(from, buf, sizeof(buf))) > 0)
		CHECK_EQ(write(to, buf, (size_t)n), n, "write");
	close(from);
	close(to);
	start_both(pid, COPY);
	check_one_frame(pid, (const void *)share, "text");
	check_two_frames(pid, data, "written data");
	CHECK(!unlink(COPY), "unlink: %s", strerror(errno));
	end_both(pid);
	check_mm();
}

/* ---- fork, advice, protection, a debugger: this process ---- */

#define AREAS 16

/* Calls fn for each page of an object's area that may be executed, or only read. */
static void each_constant_page(void (*fn)(char *page, void *arg), void *arg)
{
	struct vm_area_info area[AREAS];
	int n = mg_vm_areas(0, NULL, area, AREAS), found = 0;

	for (int i = 0; i < n; i++) {
		if (!(area[i].flags & VMA_OBJECT) || area[i].flags & PROT_WRITE)
			continue;
		found++;
		for (char *p = (char *)area[i].start; p < (char *)area[i].end; p += PAGE)
			fn(p, arg);
	}
	CHECK(found >= 2, "%d areas of text and constants among %d", found, n);
}

static void read_page(char *page, void *arg)
{
	(void)arg;
	(void)*(volatile char *)page;
}

static void check_page(char *page, void *arg)
{
	struct vm_page_info ours = vmq(page), theirs = vmq_of(*(pid_t *)arg, page);

	CHECK(ours.flags & VMQ_OBJECT && theirs.flags & VMQ_OBJECT && ours.pfn == theirs.pfn,
	      "page %p: frame %#lx, flags %#x, the child's %#lx, %#x", (void *)page, ours.pfn,
	      ours.flags, theirs.pfn, theirs.flags);
}

static void forked(void *arg)
{
	(void)arg;
	each_constant_page(read_page, NULL);
	(void)data[512];
	step(1);
}

static void test_fork(void)
{
	pid_t pid;

	TEST_BEGIN("after fork the child reads text and constants without a frame of its own");
	each_constant_page(read_page, NULL);
	(void)data[512];
	pid = child_start(forked, NULL);
	step_wait(pid, 1);
	each_constant_page(check_page, &pid);
	check_page((char *)(data + 512), &pid);
	check_mm();
	step_go(pid, 1);
	child_join(pid);
}

static void test_advice(void)
{
	TEST_BEGIN("MADV_DONTNEED on written data shows the file's bytes again, on bss zeros");
	data[0] = data[511] = 1;
	zeros[0] = 1;
	CHECK(!(vmq((void *)data).flags & VMQ_OBJECT), "a page of its own");
	CHECK(!madvise((void *)data, PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	CHECK(!madvise((void *)zeros, PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	CHECK(all_initial(data, 3 * 512), "the file's bytes");
	CHECK(vmq((void *)data).flags & VMQ_OBJECT, "the object's page");
	CHECK(!zeros[0], "a zero");
	CHECK_ERRNO(madvise((void *)data, PAGE, MADV_FREE), EINVAL);
}

static void test_protection(void)
{
	uint64_t *t = (uint64_t *)(table + 512);

	TEST_BEGIN("constants that are made writable become pages of their own");
	CHECK(!mprotect(t, PAGE, RW), "mprotect: %s", strerror(errno));
	t[3] = 1;
	CHECK(!(vmq(t).flags & VMQ_OBJECT) && vmq(t).flags & VMQ_EXCLUSIVE, "a page of its own");
	CHECK(!mprotect(t, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
	CHECK(table[512 + 3] == 1 && all_initial(table + 512 + 4, 508), "its bytes");
	check_mm();
	CHECK(!madvise(t, PAGE, MADV_DONTNEED), "madvise: %s", strerror(errno));
	CHECK(all_initial(table, 2 * 512), "the file's bytes");
}

/* ---- an image of a few pages, in which each byte is known ---- */

#define HEADERS	     (64 + 3 * 56)
#define IMAGE_PAGES  5
#define TEXT	     ((char *)0x10000000)
#define RODATA	     ((char *)0x10010000)
#define DATA	     ((char *)0x10020000)
#define RODATA_BYTES 100
#define DATA_BYTES   (2 * PAGE + 200)

static unsigned char image[IMAGE_PAGES * PAGE];

static void put(size_t at, uint64_t value, size_t bytes)
{
	memcpy(image + at, &value, bytes);
}

static void put_segment(size_t i, uint32_t flags, uint64_t offset, char *addr, uint64_t bytes,
			uint64_t memory)
{
	size_t at = 64 + i * 56;

	put(at, 1, 4); /* PT_LOAD */
	put(at + 4, flags, 4);
	put(at + 8, offset, 8);
	put(at + 16, (uint64_t)addr, 8);
	put(at + 24, (uint64_t)addr, 8);
	put(at + 32, bytes, 8);
	put(at + 40, memory, 8);
	put(at + 48, 16, 8);
}

/* Reads the second page of its data, writes 'w' to the first, and yields for ever. */
static void build_image(void)
{
	static const unsigned char code[] = { 0x8a,	 0x04, 0x25, 0x00, 0x10, 0x02, 0x10, 0xc6,
					      0x04,	 0x25, 0x00, 0x00, 0x02, 0x10, 'w',  0xb8,
					      SYS_yield, 0,    0,    0,	   0x0f, 0x05, 0xeb, 0xf7 };

	memset(image, 0xff, sizeof(image));
	memset(image, 0, HEADERS);
	memcpy(image, "\177ELF\2\1\1", 7);
	put(16, 2, 2);	/* an executable */
	put(18, 62, 2); /* for x86-64 */
	put(20, 1, 4);	/* version */
	put(24, (uint64_t)TEXT + HEADERS, 8);
	put(32, 64, 8); /* program headers */
	put(52, 64, 2);
	put(54, 56, 2);
	put(56, 3, 2);
	put_segment(0, 5, 0, TEXT, PAGE, PAGE); /* 4, 2, 1: read, write, execute */
	put_segment(1, 4, PAGE, RODATA, RODATA_BYTES, RODATA_BYTES);
	put_segment(2, 6, 2 * PAGE, DATA, DATA_BYTES, 4 * PAGE);
	memcpy(image + HEADERS, code, sizeof(code));
}

static int image_object(void)
{
	int vmo = mg_vmo_create(sizeof(image));

	REQUIRE(vmo >= 0, "vmo_create: %s", strerror(errno));
	CHECK_EQ(mg_vmo_write(vmo, image, sizeof(image), 0), sizeof(image), "vmo_write");
	return vmo;
}

static void exec_object(void *arg)
{
	static char *const none[] = { NULL };

	mg_exec((int)(long)arg, none, none);
	_exit(errno);
}

static char byte_of(pid_t pid, const char *addr)
{
	char byte = 0;

	mg_vm_peek(pid, addr, &byte, 1);
	return byte;
}

/* The bytes [from, to) of a process are all this one. */
static void check_bytes(pid_t pid, const char *from, const char *to, char byte)
{
	static char seen[4 * PAGE];
	size_t n = (size_t)(to - from);

	CHECK_EQ(mg_vm_peek(pid, from, seen, n), n, "vm_peek at %p", (void *)from);
	for (size_t i = 0; i < n; i++)
		if (!CHECK(seen[i] == byte, "byte at %p is %#x", (void *)(from + i), seen[i]))
			return;
}

static void start_images(pid_t pid[2], int vmo)
{
	for (int i = 0; i < 2; i++) {
		pid[i] = child_start(exec_object, (void *)(long)vmo);
		wait_until(byte_of(pid[i], DATA) == 'w', "image %d did not run", i);
	}
}

static void end_images(const pid_t pid[2])
{
	int status;

	for (int i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		CHECK_EQ(waitpid(pid[i], &status, 0), pid[i], "wait");
		CHECK_EQ(status, SIGKILL, "wait status");
	}
}

static void check_image(const pid_t pid[2])
{
	for (int i = 0; i < 2; i++) {
		check_bytes(pid[i], RODATA, RODATA + RODATA_BYTES, (char)0xff);
		check_bytes(pid[i], DATA + 1, DATA + DATA_BYTES, (char)0xff);
		check_bytes(pid[i], DATA + DATA_BYTES, DATA + 4 * PAGE, 0);
		CHECK(!(vmq_of(pid[i], RODATA).flags & VMQ_WRITABLE), "constants are read-only");
	}
	check_one_frame(pid, TEXT, "text");
	check_one_frame(pid, DATA + PAGE, "unwritten data");
	check_two_frames(pid, DATA, "written data");
	check_two_frames(pid, DATA + 2 * PAGE, "the page that ends in zeros");
}

static void test_image(void)
{
	int vmo = image_object();
	pid_t pid[2];
	long frames;
	char byte = 0;

	TEST_BEGIN("past the bytes of a segment there are zeros, in its last page too");
	start_images(pid, vmo);
	check_image(pid);
	check_mm();

	TEST_BEGIN("a debugger's write to text reaches neither the object nor who shares it");
	CHECK_EQ(mg_vm_poke(pid[0], TEXT + HEADERS, "\xcc", 1), 1, "vm_poke");
	check_two_frames(pid, TEXT, "text");
	CHECK_EQ((unsigned char)byte_of(pid[0], TEXT + HEADERS), 0xcc, "the byte");
	CHECK_EQ((unsigned char)byte_of(pid[1], TEXT + HEADERS), 0x8a, "the other's byte");
	CHECK_EQ(mg_vmo_read(vmo, &byte, 1, HEADERS), 1, "vmo_read");
	CHECK_EQ((unsigned char)byte, 0x8a, "the object's byte");
	CHECK_EQ(vmq_of(pid[1], TEXT).mapcount, 1, "mappings of the object's page");
	check_mm();
	end_images(pid);
	close(vmo);

	TEST_BEGIN("an object that only areas hold goes with the last of them");
	frames = free_frames();
	vmo = image_object();
	start_images(pid, vmo);
	close(vmo);
	check_image(pid);
	end_images(pid);
	CHECK_EQ(free_frames(), frames, "free frames");
}

static void check_refused(void)
{
	int vmo, status;
	pid_t pid;

	vmo = image_object();
	pid = child_start(exec_object, (void *)(long)vmo);
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait");
	CHECK_EQ(status, ENOEXEC << 8, "wait status");
	close(vmo);
}

static void test_refusal(void)
{
	TEST_BEGIN("what cannot be mapped is refused");
	put_segment(1, 4, PAGE + 16, RODATA, RODATA_BYTES, RODATA_BYTES);
	check_refused(); /* its place does not fit its offset page by page */
	put_segment(1, 4, PAGE, RODATA, RODATA_BYTES, 2 * PAGE);
	check_refused(); /* zeros, and no right to write */
	check_mm();
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "share"))
		return share();
	build_image();
	test_share();
	test_large_object();
	test_fork();
	test_advice();
	test_protection();
	test_image();
	test_refusal();
	return TEST_END();
}
