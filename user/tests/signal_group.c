/* SPDX-License-Identifier: MIT */
/*
 * Proves: process groups and sessions are begun, joined and inherited as POSIX
 * says, kill() and wait4() reach a whole group and nobody else, and a child, or
 * the program after exec, has of its signals what it should.
 * See kernel/README.md, "Signals".
 *
 * cpus: 1 2 4
 */
#include "sigtest.h"

#define SELF	"tests/signal_group"
#define MEMBERS 5

static void sleep_on(void *arg)
{
	if (arg)
		setpgid(0, *(pid_t *)arg);
	step(1);
	for (;;)
		sleep(1000);
}

static pid_t member_of(pid_t group)
{
	pid_t pid = child_start(sleep_on, group < 0 ? NULL : &group);

	step_wait(pid, 1);
	step_go(pid, 1);
	return pid;
}

static void check_death(pid_t pid, int sig)
{
	int status = 0;

	CHECK_EQ(waitpid(pid, &status, 0), pid, "wait for %d", pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == sig, "status %#x, want signal %d", status,
	      sig);
}

static void in_a_session(void *arg)
{
	pid_t child;

	(void)arg;
	CHECK_EQ(setsid(), getpid(), "setsid of one who leads no group");
	CHECK(getsid(0) == getpid() && getpgrp() == getpid(), "session %d, group %d", getsid(0),
	      getpgrp());
	CHECK_ERRNO(setsid(), EPERM);
	CHECK(!killpg(getpgrp(), 0), "its own group: %s", strerror(errno));
	CHECK_ERRNO(setpgid(0, 0), EPERM); /* a session's leader */
	CHECK_ERRNO(setpgid(0, getpgid(getppid())), EPERM);
	child = member_of(-1);
	CHECK(getpgid(child) == getpid() && getsid(child) == getpid(), "a child inherits both");
	CHECK(!setpgid(child, 0), "setpgid of a child: %s", strerror(errno));
	CHECK_EQ(getpgid(child), child, "its group");
	CHECK(!setpgid(child, getpid()), "and back: %s", strerror(errno));
	CHECK_ERRNO(setpgid(child, getpgid(getppid())), EPERM); /* another session's group */
	kill(child, SIGKILL);
	check_death(child, SIGKILL);
	CHECK_ERRNO(getpgid(child), ESRCH);
}

static volatile sig_atomic_t nr_usr1;

static void count_usr1(int sig)
{
	(void)sig;
	nr_usr1++;
}

/* A group goes on without the process that began it, and its number is not free. */
static void leave_own_group(void *arg)
{
	pid_t child;

	(void)arg;
	setpgid(0, 0);
	child = member_of(-1);
	CHECK(!setpgid(0, getpgid(getppid())), "back: %s", strerror(errno));
	CHECK_EQ(getpgid(child), getpid(), "the child's group");
	CHECK_ERRNO(setsid(), EPERM);
	kill(child, SIGKILL);
	check_death(child, SIGKILL);
	CHECK_EQ(setsid(), getpid(), "now that nobody is in the group");
}

static void test_own_group(void)
{
	TEST_BEGIN("a program leads a group, which it can signal");
	CHECK_EQ(getpgrp(), getpid(), "its group");
	signal(SIGUSR1, count_usr1);
	CHECK(!killpg(getpgrp(), 0), "killpg with 0: %s", strerror(errno));
	CHECK(!killpg(getpgrp(), SIGUSR1), "killpg: %s", strerror(errno));
	CHECK_EQ(nr_usr1, 1, "signals");
	CHECK(!kill(0, SIGUSR1), "kill 0: %s", strerror(errno));
	CHECK_EQ(nr_usr1, 2, "signals");
	signal(SIGUSR1, SIG_DFL);
	child_join(child_start(leave_own_group, NULL));
}

