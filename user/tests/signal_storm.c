/* SPDX-License-Identifier: MIT */
/*
 * Proves: in a storm of signals from all processors none that was sent to a
 * process that waits for it is lost, no register is spoilt, and nobody sleeps
 * on; among handlers, forks, stops and kills at every moment.
 * See kernel/README.md, "Signals".
 *
 * cpus: 1 2 4
 * timeout: 60
 * suite: test
 */
#include "sigtest.h"

#define ROUNDS	 3000
#define SENDERS	 3
#define CHILDREN 20

/* Two processes wake each other by signals alone: one that is lost, and both sleep for ever. */
static void ping_pong(pid_t other, bool begins)
{
	sigset_t none = 0;

	for (int i = 1; i <= ROUNDS; i++) {
		if (begins)
			kill(other, SIGUSR1);
		while (seen[SIGUSR1] < i)
			sigsuspend(&none);
		if (!begins)
			kill(other, SIGUSR1);
	}
}

static void answer(void *arg)
{
	ping_pong(*(pid_t *)arg, false);
}

static void test_ping_pong(void)
{
	pid_t self = getpid(), pid;

	TEST_BEGIN("ping-pong by signals");
	catch_signal(SIGUSR1, note, 0, 0);
	block(SIGUSR1);
	pid = child_start(answer, &self);
	ping_pong(pid, true);
	child_join(pid);
	CHECK_EQ(seen[SIGUSR1], ROUNDS, "signals");
	unblock(SIGUSR1);
}

static long handled_by(pid_t pid)
{
	int n[NSIG] = { 0 };

	mg_vm_peek(pid, (const void *)seen, n, sizeof(n));
	return n[SIGUSR1] + n[SIGUSR2];
}

/* The next when one has been handled: a flood would leave its receiver no time for else. */
static void send_on(void *arg)
{
	pid_t to = *(pid_t *)arg;

	for (int i = 0;; i++) {
		long before = handled_by(to);

		kill(to, i % 2 ? SIGUSR1 : SIGUSR2);
		while (handled_by(to) == before)
			sched_yield();
		for (volatile int k = 0; k < 20000; k++)
			;
	}
}

static volatile double sum = 1;

static void compute(int sig)
{
	seen[sig]++;
	sum = sum * 1.5 - sum / 3 + 1; /* uses SSE */
}

/* Works with floats and blocks now and then while the storm goes on. */
static void stand(void *arg)
{
	pid_t sender[SENDERS], self = getpid();
	double x = 0, y = 0;

	(void)arg;
	catch_signal(SIGUSR1, compute, SA_RESTART, 0);
	catch_signal(SIGUSR2, compute, SA_RESTART, 0);
	for (int i = 0; i < SENDERS; i++)
		sender[i] = child_start(send_on, &self);
	for (int i = 0; i < CHILDREN && !test.failed; i++) {
		pid_t pid = fork();
		int status = -1;

		if (!pid)
			_exit(i);
		for (int k = 0; k < 2000; k++) {
			x = x * 0.5 + k;
			y = y * 0.5 + k;
		}
		CHECK(x == y, "%g and %g", x, y);
		CHECK_EQ(waitpid(pid, &status, 0), pid, "wait");
		CHECK_EQ(WEXITSTATUS(status), i, "status");
		usleep(1000);
	}
	CHECK(seen[SIGUSR1] && seen[SIGUSR2], "%d, %d signals", seen[SIGUSR1], seen[SIGUSR2]);
	for (int i = 0; i < SENDERS; i++) {
		kill(sender[i], SIGKILL);
		waitpid(sender[i], NULL, 0);
	}
}

static void test_storm(void)
{
	TEST_BEGIN("work in a storm");
	child_join(child_start(stand, NULL));
}

static void pause_on(void *arg)
{
	(void)arg;
	catch_signal(SIGUSR1, note, 0, 0);
	for (;;)
		pause();
}

/* Stops, continuations, handlers and a kill, at moments that differ. */
static void test_kills(void)
{
	uint64_t state = test_seed();

	TEST_BEGIN("stops, continuations and kills at every moment");
	for (int i = 0; i < 300 && !test.failed; i++) {
		pid_t pid = child_start(pause_on, NULL);
		int status = 0, sig = next_random(&state) % 2 ? SIGKILL : SIGTERM;

		for (uint64_t n = next_random(&state) % 8; n; n--) {
			kill(pid, next_random(&state) % 2 ? SIGSTOP : SIGCONT);
			for (volatile uint64_t k = next_random(&state) % 3000; k; k--)
				;
		}
		kill(pid, sig);
		if (sig != SIGKILL)
			kill(pid, SIGCONT);
		CHECK_EQ(waitpid(pid, &status, 0), pid, "wait");
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == sig, "round %d: status %#x", i,
		      status);
	}
}

int main(void)
{
	test_ping_pong();
	test_storm();
	test_kills();
	check_mm();
	return TEST_END();
}
