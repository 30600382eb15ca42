/* SPDX-License-Identifier: MIT */
/*
 * Proves: init ends and buries the children that a program leaves, many
 * at once, and those that these leave; then all memory is back (the balance that
 * init reports of every program).  See kernel/README.md, "The end of a process".
 *
 * cpus: 1 2 4
 * suite: test
 */
#include "test.h"

#define ORPHANS	 400
#define DEEP	 20 /* generations */
#define EACH_HAS 20

static void leave(int n)
{
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid)
			for (;;)
				sleep(1000);
		CHECK(pid > 0, "fork of orphan %d: %s", i, strerror(errno));
	}
}

/* A chain of processes, each with children of its own. */
static void leave_chain(int depth)
{
	leave(EACH_HAS);
	if (depth && !fork()) {
		leave_chain(depth - 1);
		for (;;)
			sleep(1000);
	}
}

int main(void)
{
	TEST_BEGIN("orphans");
	leave(ORPHANS);
	leave_chain(DEEP);
	return TEST_END();
}
