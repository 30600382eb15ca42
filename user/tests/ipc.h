/* SPDX-License-Identifier: MIT */
/* What the tests of messages have in common: an endpoint here, clients in children. */
#pragma once

#include <mg/ipc.h>

#include "test.h"

static inline int endpoint(void)
{
	int ep = mg_endpoint_create();

	REQUIRE(ep >= 0, "endpoint_create: %s", strerror(errno));
	return ep;
}

static inline int connection(int ep, uint64_t badge)
{
	int c = mg_connect(ep, badge, RIGHT_CALL | RIGHT_NOTIFY);

	REQUIRE(c >= 0, "connect: %s", strerror(errno));
	return c;
}

/* Receives a message of this type, now or later. */
static inline struct ipc_message receive(int ep, enum ipc_type type)
{
	struct ipc_message msg;

	CHECK_EQ(mg_recv(ep, &msg, IPC_FOREVER), type, "type of the message, errno %d", errno);
	return msg;
}

/* Nothing waits at the endpoint. */
static inline void check_silent(int ep)
{
	struct ipc_message msg;

	CHECK_ERRNO(mg_recv(ep, &msg, 0), ETIMEDOUT);
}

/* Answers a call with status op and no handles. */
static inline void answer(int ep, struct ipc_message *msg, int op)
{
	msg->op = op;
	msg->flags = 0;
	CHECK(!mg_reply(ep, msg), "reply: %s", strerror(errno));
}

/* Calls and checks the status of the reply. */
static inline void call_for(int c, struct ipc_message *msg, int op)
{
	if (CHECK(!mg_call(c, msg), "call: %s", strerror(errno)))
		CHECK_EQ(msg->op, op, "status of the reply");
}

/* Ends a child that is blocked or does not matter any more. */
static inline void end_child(pid_t pid)
{
	CHECK(!kill(pid, SIGKILL), "kill %d: %s", pid, strerror(errno));
	CHECK_EQ(waitpid(pid, NULL, 0), pid, "wait for %d", pid);
}
