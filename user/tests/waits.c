/* SPDX-License-Identifier: MIT */
/*
 * Proves: waitid() tells of ends, stops and continuations, each only if it is asked for, and leaves
 * them with WNOWAIT; sigwait() and its kin take blocked signals of a set, the process's in any of
 * its threads, and no others.  See libc/README.md.
 *
 * cpus: 2
 * suite: check
 */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "test.h"

static void check_info(const siginfo_t *info, pid_t pid, int code, int status)
{
	CHECK_EQ(info->si_signo, SIGCHLD, "si_signo");
	CHECK_EQ(info->si_pid, pid, "si_pid");
	CHECK_EQ(info->si_code, code, "si_code");
	CHECK_EQ(info->si_status, status, "si_status");
}

static void test_ends(void)
{
	siginfo_t info = { .si_pid = 1 };
	pid_t pid = fork();

	TEST_BEGIN("waitid: ends, left and taken");
	if (!pid)
		_exit(7);
	CHECK(!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), "%s", strerror(errno));
	check_info(&info, pid, CLD_EXITED, 7);
	CHECK(!waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG) && !info.si_pid && !info.si_signo,
	      "an end is no stop");
	CHECK(!waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED), "%s", strerror(errno));
	check_info(&info, pid, CLD_EXITED, 7);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, 0), EINVAL);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED | 0x40), EINVAL);
	CHECK_ERRNO(waitid(P_PID, 0, &info, WEXITED), EINVAL);
	CHECK_ERRNO(waitid((idtype_t)9, 0, &info, WEXITED), EINVAL);
	CHECK_ERRNO(waitpid(-1, NULL, WNOWAIT), EINVAL);
}

static void test_stops(void)
{
	siginfo_t info;
	pid_t pid = fork();

	TEST_BEGIN("waitid: stops, continuations and death");
	if (!pid)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	CHECK(!waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT), "%s", strerror(errno));
	CHECK(!waitid(P_PID, (id_t)pid, &info, WSTOPPED), "again: %s", strerror(errno));
	check_info(&info, pid, CLD_STOPPED, SIGSTOP);
	kill(pid, SIGCONT);
	CHECK(!waitid(P_PGID, 0, &info, WCONTINUED), "%s", strerror(errno));
	check_info(&info, pid, CLD_CONTINUED, SIGCONT);
	CHECK(!waitid(P_ALL, 0, &info, WEXITED | WNOHANG) && !info.si_pid, "it lives");
	kill(pid, SIGKILL);
	CHECK(!waitid(P_ALL, 0, &info, WEXITED), "%s", strerror(errno));
	check_info(&info, pid, CLD_KILLED, SIGKILL);
}

static sigset_t both(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	return set;
}

static void test_sigwait(void)
{
	struct timespec none = { 0 }, soon = { 0, 2000000 };
	sigset_t set = both(), pending;
	siginfo_t info;
	int sig = 0;

	TEST_BEGIN("sigwait takes what is pending, and waits for the rest");
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_ERRNO(sigtimedwait(&set, &info, &none), EAGAIN);
	CHECK_ERRNO(sigtimedwait(&set, &info, &soon), EAGAIN);
	raise(SIGUSR2);
	kill(getpid(), SIGUSR1);
	CHECK(!sigwait(&set, &sig) && sig == SIGUSR1, "signal %d", sig);
	CHECK(!sigpending(&pending) && sigismember(&pending, SIGUSR2) &&
		      !sigismember(&pending, SIGUSR1),
	      "one is taken");
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR2, "the other");
	CHECK(info.si_signo == SIGUSR2 && info.si_pid == getpid(), "its siginfo_t");
	if (!fork()) {
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1, "from a child");
	CHECK(wait(NULL) == info.si_pid && info.si_code == SI_USER, "who sent it");
	CHECK_ERRNO(sigtimedwait(&set, &info, &(struct timespec){ 0, -1 }), EINVAL);
	CHECK_EQ(sigwait((sigset_t *)0x4000, &sig), EFAULT, "a bad set");
}

static void *take_one(void *taken)
{
	sigset_t set = both();

	CHECK(!sigwait(&set, taken), "sigwait in a thread");
	return NULL;
}

static void test_thread(void)
{
	pthread_t thread;
	int taken = 0;

	TEST_BEGIN("a thread takes the signals of its process");
	kill(getpid(), SIGUSR2); /* waits in this thread */
	REQUIRE(!pthread_create(&thread, NULL, take_one, &taken), "pthread_create");
	pthread_join(thread, NULL);
	CHECK_EQ(taken, SIGUSR2, "what was pending before");
	REQUIRE(!pthread_create(&thread, NULL, take_one, &taken), "pthread_create");
	kill(getpid(), SIGUSR1);
	pthread_join(thread, NULL);
	CHECK_EQ(taken, SIGUSR1, "what came later");
}

int main(void)
{
	test_ends();
	test_stops();
	test_sigwait();
	test_thread();
	return TEST_END();
}
