/* SPDX-License-Identifier: MIT */
/* Measures: a system call that does nothing worth mentioning. */
#include "bench.h"

#define CALLS 10000ul

int main(void)
{
	pid_t parent = getppid(); /* the first one warms nothing up: there is nothing to warm */
	uint64_t start = ticks();

	for (unsigned long i = 0; i < CALLS; i++)
		MUST(getppid() == parent, "getppid()");
	row("null_syscall", 0, ticks() - start, CALLS, "getppid, stub and loop included");
	return 0;
}
