/* SPDX-License-Identifier: MIT */
/*
 * Proves: one kill(-1, SIGKILL) ends processes that fork as fast as they can, the ones
 * among them that are just being born; and init ends those that were left behind by the
 * program, whose exit status stays what it is.
 * See kernel/README.md, "The end of a process".
 *
 * cpus: 1 2 4
 * expect: exit 3
 * suite: test
 */
#include "test.h"

#define GROWN 100 /* processes */

static size_t processes(void)
{
	static struct kstat_proc proc[1024];

	return (size_t)mg_kstat(KSTAT_PROCS, proc, sizeof(proc)) / sizeof(proc[0]);
}

static void start_bomb(void)
{
	if (!fork())
		for (;;)
			fork();
	wait_until(processes() >= GROWN, "%d processes", GROWN);
}

int main(void)
{
	size_t before = processes();

	TEST_BEGIN("one kill ends a fork bomb");
	start_bomb();
	CHECK(!kill(-1, SIGKILL), "kill: %s", strerror(errno));
	waitpid(-1, NULL, 0); /* init has the others */
	wait_until(processes() == before, "%zu processes, %zu before", processes(), before);

	TEST_BEGIN("a fork bomb is left to init");
	start_bomb();
	return TEST_END() ? 1 : 3;
}
