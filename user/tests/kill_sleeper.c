/* SPDX-License-Identifier: MIT */
/*
 * Proves: a process that is killed just as it goes to sleep does not sleep on.
 * The kill comes at every moment between the child's start and its sleep.
 * See kernel/README.md, "The end of a process".
 *
 * cpus: 1 2 4
 */
#include "test.h"

#define ROUNDS 1500

static pid_t start_sleeper(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			sleep(1000);
	return pid;
}

static void spin(int n)
{
	for (volatile int i = 0; i < n; i++)
		;
}

int main(void)
{
	TEST_BEGIN("a kill reaches who is about to sleep");
	for (int i = 0; i < ROUNDS && !test.failed; i++) {
		pid_t pid = start_sleeper();
		int status = 0;

		REQUIRE(pid > 0, "fork: %s", strerror(errno));
		spin(i * 40);
		CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
		wait_until(waitpid(pid, &status, WNOHANG) == pid, "sleeper %d has ended", i);
	}
	check_mm();
	return TEST_END();
}