/* In a group of its own a child stops; its parent ends; it is to hear SIGHUP, and to go on. */
static void make_orphan(void *arg)
{
	int *orphan = arg, status;
	pid_t child = fork();

	if (!child) {
		setpgid(0, 0);
		raise(SIGTSTP);
		for (;;)
			pause();
	}
	CHECK_EQ(waitpid(child, &status, WUNTRACED), child, "wait for the stop");
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP, "status %#x", status);
	*orphan = child;
}

static void stop_in_vain(void *arg)
{
	(void)arg;
	setsid(); /* nobody in this session could continue it */
	raise(SIGTSTP);
	raise(SIGTTIN);
	step(1);
}

static void test_orphans(void)
{
	int *orphan = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANON, -1, 0);
	pid_t child;

	TEST_BEGIN("an orphaned group is not left stopped");
	child_join(child_start(make_orphan, orphan));
	wait_until(kill(*orphan, 0) && errno == ESRCH, "SIGHUP has not ended %d", *orphan);
	child = child_start(stop_in_vain, NULL);
	step_wait(child, 1);
	step_go(child, 1);
	child_join(child);
	munmap(orphan, PAGE);
}

static void test_groups(void)
{
	pid_t child;

	TEST_BEGIN("groups and sessions");
	child = member_of(-1);
	CHECK(getpgid(child) == getpgrp() && getsid(child) == getsid(0), "inherited by fork");
	CHECK(!setpgid(child, 0), "setpgid: %s", strerror(errno));
	CHECK_ERRNO(setpgid(getppid(), 0), ESRCH); /* neither oneself nor a child */
	CHECK_ERRNO(kill(-child - 1, 0), ESRCH);
	CHECK(!kill(-child, 0), "kill with 0 finds the group: %s", strerror(errno));
	CHECK(!killpg(child, SIGTERM), "killpg: %s", strerror(errno));
	check_death(child, SIGTERM);
	CHECK_ERRNO(kill(-child, 0), ESRCH);
	child_join(child_start(in_a_session, NULL));
}

static void exec_self(void *arg)
{
	char *argv[] = { SELF, "sleep", NULL };

	(void)arg;
	execv(SELF, argv);
	CHECK(false, "execv: %s", strerror(errno));
}

static void test_after_exec(void)
{
	pid_t child;

	TEST_BEGIN("a child that has called exec is left alone");
	child = child_start(exec_self, NULL);
	step_wait(child, 1);
	CHECK_ERRNO(setpgid(child, 0), EACCES);
	kill(child, SIGKILL);
	check_death(child, SIGKILL);
}

/* One group is signalled; another, and the caller, are not. */
static void test_kill(void)
{
	pid_t one[MEMBERS], other[MEMBERS];
	int status;

	TEST_BEGIN("kill and wait4 for a group");
	for (int i = 0; i < MEMBERS; i++) {
		one[i] = member_of(i ? one[0] : 0);
		other[i] = member_of(i ? other[0] : 0);
		CHECK_EQ(getpgid(one[i]), one[0], "group of member %d", i);
	}
	CHECK(!kill(-one[0], SIGTERM), "kill: %s", strerror(errno));
	for (int i = 0; i < MEMBERS; i++) {
		pid_t pid = waitpid(-one[0], &status, 0);

		CHECK(pid > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
		      "%d ended with %#x", pid, status);
	}
	CHECK_ERRNO(waitpid(-one[0], &status, 0), ECHILD);
	CHECK_ERRNO(waitpid(0, &status, WNOHANG), ECHILD); /* no child in the caller's group */
	CHECK_EQ(waitpid(-other[0], &status, WNOHANG), 0, "the other group lives");
	kill(-other[0], SIGSTOP);
	for (int i = 0; i < MEMBERS; i++)
		CHECK(waitpid(-other[0], &status, WUNTRACED) > 0 && WIFSTOPPED(status),
		      "status %#x", status);
	kill(-other[0], SIGCONT);
	kill(-other[0], SIGKILL);
	for (int i = 0; i < MEMBERS; i++)
		check_death(other[i], SIGKILL);
}

