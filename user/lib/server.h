/* SPDX-License-Identifier: MIT */
/*
 * The frame of a server of files (<mg/io.h>): an endpoint whose root connection
 * init hands out, and a loop that receives, serves and replies.
 *
 *	static int serve(struct server *s, struct ipc_message *m)
 *	{
 *		switch (m->op) {
 *		case IO_READ:
 *			return server_write(s, m, 0, text, n);
 *		…
 *	}
 *
 * Nothing that a client sends is believed: op, words, windows and paths are
 * checked here or by whoever uses them.
 */
#pragma once

#include <mg/io.h>
#include <stdbool.h>
#include <sys/types.h>

/* What serve() returns when it keeps a copy of the message, for server_reply(). */
#define SERVER_LATER (-9999)

#define SERVER_WATCHERS 1024

struct server {
	/*
	 * Serves one request: the result, or -errno, or SERVER_LATER.  m becomes the
	 * reply: words may be set, handles given by server_give().
	 */
	int (*serve)(struct server *s, struct ipc_message *m);
	/* The same for a page of an object of which this process is the pager; null: is none. */
	int (*page_in)(struct server *s, struct ipc_message *m);
	void (*closed)(struct server *s, uint64_t badge);  /* may be null */
	void (*notified)(struct server *s, uint64_t bits); /* may be null */
	/* A signal came for a caller that waits for its answer: soon, -EINTR or the result. */
	void (*unblock)(struct server *s, uint64_t token); /* null: nobody ever waits */
	void (*undelivered)(
		struct server *s); /* who should have got server_reply_last() has gone */
	int endpoint;
	int given[IPC_HANDLES]; /* our own handles to what the reply gives */
	int nr_given;
	struct ipc_message message;    /* in hand */
	bool replying;		       /* it is the reply to go out next */
	bool replying_last;	       /* by server_reply_last() */
	int watchers[SERVER_WATCHERS]; /* connections to be notified */
	int nr_watchers;
};

/* Makes the endpoint.  0, or -1 with errno. */
int server_open(struct server *s);
/* Gives init a root connection (badge 0), and so begins to be found.  0, or -1 with errno. */
int server_register(struct server *s);
/*
 * Receives and serves one message, waiting at most timeout ns; a signal ends the wait too.
 * 0, or -1 with errno (ETIMEDOUT).
 */
int server_step(struct server *s, uint64_t timeout);
/* server_open(), server_register(), and server_step() for ever; exits when it cannot go on. */
_Noreturn void server_run(struct server *s);

/* Answers a message that was left for later; false: the client has gone. */
bool server_reply(struct server *s, struct ipc_message *m, int result);
/*
 * The same, for the last thing that serve() does: that client runs on at once, in our place.
 * If the client has gone, undelivered() is told before anything else comes.
 */
void server_reply_last(struct server *s, const struct ipc_message *m, int result);
/* Something that IO_POLL tells of has changed: whoever waits for that is to ask again. */
void server_notify_watchers(struct server *s);
static inline void server_changed(struct server *s)
{
	if (s->nr_watchers)
		server_notify_watchers(s);
}
/* Adds to the reply a handle to a new connection with this badge.  0 or -errno. */
int server_give(struct server *s, struct ipc_message *m, uint64_t badge);
/* Adds to the reply a copy of our handle, with these rights; `close`: ours is closed after it. */
int server_give_handle(struct server *s, struct ipc_message *m, int handle, unsigned int rights,
		       bool close);

/* Copies the path in a window: 0, -ENAMETOOLONG, -ENOENT if empty, -EINVAL if no NUL, -EFAULT. */
int server_path(struct server *s, struct ipc_message *m, int window, char *path, size_t size);
/* Fills window 1 with a path and its NUL.  0, -ENAMETOOLONG it does not fit, -errno. */
int server_give_path(struct server *s, struct ipc_message *m, const char *path);
/*
 * Copies n bytes between a window, from offset on, and buf, in the direction that the client
 * allows; small ones travel in the message.  Bytes, fewer if it is shorter or ends, or -errno.
 */
ssize_t server_copy(struct server *s, struct ipc_message *m, int window, size_t offset, void *buf,
		    size_t n);
/* The same from or to the beginning of a window; -EINVAL if the client does not allow it. */
int server_read(struct server *s, struct ipc_message *m, int window, void *buf, size_t n);
int server_write(struct server *s, struct ipc_message *m, int window, const void *buf, size_t n);
