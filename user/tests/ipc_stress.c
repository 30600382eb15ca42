/* SPDX-License-Identifier: MIT */
/*
 * Proves: messages, windows and handles from many clients at once, with fork, COW,
 * merging and kills going on, lose no byte and mix up no two clients; nothing stays
 * behind.  See kernel/README.md, "A message".
 *
 * cpus: 1 2 4
 * timeout: 120
 * suite: test
 */
#include "ipc.h"
#include "merge.h"

#define CLIENTS 4
#define CALLS	400
#define PAGES	4
#define TAGS	5 /* few contents, so that all merges */

static int ep, c;
static uint64_t state;

static size_t pick(size_t n)
{
	return (size_t)(next_random(&state) % n);
}

/*
 * The server: word 0 is a tag.  op 0: fills the window with pages of this tag; op 1:
 * checks that the window holds it, status 1 if so; op 2: sends back the handle it got;
 * op 3: as 1 through a memory object.
 */
static void handle_call(struct ipc_message *msg, char *pages, int vmo)
{
	uint64_t tag = msg->word[0];
	size_t n = msg->window_len[0], offset = msg->word[1];
	bool good = true;

	for (size_t i = 0; msg->op == 0 && i <= PAGES; i++)
		page_fill(pages + i * PAGE, tag);
	if (msg->op < 2)
		good = mg_ipc_copy(ep, msg->token, 0, 0, pages + offset, n) == (ssize_t)n;
	if (msg->op == 3)
		good = mg_ipc_vmo_copy(ep, msg->token, 0, 0, vmo, (off_t)offset, n) == (ssize_t)n &&
		       mg_vmo_read(vmo, pages + offset, n, (off_t)offset) == (ssize_t)n;
	if (msg->op == 1 || msg->op == 3)
		for (size_t i = 0; i < n && good; i += 8)
			good = *(uint64_t *)(pages + offset + i) ==
			       page_word(tag, (offset + i) % PAGE / 8);
	msg->flags &= IPC_NR_HANDLES;
	msg->word[2] = good;
}

static void server(int ready)
{
	struct ipc_message msg = { .flags = 1, .rights = { 0xff } };
	char *pages = map_offered(PAGES + 1, 0);
	int vmo = mg_vmo_create((PAGES + 1) * PAGE), own, sent[IPC_HANDLES], type;

	ep = endpoint();
	msg.handle[0] = own = connection(ep, 8);
	call_for(ready, &msg, 0);
	close(own);
	close(ready);
	type = mg_recv(ep, &msg, IPC_FOREVER);
	while (type == IPC_MSG || errno == ESRCH) {
		unsigned int n;

		if (type == IPC_MSG)
			handle_call(&msg, pages, vmo);
		n = type == IPC_MSG ? msg.flags & IPC_NR_HANDLES : 0;
		memcpy(sent, msg.handle, sizeof(sent));
		type = type == IPC_MSG ? mg_reply(ep, &msg) : 0;
		for (unsigned int i = 0; i < n; i++)
			close(sent[i]);
		errno = 0;
		type = mg_recv(ep, &msg, IPC_FOREVER);
	}
	CHECK_EQ(type, IPC_CLOSED, "the last message, errno %d", errno);
	fflush(NULL);
	_exit(test.failed);
}

static char *area;
static uint64_t tags[PAGES + 1];

/* The window: some bytes within pages of one tag, not at a page border as a rule. */
static bool call_on(size_t page, int op)
{
	size_t start = pick(PAGE / 8) * 8, n = pick((PAGE - start) / 8 + 1) * 8;
	struct ipc_message msg = {
		.op = op,
		.flags = op ? 0 : IPC_WRITABLE(0),
		.word = { tags[page], start, 0, 0, 0, 0, next_random(&state) },
		.window = { (uint64_t)area + page * PAGE + start },
		.window_len = { (uint32_t)n },
	};
	uint64_t last = msg.word[6];

	if (!op) { /* whole pages change their tag */
		msg.window[0] -= start;
		msg.window_len[0] = PAGE;
		msg.word[0] = tags[page] = pick(TAGS);
		msg.word[1] = 0;
	}
	return CHECK(!mg_call(c, &msg), "call: %s", strerror(errno)) &&
	       CHECK(msg.word[2] == 1, "op %d on page %zu, %zu bytes: the server says no", op, page,
		     n) &&
	       CHECK_EQ(msg.word[6], last, "the last word");
}

static void call_with_handle(void)
{
	uint64_t secret = next_random(&state), seen = 0;
	struct ipc_message msg = { .op = 2, .flags = 1, .rights = { RIGHT_READ } };
	int vmo = mg_vmo_create(8);

	mg_vmo_write(vmo, &secret, 8, 0);
	msg.handle[0] = vmo;
	if (CHECK(!mg_call(c, &msg), "call: %s", strerror(errno))) {
		CHECK_EQ(mg_vmo_read(msg.handle[0], &seen, 8, 0), 8, "read");
		CHECK_EQ(seen, secret, "what came back");
		close(msg.handle[0]);
	}
	close(vmo);
}

static void check_all(void)
{
	for (size_t i = 0; i < PAGES; i++)
		CHECK(page_holds(area + i * PAGE, tags[i]), "page %zu holds tag %lu", i, tags[i]);
}

static void work(int steps);

static void grandchild(void *arg)
{
	state += (uint64_t)getpid();
	work(*(int *)arg);
}

static void work(int steps)
{
	while (steps-- > 0 && !test.failed) {
		size_t page = pick(PAGES), what = pick(24);
		int share = 5;

		if (what < 6)
			call_on(page, 0);
		else if (what < 11)
			call_on(page, 1);
		else if (what < 13)
			call_on(page, 3);
		else if (what < 15)
			call_with_handle();
		else if (what < 18)
			page_fill(area + page * PAGE, tags[page] = pick(TAGS));
		else if (what < 19 && steps > share)
			child_join(child_start(grandchild, &share));
		else if (what < 20)
			end_child(child_start(grandchild, &share)); /* anywhere in a call */
		else
			usleep(1000); /* time for pksmd */
	}
	check_all();
}

static void client(void *arg)
{
	state = *(uint64_t *)arg;
	area = map_offered(PAGES, 0);
	for (size_t i = 0; i < PAGES; i++)
		tags[i] = i;
	work(CALLS);
}

int main(void)
{
	int hello = endpoint(), ready = connection(hello, 0);
	uint64_t seed = test_seed(), merges;
	struct ipc_message msg;
	pid_t pid[CLIENTS], server_pid;

	merge_begin();
	merges = pksm_stat().merges;
	TEST_BEGIN("calls from everywhere while everything merges");
	server_pid = fork();
	if (!server_pid)
		server(ready);
	msg = receive(hello, IPC_MSG);
	c = msg.handle[0];
	answer(hello, &msg, 0);
	close(hello);
	close(ready);
	set_knob(KNOB_CHECK_EVERY, 200);
	for (uint64_t i = 0; i < CLIENTS; i++) {
		uint64_t own = seed * 1000 + i;

		pid[i] = child_start(client, &own);
	}
	for (int i = 0; i < CLIENTS; i++)
		child_join(pid[i]);
	set_knob(KNOB_CHECK_EVERY, 0);
	close(c);
	child_join(server_pid);
	merges = pksm_stat().merges - merges;
	CHECK(merges > 20, "%lu merges meanwhile", merges);
	mg_test_log("# %lu merges", merges);
	merge_end();
	return TEST_END();
}
