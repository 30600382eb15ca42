/* SPDX-License-Identifier: MIT */
/* Receive, serve, reply. */
#include "user/lib/server.h"

#include <errno.h>
#include <limits.h>
#include <merganser.h>
#include <mg/ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int server_open(struct server *s)
{
	s->endpoint = mg_endpoint_create();
	return s->endpoint < 0 ? -1 : 0;
}

int server_register(struct server *s)
{
	const unsigned int rights = RIGHT_CALL | RIGHT_NOTIFY; /* to see whether we are there */
	struct ipc_message m = { .op = IO_SERVE, .flags = 1, .rights = { rights } };
	int root = mg_connect(s->endpoint, 0, rights), ret;

	if (root < 0)
		return -1;
	m.handle[0] = root;
	ret = mg_call(HANDLE_ROOT, &m);
	close(root); /* m has the reply now: what it does not carry are numbers of init's table */
	if (!ret && m.op < 0) {
		errno = -m.op;
		ret = -1;
	}
	return ret;
}

int server_give_handle(struct server *s, struct ipc_message *m, int handle, unsigned int rights,
		       bool close)
{
	int n = m->flags & IPC_NR_HANDLES;

	if (n == IPC_HANDLES)
		return -EMFILE;
	m->handle[n] = handle;
	m->rights[n] = (uint8_t)rights;
	m->flags++;
	if (close)
		s->given[s->nr_given++] = handle;
	return 0;
}

int server_give(struct server *s, struct ipc_message *m, uint64_t badge)
{
	int handle = mg_connect(s->endpoint, badge, RIGHT_CALL);

	return handle < 0 ? -errno : server_give_handle(s, m, handle, RIGHT_CALL, true);
}

/* The reply has gone out, or never will: our own handles to what it gave are of no more use. */
static void drop_given(struct server *s)
{
	while (s->nr_given)
		close(s->given[--s->nr_given]);
}

/* Makes m the reply; what failed gives nothing. */
static void finish(struct ipc_message *m, int result)
{
	m->op = result;
	m->flags = result < 0 ? 0 : m->flags & IPC_NR_HANDLES;
}

bool server_reply(struct server *s, struct ipc_message *m, int result)
{
	bool there;

	finish(m, result);
	there = mg_reply(s->endpoint, m) == 0;
	drop_given(s);
	return there;
}

void server_reply_last(struct server *s, const struct ipc_message *m, int result)
{
	if (m != &s->message)
		s->message = *m;
	finish(&s->message, result);
	s->replying = s->replying_last = true;
}

void server_notify_watchers(struct server *s)
{
	while (s->nr_watchers) {
		int watcher = s->watchers[--s->nr_watchers];

		mg_notify(watcher, 1);
		close(watcher);
	}
}

/* Forgets clients that have given up; a notification of nothing tells. */
static void forget_dead_watchers(struct server *s)
{
	int kept = 0;

	for (int i = 0; i < s->nr_watchers; i++)
		if (mg_notify(s->watchers[i], 0))
			close(s->watchers[i]);
		else
			s->watchers[kept++] = s->watchers[i];
	s->nr_watchers = kept;
}

/*
 * Keeps the handle, which came with an IO_POLL.  When there are as many as can be, all are told to
 * ask again: nobody is refused because of others.
 */
static void watch(struct server *s, int handle)
{
	if (s->nr_watchers == SERVER_WATCHERS)
		forget_dead_watchers(s);
	if (s->nr_watchers == SERVER_WATCHERS)
		server_notify_watchers(s);
	s->watchers[s->nr_watchers++] = handle;
}

/* A request with handles, which are closed after it: a server that keeps one has made a copy. */
static __attribute__((noinline)) int serve_handles(struct server *s, struct ipc_message *m)
{
	int came = m->flags & IPC_NR_HANDLES, handle[IPC_HANDLES], result;
	bool polls = came == 1 && m->op == IO_POLL;

	memcpy(handle, m->handle, sizeof(handle));
	m->flags &= ~IPC_NR_HANDLES;
	result = s->serve(s, m);
	if (polls && result >= 0) {
		watch(s, handle[0]);
		return result;
	}
	for (int i = 0; i < came; i++)
		close(handle[i]);
	return result;
}

