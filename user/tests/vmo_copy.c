/* SPDX-License-Identifier: MIT */
/*
 * Proves: a long write to a memory object, or read of it, lets others run on the
 * same processor and stops when the process is killed.
 * See kernel/README.md, "Processes".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define SIZE   (96ul << 20)
#define PAGES  (long)(SIZE / PAGE)
#define ENOUGH 64 /* pages that show a copy to be under way */

static int vmo;

/* From untouched memory, which is the zero page throughout. */
static void write_all(void *arg)
{
	(void)arg;
	mg_vmo_write(vmo, map_pages(SIZE / PAGE), SIZE, 0);
}

/* Into fresh memory. */
static void read_all(void *arg)
{
	(void)arg;
	mg_vmo_read(vmo, map_pages(SIZE / PAGE), SIZE, 0);
}

/* How many pages copy() has copied when it is killed as soon as it is seen to copy. */
static long killed_after(void (*copy)(void *), enum event_id event)
{
	long before = event_count(event);
	pid_t pid = child_start(copy, NULL);
	int status = 0;

	wait_until(event_count(event) >= before + ENOUGH, "child %d does not copy", pid);
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait for child %d", pid);
	CHECK(WIFSIGNALED(status), "wait status %#x", status);
	return event_count(event) - before;
}

int main(void)
{
	long copied;

	vmo = mg_vmo_create(SIZE);
	REQUIRE(vmo >= 0, "vmo_create: %s", strerror(errno));

	TEST_BEGIN("a long write can be killed");
	copied = killed_after(write_all, EV_zero_map);
	CHECK(copied < PAGES, "%ld of %ld pages were written", copied, PAGES);

	TEST_BEGIN("a long read can be killed");
	copied = killed_after(read_all, EV_anon_new);
	CHECK(copied < PAGES, "%ld of %ld pages were read", copied, PAGES);
	check_mm();
	return TEST_END();
}
