/* SPDX-License-Identifier: MIT */
/*
 * The name space: longest prefix of a path → the server that has it.  A connection to
 * here is a view of it: its badge says where "." is, so that children inherit the
 * directory with the handle, and a chdir is another connection in its place.
 *
 * Servers are started when somebody first asks for what they serve (servers.c).  A client
 * that asks before its server is there waits in the list below, as a message that has not
 * been answered; its windows stay readable meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mg/ipc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init.h"
#include "user/lib/initrd.h"

#define CHILD_CHANGED 1 /* notification */

/* A directory that somebody is in. */
struct place {
	struct place *next;
	uint64_t badge; /* 0 is the root, and not listed */
	char path[];	/* without "/" before it */
};

/* A request that waits for a server. */
struct waiting {
	struct waiting *next;
	int server;
	struct ipc_message m;
};

static struct place *places;
static struct waiting *waiting;
static char path[PATH_MAX]; /* of the request in hand, with "/" before it */
static char given[PATH_MAX], real[PATH_MAX];
static bool child_changed;
static int self; /* a connection to ourselves, for the signal handler */

static const char *place_of(uint64_t badge)
{
	struct place *p = places;

	while (p && p->badge != badge)
		p = p->next;
	return p ? p->path : "";
}

/* Reads window 0 into `path`, whole: 0 or -errno. */
static int read_path(struct server *s, struct ipc_message *m)
{
	int ret = server_path(s, m, 0, given, sizeof(given));

	path[0] = '/';
	return ret ? ret : path_resolve(place_of(m->badge), given, path + 1, sizeof(path) - 1);
}

/*
 * Takes links and dots out of `path`, which is of the server with this root.  0; 1: it goes on in
 * another server; -errno.
 */
static int make_real(int root)
{
	struct ipc_message ask = { .op = IO_REALPATH,
				   .flags = IPC_WRITABLE(1),
				   .window = { (uintptr_t)path, (uintptr_t)real },
				   .window_len = { (uint32_t)strlen(path) + 1, sizeof(real) } };

	if (mg_call(root, &ask))
		return -EIO;
	if (ask.op == -ENOSYS) /* a server without links: path_resolve() has done it */
		return 0;
	real[sizeof(real) - 1] = '\0';
	if (ask.op >= 0 && real[0] != '/')
		return -EIO;
	if (ask.op == 0)
		strcpy(path, real);
	if (ask.op == 1)
		return path_resolve("", real, path + 1, sizeof(path) - 1) ? -ENAMETOOLONG : 1;
	return ask.op;
}

static int enter(struct server *s, struct ipc_message *m, int root)
{
	static uint64_t last_badge;
	size_t len = strlen(path);
	struct stat st;
	struct ipc_message ask = { .op = IO_STAT,
				   .flags = IPC_WRITABLE(1),
				   .window = { (uintptr_t)path, (uintptr_t)&st },
				   .window_len = { (uint32_t)len + 1, sizeof(st) } };
	struct place *p;
	int ret;

	if (mg_call(root, &ask) || ask.op < 0)
		return ask.op < 0 ? ask.op : -EIO;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	p = malloc(sizeof(*p) + len + 1);
	if (!p)
		return -ENOMEM;
	p->badge = ++last_badge;
	strcpy(p->path, path + 1);
	len = strlen(p->path);
	if (len && p->path[len - 1] == '/')
		p->path[len - 1] = '\0';
	ret = server_give(s, m, p->badge);
	if (ret) {
		free(p);
		return ret;
	}
	p->next = places;
	places = p;
	return 0;
}

static int resolve(struct server *s, struct ipc_message *m, int root)
{
	int len = (int)strlen(path) + 1;

	if (server_write(s, m, 1, path, (size_t)len) != len)
		return -ENAMETOOLONG;
	return server_give_handle(s, m, root, RIGHT_CALL, false);
}

