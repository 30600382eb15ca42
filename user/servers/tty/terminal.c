/* SPDX-License-Identifier: MIT */
/*
 * The terminal: the line discipline on the serial port, for many programs.
 *
 * A client that reads when nothing has been typed waits, in order, as a request that has got no
 * reply.  What is typed leaves the line discipline when its reader has got the reply:
 * one that dies before, is interrupted, or has named a bad address loses nothing.
 *
 * The keyboard belongs to one session and in it to the foreground group (TIOCSPGRP),
 * which gets the signals of Ctrl-C and the like.  A client that reads in another group of that
 * session gets SIGTTIN and waits: stopped, and after SIGCONT its read begins anew; or, if
 * it ignores the signal, until its group is in the foreground (Linux says EIO then).
 *
 * Unlike Linux, output from the background is never stopped (TOSTOP, SIGTTOU), and a
 * terminal belongs to the session that first sets its foreground group, until the leader of
 * that session has gone.
 */
#include <errno.h>
#include <merganser.h>
#include <mg/ipc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "user/servers/tty/ldisc.h"
#include "user/servers/tty/tty.h"

#define CHUNK	 256	     /* bytes written before the keyboard is looked at */
#define TENTH	 100000000ul /* ns: the unit of VTIME */
#define NS_PER_S 1000000000ul

struct reader {
	struct reader *next;
	struct ipc_message m;
	uint64_t deadline; /* ns, or IPC_FOREVER */
};

static struct server *server;
static struct ldisc ld;
static struct reader *readers;
static pid_t session, foreground; /* 0: nobody's */
static struct winsize size = { .ws_row = 24, .ws_col = 80 };
static bool signalled; /* since this was last set to false */

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Whether a process may not read now. */
static bool is_background(pid_t pid)
{
	return foreground && getsid(pid) == session && getpgid(pid) != foreground;
}

/* ---- who waits ---- */

static void leave(struct reader **r)
{
	struct reader *gone = *r;

	*r = gone->next;
	free(gone);
}

/* A copy of nothing: is the client still there? */
static bool has_gone(const struct ipc_message *m)
{
	return mg_ipc_copy(server->endpoint, m->token, 0, 0, NULL, 0) < 0;
}

/* Adds a request to the end of the queue, from which the dead are removed. */
static int join(const struct ipc_message *m)
{
	const cc_t *cc = ld.termios.c_cc;
	bool timed = !(ld.termios.c_lflag & ICANON) && !cc[VMIN] && cc[VTIME];
	struct reader *reader = malloc(sizeof(*reader)), **r = &readers;

	if (!reader)
		return -ENOMEM;
	*reader = (struct reader){ .m = *m, .deadline = IPC_FOREVER };
	if (timed)
		reader->deadline = now() + cc[VTIME] * TENTH;
	while (*r)
		if (has_gone(&(*r)->m))
			leave(r);
		else
			r = &(*r)->next;
	*r = reader;
	return SERVER_LATER;
}

/* Serves a read, and consumes what it has got; false: it has to wait. */
static bool feed(struct ipc_message *m)
{
	static char buf[LDISC_SIZE];
	size_t n = m->window_len[0] < sizeof(buf) ? m->window_len[0] : sizeof(buf);
	int got;

	if (!ldisc_readable(&ld, m->window_len[0]))
		return false;
	n = ldisc_peek(&ld, buf, n);
	got = n ? server_write(server, m, 0, buf, n) : 0;
	if (server_reply(server, m, got) && got >= 0)
		ldisc_consume(&ld, (size_t)got);
	return true;
}

/* Serves those that wait, in order, but for the background, as far as what was typed goes. */
static void serve_readers(void)
{
	struct reader **r = &readers;

	while (*r)
		if (is_background((*r)->m.pid))
			r = &(*r)->next;
		else if (feed(&(*r)->m))
			leave(r);
		else
			break;
}

/*
 * To the foreground, whose reads end here and now: whoever dies of the signal must not get
 * what is typed after the key, and whoever lives asks again.
 */
static void send_signal(int sig)
{
	struct reader **r = &readers;

	signalled = true;
	if (!foreground || kill(-foreground, sig))
		return;
	while (*r) {
		if (getpgid((*r)->m.pid) != foreground) {
			r = &(*r)->next;
			continue;
		}
		server_reply(server, &(*r)->m, -EINTR);
		leave(r);
	}
}

/* At the serial port, and on the screen if the machine has one. */
static void show(const char *bytes, size_t n)
{
	static bool no_screen;

	uart_put(bytes, n);
	if (!no_screen)
		no_screen = mg_klog(KLOG_SCREEN, bytes, n) < 0;
}

void terminal_init(struct server *s)
{
	server = s;
	ldisc_init(&ld);
	ld.put = show;
	ld.signal = send_signal;
}

void terminal_unblock(struct server *s, uint64_t token)
{
	struct reader **r = &readers;

	while (*r && (*r)->m.token != token)
		r = &(*r)->next;
	if (!*r)
		return;
	server_reply(s, &(*r)->m, -EINTR);
	leave(r);
	serve_readers(); /* a short read may have waited for a long one */
}

