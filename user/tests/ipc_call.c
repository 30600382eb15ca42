/* SPDX-License-Identifier: MIT */
/*
 * Proves: a call carries its words and handles there and back, with the badge of
 * its connection and the pid of its sender; handles keep the rights that were
 * given, a full table is -EMFILE to the caller; a token is good for one reply;
 * wrong handles are refused in order.  See kernel/README.md, "A message".
 *
 * cpus: 1 2 4
 */
#include "ipc.h"

static int ep, c;

static void call_with_words(void *arg)
{
	struct ipc_message msg = { .op = 42 };

	(void)arg;
	for (int i = 0; i < IPC_WORDS; i++)
		msg.word[i] = page_word(1, (size_t)i);
	call_for(c, &msg, -7);
	for (int i = 0; i < IPC_WORDS; i++)
		CHECK_EQ(msg.word[i], page_word(2, (size_t)i), "word %d of the reply", i);
	CHECK_EQ(msg.pid, getppid(), "pid in the reply");
	CHECK(!msg.badge && !msg.token, "badge %lu, token %lu in the reply", msg.badge, msg.token);
}

static void test_words(void)
{
	struct ipc_message msg, stale;
	pid_t pid;

	TEST_BEGIN("words, badge and pid there and back");
	pid = child_start(call_with_words, NULL);
	msg = receive(ep, IPC_MSG);
	CHECK_EQ(msg.op, 42, "op");
	CHECK_EQ(msg.badge, 0xbad9e, "badge");
	CHECK_EQ(msg.pid, pid, "pid of the sender");
	for (int i = 0; i < IPC_WORDS; i++) {
		CHECK_EQ(msg.word[i], page_word(1, (size_t)i), "word %d", i);
		msg.word[i] = page_word(2, (size_t)i);
	}
	answer(ep, &msg, -7);
	stale = msg;
	child_join(pid);

	TEST_BEGIN("a token is good for one reply");
	CHECK_ERRNO(mg_reply(ep, &stale), ESRCH);
	pid = child_start(call_with_words, NULL);
	msg.token = receive(ep, IPC_MSG).token;
	CHECK_ERRNO(mg_reply(ep, &stale), ESRCH);
	answer(ep, &msg, -7);
	msg.token++;
	CHECK_ERRNO(mg_reply(ep, &msg), ESRCH);
	msg.token = 0;
	CHECK_ERRNO(mg_reply_recv(ep, &msg, 0), ESRCH);
	child_join(pid);
}

/* ---- handles ---- */

#define SIZE 100

static void call_with_handles(void *arg)
{
	struct ipc_message msg = { .flags = 2 };
	int vmo = mg_vmo_create(SIZE);
	char text[4] = "";

	(void)arg;
	mg_vmo_write(vmo, "abc", 4, 0);
	msg.handle[0] = vmo;
	msg.rights[0] = RIGHT_READ;
	msg.handle[1] = c;
	msg.rights[1] = 0xff;
	call_for(c, &msg, 0);
	CHECK_EQ(msg.flags & IPC_NR_HANDLES, 1, "handles in the reply");
	CHECK_EQ(mg_vmo_read(msg.handle[0], text, 4, 0), 4, "read of the object that came back");
	CHECK(!strcmp(text, "xyz"), "it holds '%s'", text);
	CHECK_EQ(mg_vmo_size(vmo), SIZE, "size of the object that was sent: its handle stays");
}

static void test_handles(void)
{
	struct ipc_message msg;
	int vmo = mg_vmo_create(SIZE);
	char text[4] = "";
	pid_t pid;

	TEST_BEGIN("handles there and back, with the rights that were given");
	mg_vmo_write(vmo, "xyz", 4, 0);
	pid = child_start(call_with_handles, NULL);
	msg = receive(ep, IPC_MSG);
	CHECK_EQ(msg.flags & IPC_NR_HANDLES, 2, "handles in the message");
	CHECK_EQ(mg_vmo_read(msg.handle[0], text, 4, 0), 4, "read");
	CHECK(!strcmp(text, "abc"), "the object holds '%s'", text);
	CHECK_ERRNO(mg_vmo_write(msg.handle[0], text, 4, 0), EACCES);
	CHECK(!mg_notify(msg.handle[1], 1), "the connection that came: %s", strerror(errno));
	receive(ep, IPC_NOTIFY);
	close(msg.handle[0]);
	close(msg.handle[1]);
	msg.flags = 1;
	msg.handle[0] = vmo;
	msg.rights[0] = RIGHT_READ;
	msg.op = 0;
	CHECK(!mg_reply(ep, &msg), "reply: %s", strerror(errno));
	child_join(pid);
	close(vmo);
}

