/* SPDX-License-Identifier: MIT */
/*
 * Proves: a parent learns of its children's ends, stops and continuations, by
 * SIGCHLD with the right siginfo and by wait4 with the right status, each once;
 * SA_NOCLDSTOP, SA_NOCLDWAIT and SIG_IGN do what POSIX says.
 * See kernel/README.md, "Signals".
 *
 * cpus: 1 2 4
 */
#include "sigtest.h"

static void end_with(void *arg)
{
	long how = (long)arg;

	if (how < 0)
		raise((int)-how);
	_exit((int)how);
}

static void sleep_on(void *arg)
{
	(void)arg;
	for (;;)
		sleep(1000);
}

static void check_info(pid_t pid, int code, int status)
{
	CHECK_EQ(last_info.si_signo, SIGCHLD, "si_signo");
	CHECK_EQ(last_info.si_pid, pid, "si_pid");
	CHECK_EQ(last_info.si_code, code, "si_code of child %d", pid);
	CHECK_EQ(last_info.si_status, status, "si_status");
}

/* Waits for the n-th SIGCHLD. */
static void wait_child_signal(int n)
{
	wait_until(seen[SIGCHLD] >= n, "SIGCHLD %d came", n);
	CHECK_EQ(seen[SIGCHLD], n, "SIGCHLDs");
}

static void test_ends(void)
{
	static const long how[] = { 0, 3, 255, -SIGTERM, -SIGSEGV, -SIGKILL };
	int status;

	TEST_BEGIN("SIGCHLD and status of each end");
	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		pid_t pid;

		catch_info(SIGCHLD, note_info, SA_RESTART);
		pid = child_start(end_with, (void *)how[i]);
		wait_child_signal(1);
		check_info(pid, how[i] < 0 ? CLD_KILLED : CLD_EXITED,
			   (int)(how[i] < 0 ? -how[i] : how[i]));
		CHECK_EQ(waitpid(pid, &status, WUNTRACED | WCONTINUED), pid, "wait");
		if (how[i] < 0)
			CHECK(WIFSIGNALED(status) && WTERMSIG(status) == -how[i] &&
				      !WIFEXITED(status) && !WIFSTOPPED(status),
			      "status %#x", status);
		else
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == how[i] &&
				      !WIFSIGNALED(status) && !WIFSTOPPED(status),
			      "status %#x", status);
		CHECK_ERRNO(waitpid(pid, &status, WNOHANG), ECHILD);
	}
}

static void check_stop(pid_t pid, int sig)
{
	int status = 0;

	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid, "wait for the stop");
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == sig && !WIFEXITED(status) &&
		      !WIFSIGNALED(status) && !WIFCONTINUED(status),
	      "status %#x, stopped by %d", status, sig);
	CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED | WCONTINUED), 0, "told once");
}

static void test_stops(void)
{
	static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
	int status = 0;
	pid_t pid;

	TEST_BEGIN("stops and continuations");
	catch_info(SIGCHLD, note_info, SA_RESTART);
	pid = child_start(sleep_on, NULL);
	for (int i = 0; i < 4; i++) {
		CHECK(!kill(pid, stops[i]), "kill: %s", strerror(errno));
		wait_child_signal(2 * i + 1);
		check_info(pid, CLD_STOPPED, stops[i]);
		CHECK_EQ(waitpid(pid, &status, WNOHANG), 0, "without WUNTRACED nothing");
		CHECK_EQ(waitpid(pid, &status, WNOHANG | WCONTINUED), 0, "nor with WCONTINUED");
		check_stop(pid, stops[i]);
		CHECK(!kill(pid, SIGCONT), "kill: %s", strerror(errno));
		wait_child_signal(2 * i + 2);
		check_info(pid, CLD_CONTINUED, SIGCONT);
		CHECK_EQ(waitpid(pid, &status, WNOHANG | WUNTRACED), 0, "not with WUNTRACED");
		CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid, "wait for the continuation");
		CHECK(WIFCONTINUED(status) && !WIFSTOPPED(status) && !WIFEXITED(status) &&
			      !WIFSIGNALED(status),
		      "status %#x", status);
	}
	catch_info(SIGCHLD, note_info, SA_RESTART | SA_NOCLDSTOP);
	kill(pid, SIGSTOP);
	check_stop(pid, SIGSTOP);
	CHECK_EQ(seen[SIGCHLD], 0, "SIGCHLD of a stop with SA_NOCLDSTOP");
	/* stopped: SIGTERM waits for SIGCONT, SIGKILL does not */
	kill(pid, SIGTERM);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0, "it does not die while it is stopped");
	kill(pid, SIGCONT);
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait for the end");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "status %#x", status);
	wait_child_signal(1);
	pid = child_start(sleep_on, NULL);
	kill(pid, SIGSTOP);
	check_stop(pid, SIGSTOP);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait for the end");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "status %#x", status);
	signal(SIGCHLD, SIG_DFL);
}

static void count_on(void *arg)
{
	(void)arg;
	for (;;)
		step_page.at++;
}

/* Stops a child that computes, and is it really stopped? */
static void test_stop_computing(void)
{
	pid_t pid = child_start(count_on, NULL);
	long before;

	TEST_BEGIN("a stopped process stands still, and goes on");
	for (int i = 0; i < 20; i++) {
		wait_until(peek_step(pid) > 0, "it runs");
		kill(pid, SIGSTOP);
		check_stop(pid, SIGSTOP);
		before = peek_step(pid);
		for (int k = 0; k < 20; k++)
			sched_yield();
		CHECK_EQ(peek_step(pid), before, "it stands still");
		kill(pid, SIGCONT);
		wait_until(peek_step(pid) != before, "it goes on");
	}
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid, "wait");
}

/* SIGCONT right after a stop, at every moment: it never stays stopped. */
static void test_race(void)
{
	pid_t pid = child_start(sleep_on, NULL);
	int status;

	TEST_BEGIN("SIGCONT is not lost to a stop under way");
	for (int i = 0; i < 500; i++) {
		kill(pid, SIGSTOP);
		for (volatile int k = 0; k < i * 20; k++)
			;
		kill(pid, SIGCONT);
	}
	kill(pid, SIGTERM);
	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "status %#x", status);
}

static void test_no_zombies(void)
{
	long frames = 0;

	TEST_BEGIN("SIG_IGN and SA_NOCLDWAIT leave no zombies");
	for (int round = 0; round < 3; round++) {
		if (round % 2)
			catch_info(SIGCHLD, note_info, SA_NOCLDWAIT | SA_RESTART);
		else
			signal(SIGCHLD, SIG_IGN);
		for (int i = 0; i < 20; i++)
			child_start(end_with, NULL);
		CHECK_ERRNO(wait(NULL), ECHILD); /* once all have gone */
		if (!round)
			frames = free_frames();
	}
	CHECK_EQ(free_frames(), frames, "free frames");
	signal(SIGCHLD, SIG_DFL);
	child_join(child_start(end_with, NULL));
}

int main(void)
{
	test_ends();
	test_stops();
	test_stop_computing();
	test_race();
	test_no_zombies();
	return TEST_END();
}
