/* SPDX-License-Identifier: MIT */
/* What a call costs: from a client to a server on the same processor and back. */
#include <mg/ipc.h>

#include "bench.h"

#define ROUNDS 10000

/* Answers with the word it was sent, plus one. */
static void serve(int ready)
{
	int ep = mg_endpoint_create(), own;
	struct ipc_message msg = { .flags = 1, .rights = { 0xff } };

	msg.handle[0] = own = mg_connect(ep, 7, RIGHT_CALL);
	must(!mg_call(ready, &msg));
	close(own);
	close(ready);
	for (int type = mg_recv(ep, &msg, IPC_FOREVER); type == IPC_MSG;) {
		msg.word[0]++;
		type = mg_reply_recv(ep, &msg, IPC_FOREVER);
	}
	_exit(0);
}

int main(void)
{
	int ep = mg_endpoint_create(), own = mg_connect(ep, 0, RIGHT_CALL), server;
	struct ipc_message msg = { 0 };
	struct cost start, c;
	pid_t pid = fork();

	if (!pid)
		serve(own);
	must(mg_recv(ep, &msg, IPC_FOREVER) == IPC_MSG);
	server = msg.handle[0];
	msg.flags = 0;
	must(!mg_reply(ep, &msg));
	must(!mg_call(server, &msg)); /* once, for what is only touched the first time */
	msg.word[0] = 0;
	start = begin();
	for (int i = 0; i < ROUNDS; i++)
		must(!mg_call(server, &msg));
	c = end(&start);
	must(msg.word[0] == ROUNDS);
	report("ipc_call", &c, ROUNDS, "call, reply_recv, no window, 2 switches");
	close(server);
	wait_for(pid);
	return 0;
}
