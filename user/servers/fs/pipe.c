/* SPDX-License-Identifier: MIT */
/*
 * Pipes: a ring of bytes, and two queues of clients that wait.
 *
 *	writers wait ──take()──► ring: start … start + used ──feed()──► readers wait
 *	(no room)                                                      (nothing there)
 *
 * A client that waits is a request that has got no reply; its window stays readable or
 * writable by its token, wherever the client's memory is.
 *
 * Invariants, between requests:
 *  1. A reader waits only while the ring is empty and there is a writer.
 *  2. A writer waits only for room: for all of a write of up to PIPE_BUF bytes, which
 *     therefore lies in the ring in one piece, else for some.
 *  3. Bytes leave the ring when their reader has got the reply: one that dies before
 *     loses nothing.  A write that its client did not live to see may be dropped.
 *
 * The rings of all pipes together are not larger than an eighth of the machine's memory.
 *
 * A client that has died is noticed when it is served; so that those that do nothing but
 * die cannot fill our memory, each one that joins a queue first has the dead removed.
 */
#include "user/servers/fs/fs.h"

#include <errno.h>
#include <mg/ipc.h>
#include <poll.h>
#include <stdlib.h>

#define PIPE_BUF 4096

struct waiter {
	struct waiter *next;
	struct ipc_message m;
	size_t done; /* writer: bytes in the ring */
};

struct pipe {
	char *ring;
	size_t start, used;  /* start grows; modulo PIPE_SIZE */
	bool reader, writer; /* there is a connection of that kind */
	struct waiter *readers, *writers;
	ino_t ino;
	struct timespec born;
};

unsigned int pipes_max = 128;

static unsigned int nr_pipes;

struct pipe *pipe_new(void)
{
	struct pipe *p;

