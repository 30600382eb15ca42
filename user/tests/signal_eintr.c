/* SPDX-License-Identifier: MIT */
/*
 * Proves: a handler ends each call that blocks with EINTR, and with SA_RESTART
 * not those that POSIX lets go on; sleeps tell what is left; an ignored signal, a
 * stop and SIGCONT end none; alarms come, once or again and again.
 * See kernel/README.md, "Signals".
 *
 * cpus: 1 2 4
 */
#include <sys/time.h>
#include <time.h>

#include "sigtest.h"

#define LONG  1000 /* seconds: nobody waits so long */
#define TIMES 20   /* that a call is made again */

static void call_nanosleep(void)
{
	struct timespec want = { LONG, 0 }, left = { 0 };

	CHECK_ERRNO(nanosleep(&want, &left), EINTR);
	CHECK(left.tv_sec <= LONG && left.tv_sec > LONG - 100, "%ld s are left", left.tv_sec);
}

static void call_sleep(void)
{
	unsigned int left = sleep(LONG);

	CHECK(left <= LONG && left > LONG - 100, "%u s are left", left);
}

static void call_pause(void)
{
	CHECK_ERRNO(pause(), EINTR);
}

static void call_sigsuspend(void)
{
	sigset_t none = 0;

	CHECK_ERRNO(sigsuspend(&none), EINTR);
}

static void call_wait(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			sleep(LONG);
	CHECK_ERRNO(waitpid(pid, NULL, 0), EINTR);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) != pid && errno == EINTR)
		; /* more handlers */
}

static int empty[2]; /* a pipe */

static void call_read(void)
{
	char c;

	CHECK_ERRNO(read(empty[0], &c, 1), EINTR);
}

static const struct {
	const char *name;
	void (*run)(void);
	bool restarts; /* with SA_RESTART */
} calls[] = {
	{ "nanosleep", call_nanosleep, false }, { "sleep", call_sleep, false },
	{ "pause", call_pause, false },		{ "sigsuspend", call_sigsuspend, false },
	{ "waitpid", call_wait, true },		{ "read", call_read, true },
};
#define NR_CALLS (sizeof(calls) / sizeof(calls[0]))

struct job {
	size_t call;
	int flags;
};

static void block_in_call(void *arg)
{
	const struct job *job = arg;

	catch_signal(SIGUSR1, note, job->flags, 0);
	signal(SIGUSR2, SIG_IGN);
	step(1);
	calls[job->call].run();
	CHECK(seen[SIGUSR1], "the handler has run");
}

static int handled_by(pid_t pid)
{
	int n = 0;

	mg_vm_peek(pid, (const void *)&seen[SIGUSR1], &n, sizeof(n));
	return n;
}

static void stop_and_continue(pid_t pid)
{
	int status;

	CHECK(!kill(pid, SIGSTOP), "kill: %s", strerror(errno));
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid, "wait for the stop");
	CHECK(WIFSTOPPED(status), "status %#x", status);
	CHECK(!kill(pid, SIGCONT), "kill: %s", strerror(errno));
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid, "wait for the continuation");
	CHECK(WIFCONTINUED(status), "status %#x", status);
}

/* One that restarts: it is still there after many handlers, each from within the call. */
static void check_restarts(pid_t pid)
{
	int status;

	for (int n = 1; n <= TIMES; n++) {
		kill(pid, SIGUSR1);
		wait_until(handled_by(pid) == n, "handler %d ran", n);
		wait_asleep_in(pid);
	}
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0, "it goes on");
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "status %#x", status);
}

/* A signal may come before the call: then the next one ends it. */
static void check_ends(pid_t pid)
{
	int status = -1;

	wait_until((kill(pid, SIGUSR1), waitpid(pid, &status, WNOHANG) == pid), "it ends");
	CHECK_EQ(status, 0, "status");
}

static void test_calls(int flags)
{
	for (size_t i = 0; i < NR_CALLS; i++) {
		struct job job = { i, flags };
		pid_t pid;

		TEST_BEGIN(calls[i].name);
		pid = child_start(block_in_call, &job);
		step_wait(pid, 1);
		step_go(pid, 1);
		for (int k = 0; k < 3; k++) {
			wait_asleep_in(pid);
			kill(pid, SIGUSR2);
			stop_and_continue(pid);
		}
		if (flags & SA_RESTART && calls[i].restarts)
			check_restarts(pid);
		else
			check_ends(pid);
	}
}

/* A wait whose condition and whose signal come together tells of the child. */
static void test_both(void)
{
	TEST_BEGIN("a child's end is not lost to its SIGCHLD");
	catch_signal(SIGCHLD, note, 0, 0);
	for (int i = 0; i < 200; i++) {
		pid_t pid = fork(), got;
		int status = -1;

		if (!pid)
			_exit(i);
		do
			got = waitpid(pid, &status, 0);
		while (got == -1 && errno == EINTR);
		CHECK_EQ(got, pid, "wait for child %d", i);
		CHECK_EQ(WEXITSTATUS(status), i & 0xff, "status");
	}
	CHECK(seen[SIGCHLD] > 0 && seen[SIGCHLD] <= 200, "SIGCHLD came %d times", seen[SIGCHLD]);
	signal(SIGCHLD, SIG_DFL);
}

static void wait_for_alarm(void *arg)
{
	(void)arg;
	alarm(1);
	for (;;) /* computes: the tick brings it */
		;
}

static void look_at_alarm(void *arg)
{
	(void)arg;
	CHECK_EQ(alarm(0), 0, "a child has no alarm");
}

static void test_alarm(void)
{
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } }, now;

	TEST_BEGIN("alarm and setitimer");
	CHECK_EQ(alarm(LONG), 0, "seconds left, none was set");
	CHECK_EQ(alarm(LONG * 2), LONG, "seconds left");
	CHECK_EQ(alarm(0), LONG * 2, "seconds left");
	CHECK_EQ(alarm(0), 0, "seconds left");

	catch_info(SIGALRM, note_info, SA_RESTART); /* no wait for a child is to end by it */
	CHECK(!setitimer(ITIMER_REAL, &often, NULL), "setitimer: %s", strerror(errno));
	for (int i = 0; i < 5; i++)
		CHECK_ERRNO(pause(), EINTR);
	CHECK(!getitimer(ITIMER_REAL, &now), "getitimer: %s", strerror(errno));
	CHECK(now.it_interval.tv_usec == 20000 && now.it_value.tv_usec <= 20000, "%ld, %ld us",
	      now.it_interval.tv_usec, now.it_value.tv_usec);
	child_join(child_start(look_at_alarm, NULL));
	CHECK(!setitimer(ITIMER_REAL, &off, &now), "setitimer: %s", strerror(errno));
	CHECK(seen[SIGALRM] >= 5, "alarms: %d", seen[SIGALRM]);
	CHECK_EQ(last_info.si_code, SI_KERNEL, "si_code");
	CHECK_ERRNO(setitimer(ITIMER_PROF, &often, NULL), EINVAL);
	signal(SIGALRM, SIG_DFL);
	CHECK_EQ(dies_by(wait_for_alarm, NULL), SIGALRM, "signal");
}

int main(void)
{
	REQUIRE(!pipe(empty), "pipe: %s", strerror(errno));
	test_calls(0);
	test_calls(SA_RESTART);
	test_both();
	test_alarm();
	return TEST_END();
}
