/* SPDX-License-Identifier: MIT */
/*
 * Proves: exec() of a program image with random bytes changed in its headers is
 * refused, or runs and ends somehow; the kernel and its memory stay whole.  Program
 * headers may be the last bytes of an image; one byte further they are refused.
 * See kernel/README.md, "Processes", and mm/object/filemap.c, filemap_read_kernel().
 *
 * cpus: 1 2 4
 */
#include <sys/syscall.h>

#include "test.h"

#define IMAGES	 200
#define HEADERS	 (64 + 2 * 56) /* bytes of the ELF header and the program headers */
#define TEXT	 0x400000ul
#define DATA	 0x600000ul
#define FINE	 77   /* exit status of the program as it should be */
#define REFUSED	 100  /* and the errno */
#define PATIENCE 2000 /* yields for a program that does not end */

static unsigned char image[2 * PAGE];

static void put(size_t at, uint64_t value, size_t bytes)
{
	memcpy(image + at, &value, bytes);
}

static void put_segment(size_t at, uint32_t flags, uint64_t offset, uint64_t addr, uint64_t memory)
{
	put(at, 1, 4); /* PT_LOAD */
	put(at + 4, flags, 4);
	put(at + 8, offset, 8);
	put(at + 16, addr, 8);
	put(at + 24, addr, 8);
	put(at + 32, PAGE, 8);
	put(at + 40, memory, 8);
	put(at + 48, PAGE, 8);
}

/* exit(FINE), and a data segment that is larger than its bytes. */
static void build_image(void)
{
	static const unsigned char code[] = { 0xbf,	FINE, 0, 0, 0,	  0xb8,
					      SYS_exit, 0,    0, 0, 0x0f, 0x05 };

	memset(image, 0, sizeof(image));
	memcpy(image, "\177ELF\2\1\1", 7);
	put(16, 2, 2);	/* an executable */
	put(18, 62, 2); /* for x86-64 */
	put(20, 1, 4);	/* version */
	put(24, TEXT + HEADERS, 8);
	put(32, 64, 8); /* program headers */
	put(52, 64, 2);
	put(54, 56, 2);
	put(56, 2, 2);
	put_segment(64, 5, 0, TEXT, PAGE);
	put_segment(64 + 56, 6, PAGE, DATA, 3 * PAGE);
	memcpy(image + HEADERS, code, sizeof(code));
}

/* Whatever the program is, it can do nothing to others: it has no handle. */
static void exec_image(void)
{
	static char *const none[] = { NULL };
	int vmo = mg_vmo_create(sizeof(image));

	if (mg_vmo_write(vmo, image, sizeof(image), 0) != sizeof(image))
		_exit(REFUSED + ENOMEM);
	for (int handle = 0; handle < vmo; handle++)
		close(handle);
	mg_exec(vmo, none, none);
	_exit(REFUSED + errno);
}

/* How the child ended, as wait4() has it; one that may go on for ever is killed after a while. */
static int run_image(bool ends)
{
	pid_t pid = fork();
	int status = 0, looks = 0;

	if (!pid)
		exec_image();
	REQUIRE(pid > 0, "fork: %s", strerror(errno));
	while (waitpid(pid, &status, ends ? 0 : WNOHANG) != pid) {
		if (looks++ == PATIENCE)
			kill(pid, SIGKILL);
		sched_yield();
	}
	return status;
}

/* One segment, the whole image, with its program header so many bytes before the image's end. */
static int run_with_header_at_end(size_t bytes)
{
	build_image();
	memset(image + 64, 0, 2 * 56);
	put(32, sizeof(image) - bytes, 8);
	put(56, 1, 2);
	put_segment(sizeof(image) - 56, 5, 0, TEXT, sizeof(image));
	put(sizeof(image) - 56 + 32, sizeof(image), 8);
	return run_image(true);
}

int main(void)
{
	uint64_t state = test_seed();
	int refused = 0, ran = 0;
	long frames;

	TEST_BEGIN("the image as it should be");
	build_image();
	CHECK_EQ(run_image(true), FINE << 8, "wait status");
	frames = free_frames();

	TEST_BEGIN("program headers at the end of the image");
	CHECK_EQ(run_with_header_at_end(56), FINE << 8, "wait status: the last bytes");
	CHECK_EQ(run_with_header_at_end(55), (REFUSED + ENOEXEC) << 8, "wait status: beyond it");

	TEST_BEGIN("images with one to four random bytes changed");
	for (int i = 0; i < IMAGES; i++) {
		int status;

		build_image();
		for (uint64_t n = next_random(&state) % 4 + 1; n; n--)
			image[next_random(&state) % HEADERS] = (unsigned char)next_random(&state);
		status = run_image(false);
		refused += WIFEXITED(status) && WEXITSTATUS(status) == REFUSED + ENOEXEC;
		ran += WIFSIGNALED(status) || WEXITSTATUS(status) == FINE;
	}
	CHECK(refused > 0, "%d of %d images were refused", refused, IMAGES);
	CHECK(ran > 0, "%d of %d images ran", ran, IMAGES);
	CHECK_EQ(free_frames(), frames, "free frames");
	check_mm();
	return TEST_END();
}
