/* SPDX-License-Identifier: MIT */
/*
 * Proves: init ends processes that fork as fast as they can and were left behind
 * by the program, whose exit status stays what it is.
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

int main(void)
{
	TEST_BEGIN("a fork bomb is left behind");
	if (!fork())
		for (;;)
			fork();
	wait_until(processes() >= GROWN, "%d processes", GROWN);
	return TEST_END() ? 1 : 3;
}
