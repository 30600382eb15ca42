/* SPDX-License-Identifier: MIT */
/*
 * The statistics server: requests to its root, by name.
 *
 * The tree cannot be changed, so creating, renaming and removing are refused with what
 * Linux says there.  Beside what access.c asks for, rights are those of the mode, for
 * everybody: unlike Linux, where the superuser may open a read-only counter for writing and
 * then fails to write, EACCES comes with open.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "user/lib/files.h"
#include "user/servers/sysfs/sysfs.h"

/* What open() wants, as R_OK and W_OK. */
static unsigned int wanted(int flags)
{
	static const unsigned char want[] = { R_OK, W_OK, R_OK | W_OK, R_OK | W_OK };

	return want[flags & O_ACCMODE] | (flags & O_TRUNC ? W_OK : 0);
}

/* Why open() may not have the file that is there; 0: it may. */
static int check_open(const struct ipc_message *m, const struct node *n, pid_t pid)
{
	int flags = (int)m->word[0];

	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return -EEXIST;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	if (S_ISDIR(n->mode))
		return wanted(flags) & W_OK || flags & O_CREAT ? -EISDIR : 0;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	return node_access(m, n, pid, wanted(flags));
}

static int open_node(struct server *s, struct ipc_message *m, const struct node *n, pid_t pid)
{
	int err = check_open(m, n, pid);

	return err ? err : node_open(s, m, n, pid);
}

/* The answer to a client that asks for a name that is not there. */
static int missing(const struct ipc_message *m, const char *path, int err)
{
	bool in_sys = !strncmp(path, "/sys/", 5);

	if (err == -ENOENT && in_sys && m->op == IO_OPEN && m->word[0] & O_CREAT)
		return -EACCES;
	return err == -ENOENT && in_sys && (m->op == IO_MKDIR || m->op == IO_SYMLINK) ? -EPERM :
											err;
}

static int serve_name(struct server *s, struct ipc_message *m, const struct node *n, pid_t pid)
{
	bool directory = S_ISDIR(n->mode);

	switch (m->op) {
	case IO_OPEN:
		return open_node(s, m, n, pid);
	case IO_STAT:
		return give_stat(s, m, n, pid);
	case IO_ACCESS:
		return node_access(m, n, pid, m->word[0]);
	case IO_UNLINK:
		return directory ? -EISDIR : -EPERM;
	case IO_RMDIR:
		return directory ? -EPERM : -ENOTDIR;
	case IO_MKDIR:
	case IO_SYMLINK:
		return -EEXIST;
	case IO_READLINK:
		return -EINVAL;
	default: /* IO_RENAME, IO_LINK, IO_CHMOD, IO_CHOWN, IO_UTIMES */
		return -EPERM;
	}
}

static bool takes_path(int32_t op)
{
	return (op >= IO_OPEN && op < IO_PIPE) || op == IO_CHOWN || op == IO_UTIMES ||
	       (op >= IO_READLINK && op <= IO_LINK);
}

static int serve(struct server *s, struct ipc_message *m)
{
	const struct node *n;
	char path[PATH_MAX];
	pid_t pid;
	int err;

	if (m->badge)
		return file_serve(s, m);
	if (!takes_path(m->op))
		return -ENOSYS;
	err = server_path(s, m, 0, path, sizeof(path));
	if (err)
		return err;
	err = find_node(path, m->pid, &n, &pid);
	return err ? missing(m, path, err) : serve_name(s, m, n, pid);
}

static void closed(struct server *s, uint64_t badge)
{
	(void)s;
	file_close(badge);
}

int main(void)
{
	struct server s = { .serve = serve, .closed = closed };

	/* What watches the merging should not be merged; what malloc maps later included. */
	prctl(PR_SET_MEMORY_MERGE, 0);
	server_run(&s);
}