	if (nr_pipes >= pipes_max) {
		errno = ENFILE;
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->ring = malloc(PIPE_SIZE);
	if (!p->ring) {
		free(p);
		return NULL;
	}
	nr_pipes++;
	p->reader = p->writer = true;
	p->ino = tree_new_ino();
	p->born = tree_now();
	return p;
}

static void serve_waiters(struct server *s, struct pipe *p);

/* ---- the queues ---- */

static struct waiter *spare; /* one that is free, or null: most often there is one at a time */

static void leave(struct waiter **queue)
{
	struct waiter *first = *queue;

	*queue = first->next;
	if (spare)
		free(spare);
	spare = first;
}

/* A copy of nothing: is the client still there? */
static bool has_gone(struct server *s, const struct ipc_message *m)
{
	return mg_ipc_copy(s->endpoint, m->token, 0, 0, NULL, 0) < 0;
}

/* Adds a request to the end of a queue: SERVER_LATER or -ENOMEM. */
static int join(struct server *s, struct waiter **queue, const struct ipc_message *m, size_t done)
{
	struct waiter *w = spare ? spare : malloc(sizeof(*w));

	if (!w)
		return -ENOMEM;
	spare = NULL;
	*w = (struct waiter){ .m = *m, .done = done };
	while (*queue)
		if (has_gone(s, &(*queue)->m))
			leave(queue);
		else
			queue = &(*queue)->next;
	*queue = w;
	return SERVER_LATER;
}

/* ---- the ring ---- */

/*
 * Copies n bytes between the ring, from place `at`, and window 0 from offset on.
 * Bytes, or -errno: -ESRCH even if some were copied.
 */
static __attribute__((always_inline)) inline int ring_copy(struct server *s, struct ipc_message *m,
							   struct pipe *p, size_t at, size_t offset,
							   size_t n)
{
	size_t from = at % PIPE_SIZE, len = n < PIPE_SIZE - from ? n : PIPE_SIZE - from;
	ssize_t done = server_copy(s, m, 0, offset, p->ring + from, len), more;

	if (done != (ssize_t)len || len == n)
		return (int)done;
	more = server_copy(s, m, 0, offset + len, p->ring, n - len);
	if (more < 0)
		return more == -ESRCH ? -ESRCH : (int)done;
	return (int)(done + more);
}

/* What the last reader has got, if it was there. */
static struct {
	struct pipe *pipe;
	size_t n;
} last_fed;

static void consume(struct server *s, struct pipe *p, size_t n)
{
	server_changed(s);
	p->start += n;
	p->used -= n;
}

void pipe_undelivered(struct server *s)
{
	struct pipe *p = last_fed.pipe;

	consume(s, p, -last_fed.n);
	serve_waiters(s, p);
}

/* Copies to a reader what there is for it: bytes, or -errno. */
static int give(struct server *s, struct pipe *p, struct ipc_message *m)
{
	size_t len = m->window_len[0];

	return ring_copy(s, m, p, p->start, 0, len < p->used ? len : p->used);
}

/* Serves a reader as the last thing to be done, and consumes what it has got. */
static void feed_last(struct server *s, struct pipe *p, struct ipc_message *m)
{
	int got = give(s, p, m);

	last_fed.pipe = p;
	last_fed.n = got > 0 ? (size_t)got : 0;
	consume(s, p, last_fed.n);
	server_reply_last(s, m, got);
}

/*
 * After a write into an empty ring for which one reader waits: the writer gets its reply, the
 * reader the bytes and the CPU.  On its way it will most likely come back with an answer.
 */
static bool pass_on(struct server *s, struct pipe *p, struct ipc_message *m, int result)
{
	struct waiter *w = p->readers;

	if (!w || w->next || p->writers || result <= 0)
		return false;
	server_reply(s, m, result);
	feed_last(s, p, &w->m);
	leave(&p->readers);
	return true;
}

/* Serves a reader, and consumes what it has got; false: there is nothing yet. */
static bool feed(struct server *s, struct pipe *p, struct ipc_message *m)
{
	int got;

	if (!p->used && p->writer)
		return false;
	got = give(s, p, m);
	if (server_reply(s, m, got) && got > 0)
		consume(s, p, (size_t)got);
	return true;
}

/* Takes from a write what there is room for, of which `done` bytes are in: bytes or -errno. */
static int take(struct server *s, struct pipe *p, struct ipc_message *m, size_t done)
{
	size_t n = m->window_len[0] - done, room = PIPE_SIZE - p->used;
	int got;

	if (!p->reader)
		return -EPIPE;
	if (n > room && m->window_len[0] <= PIPE_BUF)
		return 0;
	got = ring_copy(s, m, p, p->start + p->used, done, n < room ? n : room);
	if (got > 0) {
		p->used += (size_t)got;
		server_changed(s);
	}
	return got;
}

/* ---- who waits, in order ---- */

static void feed_readers(struct server *s, struct pipe *p)
{
	while (p->readers && feed(s, p, &p->readers->m))
		leave(&p->readers);
}

static void take_from_writers(struct server *s, struct pipe *p)
{
	struct waiter *w;
	int got;

	while ((w = p->writers)) {
		got = take(s, p, &w->m, w->done);
		if (!got)
			break;
		if (got > 0)
			w->done += (size_t)got;
		if (got > 0 && w->done < w->m.window_len[0])
			continue;
		server_reply(s, &w->m, w->done ? (int)w->done : got);
		leave(&p->writers);
	}
}

/* Serves all that wait, as far as it goes; each round gets bytes through the ring. */
static void serve_waiters(struct server *s, struct pipe *p)
{
	while (p->readers || p->writers) {
		take_from_writers(s, p);
		feed_readers(s, p);
		if (!p->readers || !p->writers)
			break;
	}
	if (p->writers)
		take_from_writers(s, p); /* the readers have made room */
}

/* ---- requests ---- */

int pipe_read(struct server *s, struct ipc_message *m, struct pipe *p, bool nonblock)
{
	if (!m->window_len[0])
		return 0;
	if (p->used && !p->writers) {
		feed_last(s, p, m);
		return SERVER_LATER;
	}
	if (!feed(s, p, m))
		return nonblock ? -EAGAIN : join(s, &p->readers, m, 0);
	serve_waiters(s, p);
	return SERVER_LATER; /* feed() has replied */
}

int pipe_write(struct server *s, struct ipc_message *m, struct pipe *p, bool nonblock)
{
	size_t len = m->window_len[0];
	int done = p->writers || !len ? 0 : take(s, p, m, 0), ret = done;

	if ((size_t)done == len && pass_on(s, p, m, done))
		return SERVER_LATER;
	if (done >= 0 && (size_t)done < len) {
		ret = nonblock ? -EAGAIN : join(s, &p->writers, m, (size_t)done);
		if (ret != SERVER_LATER && done)
			ret = done;
	}
	if (p->readers || p->writers)
		serve_waiters(s, p);
	return ret;
}

int pipe_poll(const struct pipe *p, bool writer)
{
	if (writer)
		return (!p->writers && PIPE_SIZE - p->used >= PIPE_BUF ? POLLOUT : 0) |
		       (p->reader ? 0 : POLLERR);
	return (p->used ? POLLIN : 0) | (p->writer ? 0 : POLLHUP);
}

/* Takes the waiter with this token out of its queue, with the bytes that are done or -EINTR. */
static void unblock(struct server *s, struct waiter **queue, uint64_t token)
{
	struct waiter *w;

	while ((w = *queue) && w->m.token != token)
		queue = &w->next;
	if (!w)
		return;
	server_reply(s, &w->m, w->done ? (int)w->done : -EINTR);
	leave(queue);
}

void pipe_unblock(struct server *s, struct pipe *p, uint64_t token)
{
	unblock(s, &p->readers, token);
	unblock(s, &p->writers, token);
	serve_waiters(s, p); /* a short write may have waited for a long one */
}

void pipe_stat(const struct pipe *p, struct stat *st)
{
	*st = (struct stat){ .st_dev = 1,
			     .st_ino = p->ino,
			     .st_mode = S_IFIFO | 0600,
			     .st_nlink = 1,
			     .st_blksize = PIPE_BUF,
			     .st_atim = p->born,
			     .st_mtim = p->born,
			     .st_ctim = p->born };
}

void pipe_close(struct server *s, struct pipe *p, bool writer)
{
	*(writer ? &p->writer : &p->reader) = false;
	server_changed(s);
	if (p->reader || p->writer) {
		serve_waiters(s, p);
		return;
	}
	while (p->readers)
		leave(&p->readers);
	while (p->writers)
		leave(&p->writers);
	free(p->ring);
	free(p);
	nr_pipes--;
}