static void kill_own_group(void *arg)
{
	pid_t child;

	(void)arg;
	setpgid(0, 0);
	child = member_of(-1);
	catch_signal(SIGTERM, note, 0, 0);
	CHECK(!kill(0, SIGTERM), "kill: %s", strerror(errno));
	CHECK_EQ(seen[SIGTERM], 1, "the caller is of its group");
	CHECK_EQ(waitpid(0, NULL, 0), child, "wait for one of the group");
}

static void kill_all(void *arg)
{
	(void)arg;
	CHECK(!kill(-1, SIGUSR1), "kill: %s", strerror(errno)); /* this one would die of it */
}

static void test_kill_many(void)
{
	pid_t child;

	TEST_BEGIN("kill of one's own group, and of everybody");
	child_join(child_start(kill_own_group, NULL));
	child = member_of(-1);
	catch_info(SIGUSR1, note_info, SA_RESTART);
	child_join(child_start(kill_all, NULL));
	CHECK_EQ(seen[SIGUSR1], 1, "SIGUSR1 came");
	check_death(child, SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	CHECK_ERRNO(kill(1, SIGTERM), EPERM);
	CHECK(!kill(1, 0), "init is there: %s", strerror(errno));
}

/* ---- what is inherited ---- */

static int after_exec(void)
{
	struct sigaction action;
	stack_t stack;

	TEST_BEGIN("after exec: mask, pending and ignored signals; no handlers, no stack");
	CHECK_EQ(blocked_now(), set_of(SIGUSR1) | set_of(SIGUSR2), "mask");
	CHECK_EQ(pending_now(), set_of(SIGUSR1), "pending");
	CHECK(!sigaction(SIGTERM, NULL, &action) && action.sa_handler == SIG_IGN, "ignored");
	CHECK(!sigaction(SIGUSR1, NULL, &action) && action.sa_handler == SIG_DFL &&
		      !action.sa_flags && !action.sa_mask,
	      "a handler is reset");
	CHECK(!sigaltstack(NULL, &stack) && stack.ss_flags == SS_DISABLE, "no alternate stack");
	return TEST_END();
}

static void prepare(void)
{
	static char alt[SIGSTKSZ];
	stack_t stack = { alt, 0, SIGSTKSZ };

	catch_info(SIGUSR1, note_info, SA_ONSTACK);
	signal(SIGTERM, SIG_IGN);
	sigaltstack(&stack, NULL);
	block(SIGUSR1);
	block(SIGUSR2);
	raise(SIGUSR1);
}

static void after_fork(void *arg)
{
	stack_t stack;

	(void)arg;
	CHECK_EQ(pending_now(), 0, "pending in a child");
	CHECK_EQ(blocked_now(), set_of(SIGUSR1) | set_of(SIGUSR2), "mask in a child");
	CHECK(!sigaltstack(NULL, &stack) && !stack.ss_flags, "the alternate stack is kept");
	raise(SIGTERM);
	raise(SIGUSR1);
	unblock(SIGUSR1);
	CHECK(seen[SIGUSR1] == 1 && last_info.si_pid == getpid(), "the handler is kept");
	block(SIGUSR1);
	raise(SIGUSR1);
	execv(SELF, (char *[]){ SELF, "after", NULL });
	CHECK(false, "execv: %s", strerror(errno));
}

static void test_inheritance(void)
{
	TEST_BEGIN("after fork: handlers, mask, stack; nothing pending");
	prepare();
	child_join(child_start(after_fork, NULL));
	unblock(SIGUSR1);
	CHECK_EQ(seen[SIGUSR1], 1, "the parent's own waited for it");
	unblock(SIGUSR2);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "after"))
		return after_exec();
	if (argc > 1)
		sleep_on(NULL);
	test_own_group();
	test_groups();
	test_orphans();
	test_after_exec();
	test_kill();
	test_kill_many();
	test_inheritance();
	return TEST_END();
}
