/* SPDX-License-Identifier: MIT */
/*
 * Open files.
 *
 * A text is made when it is read from its start, and kept: whoever reads it in pieces
 * gets pieces of one and the same text, however the counters run meanwhile (Linux's
 * seq_file).  A directory's list is such a text too, of struct dirents.
 *
 *	read 0     make "pages_shared …", give the first bytes
 *	read 100   the next bytes of that text
 *	read 0     make a new one
 *
 * A file keeps the pid it was opened for.  When that process has gone it says ESRCH; when
 * the number has come to another process meanwhile, it tells of that one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/server.h"
#include "user/servers/sysfs/sysfs.h"

#define MAX_FILES 4096

struct file {
	const struct node *node;
	pid_t pid;
	int flags;    /* O_* that F_GETFL tells */
	uint64_t pos; /* bytes; of a directory: entries */
	bool made;
	struct text text;
};

static struct file *files[MAX_FILES]; /* by badge - 1 */

static char window[IPC_WINDOW_MAX] __attribute__((aligned(8)));

int file_open(const struct node *node, pid_t pid, int flags)
{
	int i = 0;

	while (i < MAX_FILES && files[i])
		i++;
	if (i == MAX_FILES)
		return -ENFILE;
	files[i] = calloc(1, sizeof(*files[i]));
	if (!files[i])
		return -ENOMEM;
	files[i]->node = node;
	files[i]->pid = pid;
	files[i]->flags = flags & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_DIRECTORY);
	return i + 1;
}

static struct file *file_of(uint64_t badge)
{
	return badge && badge <= MAX_FILES ? files[badge - 1] : NULL;
}

void file_close(uint64_t badge)
{
	struct file *f = file_of(badge);

	if (!f)
		return;
	text_free(&f->text);
	free(f);
	files[badge - 1] = NULL;
}

static bool is_dir(const struct file *f)
{
	return S_ISDIR(f->node->mode);
}

/* Makes the text anew. */
static int make_text(struct file *f)
{
	int err;

	text_free(&f->text);
	err = f->node->show(f->node, f->pid, &f->text);
	if (!err)
		err = f->text.error;
	f->made = !err;
	if (err)
		text_free(&f->text);
	return err;
}

/* The text's bytes from offset on: gives at most n of them to the client.  Their number. */
static ssize_t give_text(struct server *s, struct ipc_message *m, struct file *f, uint64_t offset,
			 size_t n)
{
	int err = !offset || !f->made ? make_text(f) : 0;

	if (err)
		return err;
	if (offset >= f->text.len)
		return 0;
	if (n > f->text.len - offset)
		n = f->text.len - offset;
	return server_write(s, m, 0, f->text.at + offset, n);
}

static ssize_t give_bytes(struct server *s, struct ipc_message *m, struct file *f, uint64_t offset,
			  size_t n)
{
	ssize_t done = f->node->bytes(f->pid, offset, window, n, false);

	return done > 0 ? server_write(s, m, 0, window, (size_t)done) : done;
}

static ssize_t take_bytes(struct server *s, struct ipc_message *m, struct file *f, uint64_t offset,
			  size_t n)
{
	int got = server_read(s, m, 0, window, n);

	return got > 0 ? f->node->bytes(f->pid, offset, window, (size_t)got, true) : got;
}

/* Whatever the offset, what is written is a value, whole.  Like Linux, takes a page at most. */
static ssize_t take_text(struct server *s, struct ipc_message *m, struct file *f, size_t n)
{
	int err;

	if (!n)
		return 0;
	if (n > PAGE_SIZE)
		n = PAGE_SIZE;
	if (server_read(s, m, 0, window, n) != (int)n)
		return -EFAULT;
	window[n] = '\0';
	err = f->node->store(f->node, window);
	return err ? err : (ssize_t)n;
}

/* The bytes that window 0 has; a server's buffer is as long as any. */
static size_t window_size(const struct ipc_message *m)
{
	return m->window_len[0] < sizeof(window) ? m->window_len[0] : sizeof(window);
}

