/* SPDX-License-Identifier: MIT */
/*
 * Proves: a server that dies or closes its endpoint ends all calls there with
 * -EPIPE, received or not; a client that dies in the middle leaves a stale token,
 * queued or received; CLOSED comes once, with the last handle of a connection,
 * whatever fork, dup, messages and exits there were.  Circles of calls are
 * -EDEADLK to whoever closes them.  See kernel/README.md, "A message".
 *
 * cpus: 1 2 4
 */
#include "ipc.h"
#include "sigtest.h"

#define CLIENTS 6

static int ep, c;

static void call_in_vain(void *arg)
{
	struct ipc_message msg = { 0 };

	(void)arg;
	CHECK_ERRNO(mg_call(c, &msg), EPIPE);
	CHECK_ERRNO(mg_call(c, &msg), EPIPE);
	CHECK_ERRNO(mg_notify(c, 1), EPIPE);
}

/* Serves until CLIENTS calls wait, half of them received; then goes in the way asked for. */
static void serve_and_go(bool by_exit)
{
	struct ipc_message msg;
	pid_t pid[CLIENTS];

	ep = endpoint();
	c = connection(ep, 1);
	for (int i = 0; i < CLIENTS; i++)
		pid[i] = child_start(call_in_vain, NULL);
	for (int i = 0; i < CLIENTS / 2; i++)
		msg = receive(ep, IPC_MSG);
	if (by_exit)
		return;
	close(ep);
	CHECK_ERRNO(mg_reply(ep, &msg), EBADF);
	for (int i = 0; i < CLIENTS; i++)
		child_join(pid[i]);
	call_in_vain(NULL);
	close(c);
}

/* The server is a child of ours, its clients grandchildren that outlive it. */
static void server(void *arg)
{
	(void)arg;
	serve_and_go(true);
	step(1);
}

static void test_server_goes(void)
{
	pid_t pid;

	TEST_BEGIN("an endpoint is closed: -EPIPE to all who call");
	serve_and_go(false);

	TEST_BEGIN("a server is killed: -EPIPE to all who call");
	ep = endpoint();
	c = connection(ep, 99);
	{
		int mine = ep, pledge = c; /* the clients have it too: CLOSED when all have ended */

		pid = child_start(server, NULL);
		step_wait(pid, 1);
		end_child(pid);
		close(pledge);
		CHECK_EQ(receive(mine, IPC_CLOSED).badge, 99,
			 "badge, when the last client has ended");
		close(mine);
	}
}

/* ---- a client goes ---- */

static void call_forever(void *arg)
{
	struct ipc_message msg = { .flags = 1, .handle = { c }, .rights = { 0xff } };

	(void)arg;
	mg_call(c, &msg);
	exit(1); /* not reached */
}

static void test_client_goes(void)
{
	struct ipc_message msg, late;
	pid_t first, second;

	TEST_BEGIN("a client is killed after its call was received, another one before");
	ep = endpoint();
	c = connection(ep, 3);
	first = child_start(call_forever, NULL);
	msg = receive(ep, IPC_MSG);
	second = child_start(call_forever, NULL);
	wait_asleep_in(second); /* in its call, after the first one */
	end_child(second);
	check_silent(ep);
	end_child(first);
	CHECK_ERRNO(mg_ipc_copy(ep, msg.token, 0, 0, &late, 1), ESRCH);
	CHECK_ERRNO(mg_reply(ep, &msg), ESRCH);
	close(msg.handle[0]);
	close(c);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 3, "badge");
	check_silent(ep);
	close(ep);
}

static void test_kill_race(void)
{
	TEST_BEGIN("a client is killed at any moment of its calls");
	ep = endpoint();
	c = connection(ep, 3);
	for (int i = 0; i < 60; i++) {
		pid_t pid = child_start(call_forever, NULL);
		struct ipc_message msg = { 0 };

		for (volatile int n = 0; n < i * 500; n++)
			;
		CHECK(!kill(pid, SIGKILL), "kill: %s", strerror(errno));
		if (mg_recv(ep, &msg, 1000000) == IPC_MSG) {
			close(msg.handle[0]);
			msg.flags = 0;
			CHECK(!mg_reply(ep, &msg) || errno == ESRCH, "reply: %s", strerror(errno));
		}
		CHECK_EQ(waitpid(pid, NULL, 0), pid, "wait");
	}
	check_silent(ep);
	close(c);
	receive(ep, IPC_CLOSED);
	check_silent(ep);
	close(ep);
}