/* IO_FAIL_NTH, which no server has an answer of its own to. */
static int fail_nth(struct ipc_message *m)
{
	if (!(m->authorities & KCAP_CTL))
		return -EPERM;
	m->word[0] = mg_malloc_fail_nth(m->word[0]);
	m->word[1] = (uint64_t)mg_malloc_blocks();
	return 0;
}

/*
 * The reply goes out with the next recv, so that the client runs on at once; but not if it
 * gives something: our own handle to that must not stay open while nobody calls.
 */
static void serve(struct server *s, struct ipc_message *m)
{
	int result = m->flags & IPC_NR_HANDLES ? serve_handles(s, m) : s->serve(s, m);

	if (result == SERVER_LATER)
		return;
	if (result == -ENOSYS && m->op == IO_FAIL_NTH)
		result = fail_nth(m);
	if (s->nr_given) {
		server_reply(s, m, result);
		return;
	}
	finish(m, result);
	s->replying = true;
}

static void page_in(struct server *s, struct ipc_message *m)
{
	finish(m, s->page_in ? s->page_in(s, m) : -ENOSYS);
	s->replying = true;
}

int server_step(struct server *s, uint64_t timeout)
{
	struct ipc_message *m = &s->message;
	int type = s->replying ? mg_reply_recv(s->endpoint, m, timeout) :
				 mg_recv(s->endpoint, m, timeout);
	bool last;

	last = s->replying_last;
	s->replying = s->replying_last = false;
	if (type == IPC_MSG)
		serve(s, m);
	else if (type == IPC_PAGER)
		page_in(s, m);
	else if (type == IPC_CLOSED && s->closed)
		s->closed(s, m->badge);
	else if (type == IPC_UNBLOCK && s->unblock)
		s->unblock(s, m->token);
	else if (type == IPC_NOTIFY && s->notified)
		s->notified(s, m->word[0]);
	else if (type < 0 && errno == ESRCH && last)
		s->undelivered(s);
	return type < 0 && errno != EINTR && errno != ESRCH ? -1 : 0;
}

void server_run(struct server *s)
{
	if (!server_open(s) && !server_register(s))
		while (!server_step(s, IPC_FOREVER))
			;
	fprintf(stderr, "%s: cannot serve: %s\n", program_invocation_short_name, strerror(errno));
	exit(1);
}

int server_path(struct server *s, struct ipc_message *m, int window, char *path, size_t size)
{
	size_t len = m->window_len[window];

	if (len > size)
		return -ENAMETOOLONG;
	if (len && server_read(s, m, window, path, len) != (int)len)
		return -EFAULT;
	if (!len || memchr(path, '\0', len) != path + len - 1)
		return -EINVAL;
	return len == 1 ? -ENOENT : 0;
}

int server_give_path(struct server *s, struct ipc_message *m, const char *path)
{
	int len = (int)strlen(path) + 1, done = server_write(s, m, 1, path, (size_t)len);

	if (done < 0)
		return done;
	return done < len ? -ENAMETOOLONG : 0;
}

ssize_t server_copy(struct server *s, struct ipc_message *m, int window, size_t offset, void *buf,
		    size_t n)
{
	char *inside = (char *)&m->word[1] + offset;
	size_t room = m->window_len[window] - offset;
	ssize_t done;

	n = n < room ? n : room;
	if (window || !(m->flags & IPC_INLINE)) {
		done = mg_ipc_copy(s->endpoint, m->token, window, offset, buf, n);
		return done < 0 ? -errno : done;
	}
	if (m->flags & IPC_WRITABLE(0))
		memcpy(inside, buf, n);
	else
		memcpy(buf, inside, n);
	return (ssize_t)n;
}

int server_read(struct server *s, struct ipc_message *m, int window, void *buf, size_t n)
{
	return m->flags & IPC_WRITABLE(window) ? -EINVAL :
						 (int)server_copy(s, m, window, 0, buf, n);
}

int server_write(struct server *s, struct ipc_message *m, int window, const void *buf, size_t n)
{
	return m->flags & IPC_WRITABLE(window) ? (int)server_copy(s, m, window, 0, (void *)buf, n) :
						 -EINVAL;
}
