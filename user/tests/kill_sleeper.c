/* SPDX-License-Identifier: MIT */
/*
 * Proves: a process that is killed just as it goes to sleep does not sleep on,
 * whenever between the child's start and its sleep the kill comes; and one that
 * sleeps for longer than there is time does sleep, and dies when it is killed.
 * See kernel/README.md, "The end of a process".
 *
 * cpus: 1 2 4
 */
#include <sys/syscall.h>
#include <time.h>

#include "test.h"

#define ROUNDS	 1500
#define SLEEPING 1 /* as the kernel's enum thread_state has it */

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

/* What the process's thread does. */
static uint32_t state_of(pid_t pid)
{
	static struct kstat_proc proc[64];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == pid)
			return proc[i].state;
	return ~0u;
}

/*
 * For 1100 million years, whose nanoseconds are 0 in 64 bits, or as long as the kernel can count.
 */
static void sleep_for_ever(void *by_libc)
{
	const struct timespec years = { 1l << 55, 0 };

	step_page.at = 1;
	if (by_libc)
		nanosleep(&years, NULL);
	else
		syscall(SYS_nanosleep, -1l);
	CHECK(false, "the sleep has ended");
}

static void kill_endless(void *by_libc)
{
	pid_t pid = child_start(sleep_for_ever, by_libc);
	int status = 0;

	step_wait(pid, 1);
	wait_until(state_of(pid) == SLEEPING, "child %d sleeps", pid);
	CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
	wait_until(waitpid(pid, &status, WNOHANG) == pid, "sleeper %d has ended", pid);
	CHECK(WIFSIGNALED(status), "wait status %#x", status);
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

	TEST_BEGIN("the longest sleep of all");
	kill_endless(NULL);
	TEST_BEGIN("the longest sleep that libc can be asked for");
	kill_endless(&(bool){ true });
	check_mm();
	return TEST_END();
}
