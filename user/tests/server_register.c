/* SPDX-License-Identifier: MIT */
/*
 * Proves: a server that has told init where its root is closes its own handle to that, and none
 * that init's answer happens to name: what a reply does not carry are numbers of another's table.
 * See user/lib/server.c.
 *
 * cpus: 2
 * suite: test
 */
#include <fcntl.h>
#include <pthread.h>

#include "ipc.h"
#include "libc/src/sys.h"
#include "test.h"
#include "user/lib/server.c"

static int names; /* endpoint of the thread that plays init */
static volatile int got = -1;

/* As init does: the answer is the question, with another op and no handles. */
static void *play_init(void *unused)
{
	struct ipc_message m;

	names = endpoint();
	step_page.at = 1;
	CHECK_EQ(mg_recv(names, &m, IPC_FOREVER), IPC_MSG, "recv: %s", strerror(errno));
	CHECK_EQ(m.flags & IPC_NR_HANDLES, 1, "handles that came");
	got = m.handle[0];
	m.op = 0;
	m.flags = 0;
	CHECK(!mg_reply(names, &m), "reply: %s", strerror(errno));
	return unused;
}

static int open_handles(void)
{
	int n = 0;

	for (int h = 0; h < 256; h++)
		n += fcntl(h, F_GETFD) >= 0;
	return n;
}

static void be_server(void *unused)
{
	struct server s = { 0 };
	pthread_t t;
	int c, before;

	(void)unused;
	CHECK(!pthread_create(&t, NULL, play_init, NULL), "pthread_create");
	wait_until(step_page.at == 1, "there is no init");
	c = connection(names, 1);
	REQUIRE(sys_handle_dup(c, HANDLE_ROOT) >= 0, "there is no other name space");
	REQUIRE(!server_open(&s), "open: %s", strerror(errno));
	before = open_handles();
	CHECK(!server_register(&s), "register: %s", strerror(errno));
	pthread_join(t, NULL);
	CHECK(!mg_notify(got, 1), "what init has got is open: %s", strerror(errno));
	CHECK_EQ(open_handles(), before + 1, "handles: those before, and init's");
	close(got);
}

int main(void)
{
	TEST_BEGIN("a server closes its own handle to its root, whatever init answers");
	child_join(child_start(be_server, NULL));
	return TEST_END();
}