uint64_t terminal_patience(void)
{
	uint64_t first = IPC_FOREVER, time;

	for (struct reader *r = readers; r; r = r->next)
		if (r->deadline < first)
			first = r->deadline;
	if (first == IPC_FOREVER)
		return first;
	time = now();
	return first > time ? first - time : 0;
}

void terminal_expire(void)
{
	struct reader **r = &readers;

	while (*r) {
		if ((*r)->deadline == IPC_FOREVER || (*r)->deadline > now()) {
			r = &(*r)->next;
			continue;
		}
		server_reply(server, &(*r)->m, 0);
		leave(r);
	}
}

/* ---- bytes ---- */

static bool typed; /* since the last terminal_input() */

void terminal_key(unsigned char c)
{
	ldisc_input(&ld, c);
	typed = true;
}

void terminal_input(void)
{
	bool came = typed;
	int c;

	typed = false;

	for (; (c = uart_get()) >= 0; came = true)
		ldisc_input(&ld, (unsigned char)c);
	serve_readers();
	if (came)
		server_changed(server);
}

/* Whether somebody waits that is served first. */
static bool queue_has_foreground(void)
{
	struct reader *r = readers;

	while (r && is_background(r->m.pid))
		r = r->next;
	return r;
}

int terminal_read(struct server *s, struct ipc_message *m, bool nonblock)
{
	(void)s;
	if (!m->window_len[0])
		return 0;
	if (is_background(m->pid)) {
		kill(-getpgid(m->pid), SIGTTIN);
		return join(m);
	}
	if (!queue_has_foreground() && feed(m))
		return SERVER_LATER; /* feed() has replied */
	return nonblock ? -EAGAIN : join(m);
}

/* In pieces: a key that sends a signal is heard in between, and ends its receiver's writing. */
int terminal_write(struct server *s, struct ipc_message *m)
{
	size_t done = 0, len = m->window_len[0];
	char chunk[CHUNK];

	signalled = false;
	while (done < len && !(signalled && !is_background(m->pid))) {
		size_t n = len - done < CHUNK ? len - done : CHUNK;
		ssize_t got = server_copy(s, m, 0, done, chunk, n);

		if (got <= 0)
			return done ? (int)done : (int)got;
		ldisc_write(&ld, chunk, (size_t)got);
		done += (size_t)got;
		terminal_input();
	}
	return (int)done;
}

int terminal_poll(void)
{
	return POLLOUT | (!readers && ldisc_readable(&ld, 1) ? POLLIN : 0);
}

/* ---- settings ---- */

/* The argument of an ioctl: into and out of it.  0 or -EFAULT. */
static int take(struct server *s, struct ipc_message *m, void *arg, size_t n)
{
	return server_read(s, m, 0, arg, n) == (int)n ? 0 : -EFAULT;
}

static int give(struct server *s, struct ipc_message *m, const void *arg, size_t n)
{
	return server_write(s, m, 1, arg, n) == (int)n ? 0 : -EFAULT;
}

static int set_termios(struct server *s, struct ipc_message *m)
{
	struct termios termios;

	if (take(s, m, &termios, sizeof(termios)))
		return -EFAULT;
	if (m->word[0] == TCSETSF)
		ldisc_flush(&ld);
	ldisc_set(&ld, &termios);
	serve_readers();
	return 0;
}

/* -ENOTTY it is another session's terminal; -EPERM no group of the caller's session. */
static int set_foreground(struct server *s, struct ipc_message *m)
{
	pid_t own = getsid(m->pid), group, leads;

	if (take(s, m, &group, sizeof(group)))
		return -EFAULT;
	if (session && own != session && getsid(session) == session)
		return -ENOTTY;
	leads = group > 0 ? getsid(group) : -1; /* -1 too: its leader has gone */
	if (group <= 0 || (leads > 0 && leads != own) || kill(-group, 0))
		return -EPERM;
	session = own;
	foreground = group;
	serve_readers();
	return 0;
}

static int set_size(struct server *s, struct ipc_message *m)
{
	if (take(s, m, &size, sizeof(size)))
		return -EFAULT;
	if (foreground)
		kill(-foreground, SIGWINCH);
	return 0;
}

int terminal_ioctl(struct server *s, struct ipc_message *m)
{
	switch (m->word[0]) {
	case TCGETS:
		return give(s, m, &ld.termios, sizeof(ld.termios));
	case TCSETS:
	case TCSETSW: /* nothing that was written is on its way any more */
	case TCSETSF:
		return set_termios(s, m);
	case TIOCGPGRP:
		return give(s, m, &foreground, sizeof(foreground));
	case TIOCSPGRP:
		return set_foreground(s, m);
	case TIOCGWINSZ:
		return give(s, m, &size, sizeof(size));
	case TIOCSWINSZ:
		return set_size(s, m);
	default:
		return -ENOTTY;
	}
}
