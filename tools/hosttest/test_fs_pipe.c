/* SPDX-License-Identifier: MIT */
/*
 * The file server's pipes, with pretended clients who read and write at random, wait,
 * are interrupted, have bad windows, and die at any moment, in the middle of a copy or
 * just before the reply too.
 *
 * Writers send numbers that count up, so that order shows; each number whose write was
 * confirmed has to come out, once.
 */
#include <errno.h>
#include <mg/ipc.h>
#include <stdlib.h>
#include <string.h>

#include "tools/hosttest/hosttest.h"
#include "user/servers/fs/fs.h"

#define CLIENTS	   24
#define ROUNDS	   60
#define STEPS	   1500
#define WINDOW_MAX 65536
#define NUMBERS	   ((STEPS + 1) * WINDOW_MAX / 4) /* of a round, at most */
#define PIPE_BUF   4096

enum fate { UNKNOWN, CONFIRMED, SEEN };

static struct client {
	bool waits; /* for a reply; false: idle, or dead */
	bool writer, faulty;
	u64 token;
	u32 first;  /* writer: number */
	int result; /* -1: died before there was one */
	size_t len;
	u32 window[WINDOW_MAX / 4];
} clients[CLIENTS + 1]; /* the last one drains */

static struct server server;
static struct pipe *p;
static unsigned char fate[NUMBERS];
static u32 next_number;
static long last_seen;

static struct client *by_token(u64 token)
{
	for (int i = 0; i <= CLIENTS; i++)
		if (clients[i].waits && clients[i].token == token)
			return &clients[i];
	return NULL;
}

/* ---- what the server's frame and the kernel do ---- */

ssize_t mg_ipc_copy(int endpoint, uint64_t token, int window, size_t offset, void *buf, size_t n)
{
	struct client *c = by_token(token);

	(void)endpoint;
	CHECK_EQ(window, 0);
	if (c && n && rnd_below(3000) == 0)
		c->waits = false; /* dies */
	errno = !c || !c->waits ? ESRCH : n && c->faulty ? EFAULT : 0;
	if (errno)
		return -1;
	CHECK(offset <= c->len && n <= c->len - offset);
	if (n && c->writer)
		memcpy(buf, (char *)c->window + offset, n);
	else if (n)
		memcpy((char *)c->window + offset, buf, n);
	return (ssize_t)n;
}

ssize_t server_copy(struct server *s, struct ipc_message *m, int window, size_t offset, void *buf,
		    size_t n)
{
	ssize_t done = mg_ipc_copy(s->endpoint, m->token, window, offset, buf, n);

	return done < 0 ? -errno : done;
}

static void check_error(const struct client *c, int error)
{
	CHECK(error == -EAGAIN || error == -EINTR || (error == -EPIPE && c->writer) ||
	      (error == -EFAULT && c->faulty));
}

static void finished(struct client *c, int result)
{
	c->waits = false;
	c->result = result;
	if (result < 0) {
		check_error(c, result);
		return;
	}
	CHECK((size_t)result <= c->len);
	if (c->writer && c->len <= PIPE_BUF)
		CHECK_EQ(result, c->len);
	for (int i = 0; i < result / 4; i++) {
		u32 number = c->writer ? c->first + (u32)i : c->window[i];

		if (!c->writer) {
			CHECK((long)number > last_seen);
			last_seen = number;
		}
		if (fate[number] != SEEN)
			fate[number] = c->writer ? CONFIRMED : SEEN;
	}
}

bool server_reply(struct server *s, struct ipc_message *m, int result)
{
	struct client *c = by_token(m->token);

	CHECK(s == &server);
	if (c && rnd_below(2000) == 0)
		c->waits = false; /* dies */
	if (!c || !c->waits)
		return false;
	finished(c, result);
	return true;
}

static bool lost; /* the last reply */

void server_notify_watchers(struct server *s)
{
	(void)s;
}

void server_reply_last(struct server *s, const struct ipc_message *m, int result)
{
	CHECK(!lost);
	lost = !server_reply(s, (struct ipc_message *)m, result);
}

/* ---- clients ---- */

static void call(struct client *c, bool writer, size_t len, bool nonblock)
{
	static u64 last_token;
	struct ipc_message m = { .token = ++last_token, .window_len = { (u32)len } };
	int result;

	*c = (struct client){
		.waits = true, .writer = writer, .token = m.token, .result = -1, .len = len
	};
	c->faulty = rnd_below(200) == 0;
	c->first = next_number;
	for (size_t i = 0; writer && i < len / 4; i++)
		c->window[i] = next_number++;
	result =
		writer ? pipe_write(&server, &m, p, nonblock) : pipe_read(&server, &m, p, nonblock);
	if (result != SERVER_LATER && c->waits)
		finished(c, result);
	if (lost) {
		lost = false;
		pipe_undelivered(&server);
	}
}

static void disturb(struct client *c)
{
	switch (rnd_below(20)) {
	case 0:
		c->waits = false; /* dies */
		break;
	case 1:
		pipe_unblock(&server, p, c->token);
		CHECK(!c->waits);
		break;
	}
}

static int waiting(bool writer)
{
	int n = 0;

	for (int i = 0; i <= CLIENTS; i++)
		n += clients[i].waits && clients[i].writer == writer;
	return n;
}

/* The writer goes: nobody waits any more, and the rest can be read, to the end of file. */
static void drain(void)
{
	struct client *reader = &clients[CLIENTS];

	pipe_close(&server, p, true);
	CHECK_EQ(waiting(false), 0);
	do {
		call(reader, false, WINDOW_MAX, false);
		CHECK(!reader->waits);
	} while (reader->result);
	CHECK_EQ(waiting(true), 0);
	for (u32 i = 0; i < next_number; i++)
		CHECK(fate[i] != CONFIRMED);
	pipe_close(&server, p, false);
}

/* The reader goes: no writer waits any more. */
static void abandon(void)
{
	pipe_close(&server, p, false);
	CHECK_EQ(waiting(true), 0);
	call(&clients[0], true, 4, false);
	CHECK(!clients[0].waits);
	pipe_close(&server, p, true);
}

TEST(fs_pipe_random)
{
	for (int round = 0; round < ROUNDS; round++) {
		u64 writers = 1 + rnd_below(9);

		memset(fate, UNKNOWN, next_number);
		memset(clients, 0, sizeof(clients));
		next_number = 0;
		last_seen = -1;
		p = pipe_new();
		for (int i = 0; i < STEPS; i++) {
			struct client *c = &clients[rnd_below(CLIENTS)];
			size_t most = rnd_below(3) ? PIPE_BUF : WINDOW_MAX;

			if (c->waits)
				disturb(c);
			else
				call(c, rnd_below(10) < writers, 4 * (1 + rnd_below(most / 4)),
				     rnd_below(8) == 0);
		}
		if (rnd_below(2))
			drain();
		else
			abandon();
	}
}