static void call_with_vmo(void *arg)
{
	struct ipc_message msg = { .flags = IPC_HANDLES, .rights = { 1, 1, 1, 1 } };

	for (int i = 0; i < IPC_HANDLES; i++)
		msg.handle[i] = HANDLE_INITRD;
	CHECK_ERRNO(mg_call(c, &msg), EMFILE);
	msg.flags = 0;
	call_for(c, &msg, *(int *)arg);
}

/* Fills the table but for n slots; the first handle that it took. */
static int fill_table(int n)
{
	int first = dup(HANDLE_INITRD), last = first;

	while (last >= 0 && last < 255 - n)
		last = dup(HANDLE_INITRD);
	return first;
}

static void empty_table(int first)
{
	for (int i = first; i < 256; i++)
		if (i != ep && i != c)
			close(i);
}

static void test_full(void)
{
	struct ipc_message msg, reply = { .flags = 2, .rights = { 1, 1 } };
	int status = 5, first;
	pid_t pid;

	TEST_BEGIN("too many handles for the server: the caller hears of it, not the server");
	pid = child_start(call_with_vmo, &status);
	first = fill_table(3);
	msg = receive(ep, IPC_MSG);
	CHECK_EQ(msg.flags & IPC_NR_HANDLES, 0, "the second call, without handles");
	CHECK(dup(HANDLE_INITRD) >= 0 && dup(HANDLE_INITRD) >= 0 && dup(HANDLE_INITRD) >= 0,
	      "three slots are still free");
	empty_table(first);
	answer(ep, &msg, status);
	child_join(pid);

	TEST_BEGIN("too many handles for the caller: -EMFILE, and none is kept");
	pid = fork();
	if (!pid) {
		fill_table(1);
		test.failed = false;
		memset(&msg, 0, sizeof(msg));
		CHECK_ERRNO(mg_call(c, &msg), EMFILE);
		CHECK(dup(HANDLE_INITRD) >= 0, "one slot is still free");
		CHECK_ERRNO(dup(HANDLE_INITRD), EMFILE);
		_exit(test.failed);
	}
	msg = receive(ep, IPC_MSG);
	reply.token = msg.token;
	reply.handle[0] = reply.handle[1] = HANDLE_INITRD;
	CHECK(!mg_reply(ep, &reply), "reply: %s", strerror(errno));
	child_join(pid);
}

/* ---- what is refused ---- */

static void test_refusals(void)
{
	struct ipc_message msg = { .flags = 1 };
	int only_call = mg_connect(ep, 1, RIGHT_CALL),
	    only_notify = mg_connect(ep, 2, RIGHT_NOTIFY);

	TEST_BEGIN("no handle, wrong type, missing right, in this order");
	CHECK_ERRNO(mg_call(200, &msg), EBADF);
	CHECK_ERRNO(mg_call(ep, &msg), EINVAL);
	CHECK_ERRNO(mg_call(HANDLE_INITRD, &msg), EINVAL);
	CHECK_ERRNO(mg_call(only_notify, &msg), EACCES);
	CHECK_ERRNO(mg_notify(only_call, 1), EACCES);
	CHECK_ERRNO(mg_notify(ep, 1), EINVAL);
	CHECK_ERRNO(mg_recv(c, &msg, 0), EINVAL);
	CHECK_ERRNO(mg_recv(200, &msg, 0), EBADF);
	CHECK_ERRNO(mg_connect(c, 0, RIGHT_CALL), EINVAL);
	CHECK_ERRNO(mg_connect(ep, 0, 0), EINVAL);
	CHECK_ERRNO(mg_connect(ep, 0, RIGHT_READ), EINVAL);

	TEST_BEGIN("a message that is none");
	msg = (struct ipc_message){ .flags = 1, .handle = { 200 } };
	CHECK_ERRNO(mg_call(c, &msg), EBADF);
	msg.handle[0] = ep; /* it may not leave this process */
	CHECK_ERRNO(mg_call(c, &msg), EINVAL);
	msg.flags = IPC_HANDLES + 1;
	CHECK_ERRNO(mg_call(c, &msg), EINVAL);
	msg.flags = 0x80;
	CHECK_ERRNO(mg_call(c, &msg), EINVAL);
	msg.flags = 0;
	msg.window_len[1] = IPC_WINDOW_MAX + 1;
	CHECK_ERRNO(mg_call(c, &msg), EINVAL);
	CHECK_ERRNO(
		mg_call(c,
			(void *)"a constant is no place for a reply, although it is long enough "
				"for a message: one hundred and twenty-eight bytes, and then some"),
		EFAULT);
	close(only_call);
	close(only_notify);
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 1, "badge of the first to be closed");
	CHECK_EQ(receive(ep, IPC_CLOSED).badge, 2, "badge of the second");
	check_silent(ep);
}

int main(void)
{
	ep = endpoint();
	c = connection(ep, 0xbad9e);
	test_words();
	test_handles();
	test_full();
	test_refusals();
	check_mm();
	return TEST_END();
}