static int read_or_write(struct server *s, struct ipc_message *m, struct file *f, bool write)
{
	bool here = m->word[0] == IO_HERE;
	uint64_t offset = here ? f->pos : m->word[0];
	size_t n = window_size(m);
	ssize_t done;

	if (is_dir(f))
		return write ? -EBADF : -EISDIR;
	if ((f->flags & O_ACCMODE) == (write ? O_RDONLY : O_WRONLY))
		return -EBADF;
	if (offset > INT64_MAX)
		return -EINVAL;
	if (f->node->bytes)
		done = write ? take_bytes(s, m, f, offset, n) : give_bytes(s, m, f, offset, n);
	else
		done = write ? take_text(s, m, f, n) : give_text(s, m, f, offset, n);
	if (here && done > 0)
		f->pos += (uint64_t)done;
	return (int)done;
}

static int read_directory(struct server *s, struct ipc_message *m, struct file *f)
{
	size_t n = window_size(m) / sizeof(struct dirent);
	ssize_t done;

	if (!is_dir(f))
		return -ENOTDIR;
	if (!n)
		return -EINVAL;
	done = give_text(s, m, f, f->pos * sizeof(struct dirent), n * sizeof(struct dirent));
	if (done <= 0)
		return (int)done;
	done /= (ssize_t)sizeof(struct dirent);
	f->pos += (uint64_t)done;
	return (int)done;
}

/* From the end nothing can be sought: where it is shows only when the text is made. */
static int seek(struct ipc_message *m, struct file *f)
{
	int64_t to = (int64_t)m->word[0];

	if (m->word[1] == SEEK_CUR) {
		if (__builtin_add_overflow(to, (int64_t)f->pos, &to))
			return -EOVERFLOW;
	} else if (m->word[1] != SEEK_SET) {
		return -EINVAL;
	}
	if (to < 0 || (is_dir(f) && to > INT_MAX))
		return -EINVAL;
	f->pos = (uint64_t)to;
	m->word[0] = f->pos;
	return 0;
}

int give_stat(struct server *s, struct ipc_message *m, const struct node *n, pid_t pid)
{
	struct stat st = {
		.st_dev = n->path[1], /* 's' or 'p': two file systems */
		.st_ino = node_ino(n, pid),
		.st_mode = n->mode,
		.st_nlink = S_ISDIR(n->mode) ? 2 : 1,
		.st_blksize = PAGE_SIZE,
	};
	int done = server_write(s, m, 1, &st, sizeof(st));

	return done < 0 ? done : done == sizeof(st) ? 0 : -EINVAL;
}

static int set_flags(struct file *f, uint64_t flags)
{
	const int changeable = O_APPEND | O_NONBLOCK;

	f->flags = (f->flags & ~changeable) | ((int)flags & changeable);
	return 0;
}

int file_serve(struct server *s, struct ipc_message *m)
{
	struct file *f = file_of(m->badge);

	if (!f)
		return -EBADF;
	switch (m->op) {
	case IO_READ:
	case IO_WRITE:
		return read_or_write(s, m, f, m->op == IO_WRITE);
	case IO_SEEK:
		return seek(m, f);
	case IO_FSTAT:
		return give_stat(s, m, f->node, f->pid);
	case IO_TRUNCATE: /* a write replaces everything anyhow */
		return is_dir(f) || (f->flags & O_ACCMODE) == O_RDONLY ? -EINVAL : 0;
	case IO_READDIR:
		return read_directory(s, m, f);
	case IO_VMO:
		return -ENODEV;
	case IO_GETFL:
		return f->flags;
	case IO_SETFL:
		return set_flags(f, m->word[0]);
	case IO_POLL:
		return POLLIN | POLLOUT;
	case IO_IOCTL:
		return -ENOTTY;
	default:
		return -ENOSYS;
	}
}
