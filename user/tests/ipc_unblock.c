/* SPDX-License-Identifier: MIT */
/*
 * Proves: a signal ends a call at once if it was not received; if it was, the
 * server gets UNBLOCK with its token, once, before other calls, and the caller
 * waits on for the reply, the result or -EINTR; a caller that is killed after that
 * leaves no UNBLOCK.  A blocked or ignored signal disturbs nothing.  A
 * recv is ended by a signal.  See kernel/README.md, "A message".
 *
 * cpus: 1 2 4
 */
#include "ipc.h"
#include "sigtest.h"

#define ROUNDS 200

static int ep, c;
static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	(void)sig;
	signals++;
}

static void take_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	signals = 0;
	CHECK(!sigaction(SIGUSR1, &action, NULL), "sigaction: %s", strerror(errno));
}

static void open_both(void)
{
	ep = endpoint();
	c = connection(ep, 5);
}

static void close_both(void)
{
	check_silent(ep);
	close(c);
	receive(ep, IPC_CLOSED);
	check_silent(ep);
	close(ep);
}

/* Calls, and expects this result after a signal. */
static void call_and_expect(void *arg)
{
	struct ipc_message msg = { .op = 1 };
	int want = *(int *)arg;

	take_signals();
	step(1);
	if (want == -EINTR)
		CHECK_ERRNO(mg_call(c, &msg), EINTR);
	else
		call_for(c, &msg, want);
	CHECK_EQ(signals, 1, "signals");
}

static pid_t caller(int *want)
{
	pid_t pid = child_start(call_and_expect, want);

	step_wait(pid, 1);
	step_go(pid, 1);
	return pid;
}

static void test_not_received(void)
{
	int want = -EINTR;
	pid_t pid;

	TEST_BEGIN("a signal before the call is received: -EINTR, and no message");
	open_both();
	pid = caller(&want);
	wait_asleep_in(pid); /* in its call: nobody receives it */
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	/* A signal that was quicker than the call is forgotten: another ends it. */
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		usleep(20000);
		kill(pid, SIGUSR1);
	}
	close_both();
}

static void test_received(void)
{
	struct ipc_message msg, other;
	int want = 77;
	pid_t pid;

	TEST_BEGIN("a signal after it: UNBLOCK once, and the reply counts");
	open_both();
	pid = caller(&want);
	msg = receive(ep, IPC_MSG);
	check_silent(ep);
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	other = receive(ep, IPC_UNBLOCK);
	CHECK_EQ(other.token, msg.token, "token");
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	check_silent(ep);
	answer(ep, &msg, want);
	child_join(pid);
	close_both();
}

static void call_with_blocked(void *arg)
{
	struct ipc_message msg = { .op = 1 };
	sigset_t set;

	(void)arg;
	take_signals();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	step(1);
	call_for(c, &msg, 3);
	CHECK_EQ(signals, 0, "signals while they are blocked");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(signals, 1, "signals after that");
}

static void test_blocked(void)
{
	struct ipc_message msg;
	pid_t pid;

	TEST_BEGIN("a blocked signal waits for the end of the call");
	open_both();
	pid = child_start(call_with_blocked, NULL);
	step_wait(pid, 1);
	step_go(pid, 1);
	msg = receive(ep, IPC_MSG);
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	check_silent(ep);
	answer(ep, &msg, 3);
	child_join(pid);
	close_both();
}

static void test_killed(void)
{
	struct ipc_message msg;
	int want = 0;
	pid_t pid;

	TEST_BEGIN("a caller who is killed after the signal leaves no UNBLOCK");
	open_both();
	pid = caller(&want);
	msg = receive(ep, IPC_MSG);
	CHECK(!kill(pid, SIGUSR1), "kill: %s", strerror(errno));
	for (int i = 0; i < 100; i++)
		sched_yield(); /* UNBLOCK may wait by now; both ways are right */
	end_child(pid);
	check_silent(ep);
	CHECK_ERRNO(mg_reply(ep, &msg), ESRCH);
	close_both();
}

static void call_on(void *arg)
{
	struct ipc_message msg;

	(void)arg;
	take_signals();
	step(1);
	do
		msg = (struct ipc_message){ .op = 1 };
	while (mg_call(c, &msg) ? CHECK_EQ(errno, EINTR, "errno") : msg.op != 9);
}

/* Whatever the moment: each UNBLOCK names the call in hand, once. */
static void test_race(void)
{
	struct ipc_message msg, held = { 0 };
	pid_t pid;
	int type;

	TEST_BEGIN("signals at any moment of many calls");
	open_both();
	pid = child_start(call_on, NULL);
	step_wait(pid, 1);
	step_go(pid, 1);
	for (int round = 0, told = 0; round < ROUNDS; round++) {
		kill(pid, SIGUSR1);
		type = mg_recv(ep, &msg, 1000000);
		if (type == IPC_MSG) {
			if (CHECK(!held.token, "a second call of the same caller"))
				held = msg;
			told = 0;
		} else if (type == IPC_UNBLOCK) {
			CHECK_EQ(msg.token, held.token, "token");
			CHECK_EQ(told++, 0, "times it was told before");
		}
		if (held.token && (told || round % 3 == 0)) {
			answer(ep, &held, -EINTR);
			held.token = 0;
		}
	}
	for (int op = 0; op != 9;) {
		type = held.token ? IPC_MSG : mg_recv(ep, &held, IPC_FOREVER);
		if (type != IPC_MSG) {
			held.token = 0;
			continue;
		}
		op = 9;
		answer(ep, &held, op);
	}
	child_join(pid);
	close_both();
}

static void signal_parent(void *arg)
{
	(void)arg;
	usleep(20000);
	kill(getppid(), SIGUSR1);
}

static void test_recv(void)
{
	struct ipc_message msg;
	pid_t pid;

	TEST_BEGIN("a signal ends a recv");
	open_both();
	take_signals();
	pid = child_start(signal_parent, NULL);
	CHECK_ERRNO(mg_recv(ep, &msg, IPC_FOREVER), EINTR);
	CHECK_EQ(signals, 1, "signals");
	child_join(pid);
	close_both();
}

int main(void)
{
	test_not_received();
	test_received();
	test_blocked();
	test_killed();
	test_race();
	test_recv();
	return TEST_END();
}
