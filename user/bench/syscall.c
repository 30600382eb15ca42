/* SPDX-License-Identifier: MIT */
/* Costs of system calls that do nothing. */
#include "bench.h"

#define ROUNDS 10000

int main(void)
{
	struct cost start, c;
	pid_t parent = getppid();
	long sum = 0;

	start = begin();
	for (int i = 0; i < ROUNDS; i++)
		sum += getppid();
	c = end(&start);
	must(sum == (long)parent * ROUNDS);
	report("null_syscall", &c, ROUNDS, "getppid through libc, loop included");
	return 0;
}
