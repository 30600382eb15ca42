/* SPDX-License-Identifier: MIT */
/*
 * The server of /dev (tty.h): requests to its root, by name; and its loop, which unlike
 * server_run() also ends the waiting of those whose time is over.
 *
 * The names cannot be changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "user/servers/tty/tty.h"

#define ROOT "/dev"

/* The device of a path.  0, -ENOENT, -ENOTDIR. */
static int find(char *path, const struct device **d)
{
	size_t root = strlen(ROOT);
	char *name = path + root, *slash;

	if (strncmp(path, ROOT, root) || (*name && *name != '/'))
		return -ENOENT;
	name += *name == '/';
	slash = strchr(name, '/');
	if (slash)
		*slash = '\0';
	*d = device_find(name);
	return !*d ? -ENOENT : slash ? -ENOTDIR : 0;
}

static int open_device(struct server *s, struct ipc_message *m, const struct device *d)
{
	int flags = (int)m->word[0];

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	if (S_ISDIR(d->mode) && (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY)
		return -EISDIR;
	if (!S_ISDIR(d->mode) && flags & O_DIRECTORY)
		return -ENOTDIR;
	return device_open(s, m, d);
}

static int serve_name(struct server *s, struct ipc_message *m, const struct device *d)
{
	bool directory = S_ISDIR(d->mode);

	switch (m->op) {
	case IO_OPEN:
		return open_device(s, m, d);
	case IO_STAT:
		return device_stat(s, m, d);
	case IO_ACCESS:
		return file_check_mode(d->mode, m->word[0]);
	case IO_UNLINK:
		return directory ? -EISDIR : -EPERM;
	case IO_RMDIR:
		return directory ? -EBUSY : -ENOTDIR;
	case IO_MKDIR:
	case IO_SYMLINK:
		return -EEXIST;
	case IO_READLINK:
		return -EINVAL;
	default: /* IO_RENAME, IO_LINK, IO_CHMOD, IO_CHOWN, IO_UTIMES */
		return -EPERM;
	}
}

/* Whether the request would make a name. */
static bool creates(const struct ipc_message *m)
{
	return m->op == IO_MKDIR || m->op == IO_SYMLINK ||
	       (m->op == IO_OPEN && m->word[0] & O_CREAT);
}

static bool takes_path(int32_t op)
{
	return (op >= IO_OPEN && op < IO_PIPE) || op == IO_CHOWN || op == IO_UTIMES ||
	       (op >= IO_READLINK && op <= IO_LINK);
}

static int serve(struct server *s, struct ipc_message *m)
{
	const struct device *d;
	char path[PATH_MAX];
	int err;

	if (m->badge)
		return file_serve(s, m);
	if (!takes_path(m->op))
		return -ENOSYS;
	err = server_path(s, m, 0, path, sizeof(path));
	if (!err)
		err = find(path, &d);
	if (err)
		return err == -ENOENT && creates(m) ? -EACCES : err;
	return serve_name(s, m, d);
}

static void closed(struct server *s, uint64_t badge)
{
	(void)s;
	file_close(badge);
}

/* What an interrupt sets in the notification word. */
enum { FROM_UART = 1, FROM_KEYBOARD = 2 };

static void notified(struct server *s, uint64_t bits)
{
	(void)s;
	if (bits & FROM_KEYBOARD)
		keyboard_read(terminal_key);
	if (bits & FROM_UART)
		uart_acknowledge();
	terminal_input();
}

/* A terminal at the serial port, at screen and keyboard, or at both.  0 or -1, errno. */
static int open_all(struct server *s)
{
	int serial;

	if (server_open(s))
		return -1;
	serial = uart_open(s->endpoint, FROM_UART);
	if (server_register(s))
		return -1;
	return keyboard_open(s->endpoint, FROM_KEYBOARD) ? serial : 0;
}

int main(void)
{
	static struct server s = {
		.serve = serve, .closed = closed, .notified = notified, .unblock = terminal_unblock
	};

	/* Our pages are not to be merged, neither these nor those to come: we never fork. */
	prctl(PR_SET_MEMORY_MERGE, 0);
	terminal_init(&s);
	if (!open_all(&s))
		while (!server_step(&s, terminal_patience()) || errno == ETIMEDOUT)
			terminal_expire();
	perror("tty: cannot serve");
	return 1;
}