/* IO_RESOLVE and IO_CHDIR. */
static int find(struct server *s, struct ipc_message *m)
{
	int ret = read_path(s, m), server = ret ? 0 : server_for(path + 1);
	int root = ret ? ret : server_root(server);
	struct waiting *w;

	if (m->op == IO_CHDIR && root >= 0) {
		ret = make_real(root);
		if (ret < 0)
			return ret;
		server = server_for(path + 1);
		root = server_root(server);
	}
	if (root >= 0)
		return m->op == IO_CHDIR ? enter(s, m, root) : resolve(s, m, root);
	if (root != -EAGAIN)
		return root;
	w = malloc(sizeof(*w));
	if (!w)
		return -ENOMEM;
	*w = (struct waiting){ waiting, server, *m };
	waiting = w;
	return SERVER_LATER;
}

static int tell_place(struct server *s, struct ipc_message *m)
{
	int len = snprintf(path, sizeof(path), "/%s", place_of(m->badge)) + 1;

	if ((int)m->window_len[0] < len)
		return -ERANGE;
	return server_write(s, m, 0, path, (size_t)len);
}

/* A server has come: answered first, since a client that waited for it may make us call it. */
static int welcome(struct server *s, struct ipc_message *m)
{
	int n = server_is_there(m->pid, m->handle[0]);

	if (n < 0)
		return n;
	server_reply(s, m, 0);
	names_retry(n, 0);
	return SERVER_LATER;
}

static int serve(struct server *s, struct ipc_message *m)
{
	switch (m->op) {
	case IO_RESOLVE:
	case IO_CHDIR:
		return find(s, m);
	case IO_GETCWD:
		return tell_place(s, m);
	case IO_SERVE:
		return welcome(s, m);
	default:
		return -ENOSYS;
	}
}

static void closed(struct server *s, uint64_t badge)
{
	struct place **p = &places, *gone;

	(void)s;
	while (*p && (*p)->badge != badge)
		p = &(*p)->next;
	gone = *p;
	if (gone)
		*p = gone->next;
	free(gone);
}

static void notified(struct server *s, uint64_t bits)
{
	(void)s;
	child_changed = child_changed || bits & CHILD_CHANGED;
}

static void unblock(struct server *s, uint64_t token)
{
	for (struct waiting **w = &waiting, *gone; (gone = *w); w = &gone->next) {
		if (gone->m.token != token)
			continue;
		*w = gone->next;
		server_reply(s, &gone->m, -EINTR);
		free(gone);
		return;
	}
}

static struct server names = {
	.serve = serve, .closed = closed, .notified = notified, .unblock = unblock
};

void names_retry(int n, int result)
{
	struct waiting *list = waiting, *next;
	int again;

	waiting = NULL;
	for (struct waiting *w = list; w; w = next) {
		next = w->next;
		if (w->server != n) {
			w->next = waiting;
			waiting = w;
			continue;
		}
		again = result ? result : find(&names, &w->m);
		if (again != SERVER_LATER)
			server_reply(&names, &w->m, again);
		free(w);
	}
}

static void on_child(int sig)
{
	int error = errno;

	(void)sig;
	mg_notify(self, CHILD_CHANGED);
	errno = error;
}

void names_open(void)
{
	int root;

	memset(given, 0, sizeof(given)); /* a page that comes later would not be in the balance */
	memset(real, 0, sizeof(real));
	if (server_open(&names))
		goto fail;
	self = mg_connect(names.endpoint, 0, RIGHT_NOTIFY);
	root = mg_connect(names.endpoint, 0, RIGHT_CALL);
	if (self < 0 || root < 0 || mg_handle_dup(root, HANDLE_ROOT) < 0)
		goto fail;
	close(root);
	fcntl(self, F_SETFD, FD_CLOEXEC);
	signal(SIGCHLD, on_child);
	return;
fail:
	perror("init: cannot serve the name space");
	exit(1);
}

void names_serve(void)
{
	while (!child_changed && !server_step(&names, IPC_FOREVER))
		;
	child_changed = false;
}

int names_root(int n)
{
	int root;

	while ((root = server_root(n)) == -EAGAIN)
		if (child_changed || server_step(&names, IPC_FOREVER))
			return -EIO;
	return root;
}

void names_drain(void)
{
	while (!server_step(&names, 0))
		;
}
