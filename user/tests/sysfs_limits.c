/* SPDX-License-Identifier: MIT */
/*
 * Proves: the texts that /proc keeps for those who read in pieces are bounded for each client:
 * who opens as many long ones as it can is refused, ENOMEM, when it has its share; and when several
 * have done so together, another still reads a long text, and each of them its own again.
 * See user/servers/sysfs/text.c.
 *
 * cpus: 2
 * mem: 256M
 * timeout: 120
 * suite: test
 */
#include <fcntl.h>

#include "test.h"

#define AREAS	2500		     /* whose list in smaps has more than a MiB */
#define SHARE	(16ul << 20)	     /* bytes of texts that a client may have */
#define HOLDERS 3		     /* who together want more than all may have */
#define MOST	((int)(SHARE >> 20)) /* such texts in a share, at most */

static void make_areas(void)
{
	char *p = map_pages(AREAS);

	for (size_t i = 0; i < AREAS; i += 2)
		CHECK(!mprotect(p + i * PAGE, PAGE, PROT_READ), "mprotect: %s", strerror(errno));
}

/* Opens its smaps and reads the first byte: the text is kept as long as it is open.  -errno */
static int hold_text(void)
{
	char byte;
	int fd = open("/proc/self/smaps", O_RDONLY), err;

	REQUIRE(fd >= 0, "open: %s", strerror(errno));
	if (read(fd, &byte, 1) == 1)
		return fd;
	err = errno;
	close(fd);
	return -err;
}

/* Reads on in a text to its end: its bytes, or -errno. */
static long read_all(int fd)
{
	static char buf[65536];
	ssize_t n;
	long sum = 0;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		sum += n;
	return n < 0 ? -errno : sum;
}

static void hold_many(void *unused)
{
	int fd = -1, next, n = 0;

	(void)unused;
	make_areas();
	while ((next = hold_text()) >= 0 && n <= MOST) {
		fd = next;
		n++;
	}
	CHECK_EQ(next, -ENOMEM, "why there is no text more");
	CHECK(n >= 2 && n <= MOST, "%d texts were kept", n);
	step(1);
	CHECK(read_all(fd) > 1 << 20, "its last text is read to its end");
	step(2);
}

int main(void)
{
	pid_t holder[HOLDERS];
	int fd;

	make_areas();
	TEST_BEGIN("a client that opens long texts is refused when it has its share");
	for (int i = 0; i < HOLDERS; i++) {
		holder[i] = child_start(hold_many, NULL);
		wait_asleep(peek_step(holder[i]) == 1, "holder %d has all it can", i);
	}
	TEST_BEGIN("and no other client is refused because of those who have");
	fd = hold_text();
	CHECK(fd >= 0, "a long text: %s", strerror(-fd));
	CHECK(read_all(fd) > 1 << 20, "it is read to its end");
	close(fd);
	TEST_BEGIN("what was taken from one is made anew when it reads on");
	for (int i = 0; i < HOLDERS; i++) {
		step_go(holder[i], 1);
		wait_asleep(peek_step(holder[i]) == 2, "holder %d has read on", i);
		step_go(holder[i], 2);
		child_join(holder[i]);
	}
	return TEST_END();
}