/* ---- CLOSED ---- */

static void hold_and_go(void *arg)
{
	int copy = dup(c);

	if (*(int *)arg)
		close(copy);
	if (*(int *)arg > 1)
		close(c);
}

static void send_connection(void *arg)
{
	struct ipc_message msg = { .flags = 2, .handle = { c, c }, .rights = { 0xff, 0xff } };

	(void)arg;
	call_for(c, &msg, 0);
}

static void test_closed(void)
{
	struct ipc_message msg;
	pid_t pid[3];
	int copy;

	TEST_BEGIN("CLOSED once, after the last handle");
	ep = endpoint();
	c = connection(ep, 0xc105ed);
	copy = dup(c);
	for (int i = 0; i < 3; i++)
		pid[i] = child_start(hold_and_go, &i);
	for (int i = 0; i < 3; i++)
		child_join(pid[i]);
	check_silent(ep);
	pid[0] = child_start(send_connection, NULL);
	msg = receive(ep, IPC_MSG);
	close(c);
	close(copy);
	answer(ep, &msg, 0);
	child_join(pid[0]);
	check_silent(ep);
	close(msg.handle[0]);
	check_silent(ep);
	close(msg.handle[1]);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 0xc105ed, "badge");
	check_silent(ep);
	close(ep);

	TEST_BEGIN("an endpoint that goes with CLOSED messages unread");
	ep = endpoint();
	for (int i = 0; i < 5; i++)
		close(connection(ep, 1));
	close(ep);
}

/* ---- circles ---- */

/* A process with an endpoint of its own, which calls the next one's when it is called. */
static void link_of_chain(void *arg)
{
	int own = endpoint(), next = -1, length = *(int *)arg;
	struct ipc_message msg = { .flags = 1, .rights = { 0xff } };

	msg.handle[0] = connection(own, 0);
	call_for(c, &msg, 0); /* hands it in, and gets the one to call */
	next = msg.handle[0];
	msg = receive(own, IPC_MSG);
	if (msg.op == length) {
		CHECK_ERRNO(mg_call(next, &(struct ipc_message){ 0 }), EDEADLK);
	} else {
		struct ipc_message on = { .op = msg.op + 1 };

		call_for(next, &on, 33);
	}
	answer(own, &msg, 33);
}

/* n processes in a circle; the last one closes it. */
static void circle(int n)
{
	struct ipc_message msg[3];
	int handle[3];
	pid_t pid[3];

	ep = endpoint();
	c = connection(ep, 0);
	for (int i = 0; i < n; i++) {
		pid[i] = child_start(link_of_chain, &n);
		msg[i] = receive(ep, IPC_MSG);
		handle[i] = msg[i].handle[0];
	}
	for (int i = 0; i < n; i++) {
		msg[i].flags = 1;
		msg[i].op = 0;
		msg[i].rights[0] = 0xff;
		msg[i].handle[0] = handle[(i + 1) % n];
		CHECK(!mg_reply(ep, &msg[i]), "reply: %s", strerror(errno));
	}
	msg[0] = (struct ipc_message){ .op = 1 };
	call_for(handle[0], &msg[0], 33);
	for (int i = 0; i < n; i++) {
		child_join(pid[i]);
		close(handle[i]);
	}
	close(c);
	close(ep);
}

static void test_deadlock(void)
{
	struct ipc_message msg = { 0 };

	TEST_BEGIN("a call to oneself");
	ep = endpoint();
	c = connection(ep, 0);
	CHECK_ERRNO(mg_call(c, &msg), EDEADLK);
	check_silent(ep);
	close(c);
	close(ep);
	TEST_BEGIN("circles of two and of three");
	circle(2);
	circle(3);
}

int main(void)
{
	test_server_goes();
	test_client_goes();
	test_kill_race();
	test_closed();
	test_deadlock();
	check_mm();
	return TEST_END();
}
