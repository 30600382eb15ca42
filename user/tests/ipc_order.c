/* SPDX-License-Identifier: MIT */
/*
 * Proves: recv delivers notifications, ORed together, before CLOSED, before calls,
 * these in the order in which they came; it waits no longer than it is told, and
 * a notification or a closing ends the wait.  See kernel/README.md, "A message".
 *
 * cpus: 1 2 4
 */
#include "ipc.h"

#define MS 1000000ul

static int ep, c;

static void call_number(void *arg)
{
	struct ipc_message msg = { .op = *(int *)arg };

	call_for(c, &msg, *(int *)arg + 100);
}

/* The state of the thread of pid, or -1. */
static bool sleeps(pid_t pid)
{
	static struct kstat_proc proc[64];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == pid)
			return proc[i].state == 1;
	return false;
}

static void test_order(void)
{
	int gone = connection(ep, 77);
	struct ipc_message msg;
	pid_t pid[3];

	TEST_BEGIN("NOTIFY before CLOSED before MSG, the first call first");
	for (int i = 0; i < 3; i++) {
		pid[i] = child_start(call_number, &i);
		wait_until(sleeps(pid[i]), "child %d waits", i);
	}
	close(gone); /* the children have copies */
	CHECK(!mg_notify(c, 0x11), "notify: %s", strerror(errno));
	CHECK(!mg_notify(c, 0x104), "notify: %s", strerror(errno));
	CHECK_EQ(receive(ep, IPC_NOTIFY).word[0], 0x115, "bits");
	for (int i = 0; i < 3; i++) {
		msg = receive(ep, IPC_MSG);
		CHECK_EQ(msg.op, i, "op of call %d", i);
		answer(ep, &msg, msg.op + 100);
		child_join(pid[i]);
	}
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 77, "badge");
	for (int i = 0; i < 2; i++) {
		gone = connection(ep, (uint64_t)i);
		close(gone);
	}
	pid[0] = child_start(call_number, &(int){ 9 });
	wait_until(sleeps(pid[0]), "the child waits");
	CHECK(!mg_notify(c, 1), "notify: %s", strerror(errno));
	CHECK_EQ(receive(ep, IPC_NOTIFY).word[0], 1, "bits");
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 0, "badge");
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 1, "badge");
	msg = receive(ep, IPC_MSG);
	answer(ep, &msg, 109);
	child_join(pid[0]);
	check_silent(ep);
}

static void test_timeout(void)
{
	struct ipc_message msg;
	uint64_t start = mem_stat().now_ns;

	TEST_BEGIN("recv waits as long as it is told, and not for ever");
	CHECK_ERRNO(mg_recv(ep, &msg, 0), ETIMEDOUT);
	CHECK_ERRNO(mg_recv(ep, &msg, 30 * MS), ETIMEDOUT);
	CHECK(mem_stat().now_ns - start >= 30 * MS, "30 ms have passed");
	CHECK(!mg_notify(c, 8), "notify: %s", strerror(errno));
	CHECK_EQ(mg_recv(ep, &msg, IPC_FOREVER - 1), IPC_NOTIFY, "errno %d", errno);
}

static void notify_when_asleep(void *arg)
{
	wait_until(sleeps(getppid()), "the parent waits");
	CHECK(!mg_notify(c, *(uint64_t *)arg), "notify: %s", strerror(errno));
}

static void close_when_asleep(void *arg)
{
	wait_until(sleeps(getppid()), "the parent waits");
	close(*(int *)arg);
}

static void test_wake(void)
{
	int last = connection(ep, 5);
	pid_t pid;

	TEST_BEGIN("a notification and a closing end the wait");
	pid = child_start(notify_when_asleep, &(uint64_t){ 64 });
	CHECK_EQ(receive(ep, IPC_NOTIFY).word[0], 64, "bits");
	child_join(pid);
	pid = child_start(close_when_asleep, &last);
	close(last);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 5, "badge");
	child_join(pid);
	check_silent(ep);
}

static void notify_forever(void *arg)
{
	for (uint64_t i = 0; i < 20000; i++)
		CHECK(!mg_notify(c, 1ul << (i % 50)), "notify: %s", strerror(errno));
	(void)arg;
}

static void test_reply_recv_timeout(void)
{
	struct ipc_message msg;
	pid_t pid;

	TEST_BEGIN("reply_recv without time: the reply is sent");
	pid = child_start(call_number, &(int){ 3 });
	msg = receive(ep, IPC_MSG);
	msg.op = 103;
	CHECK_ERRNO(mg_reply_recv(ep, &msg, 0), ETIMEDOUT);
	child_join(pid);

	TEST_BEGIN("no notification is lost between two looks");
	pid = child_start(notify_forever, NULL);
	for (uint64_t all = 0; all != (1ul << 50) - 1;)
		all |= receive(ep, IPC_NOTIFY).word[0];
	child_join(pid);
	while (mg_recv(ep, &msg, 0) == IPC_NOTIFY)
		;
	check_silent(ep);
}

int main(void)
{
	ep = endpoint();
	c = connection(ep, 1);
	test_order();
	test_timeout();
	test_wake();
	test_reply_recv_timeout();
	return TEST_END();
}
