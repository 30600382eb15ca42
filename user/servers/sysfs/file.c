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
 * A text may be taken away when memory for texts is short (text.c); it is made anew then.
 *
 * A file keeps the pid it was opened for.  When that process has gone it says ESRCH; when
 * the number has come to another process meanwhile, it tells of that one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/files.h"
#include "user/servers/sysfs/sysfs.h"

/* An open file of ours. */
struct node_file {
	struct file file;
	const struct node *node;
	pid_t pid;
	struct text text;
};

static char window[IPC_WINDOW_MAX] __attribute__((aligned(8)));

/* Makes the text anew, for the client that asks. */
static int make_text(struct node_file *f, pid_t client)
{
	int err;

	text_begin(&f->text, client);
	err = f->node->show(f->node, f->pid, &f->text);
	if (!err)
		err = f->text.error;
	if (err)
		text_free(&f->text);
	return err;
}

/* The text's bytes from offset on: gives at most n of them to the client.  Their number. */
static ssize_t give_text(struct server *s, struct ipc_message *m, struct node_file *f,
			 uint64_t offset, size_t n)
{
	int err = !offset || !f->text.at ? make_text(f, m->pid) : 0;

	if (err)
		return err;
	if (offset >= f->text.len)
		return 0;
	if (n > f->text.len - offset)
		n = f->text.len - offset;
	return server_write(s, m, 0, f->text.at + offset, n);
}

static ssize_t give_bytes(struct server *s, struct ipc_message *m, struct node_file *f,
			  uint64_t offset, size_t n)
{
	ssize_t done = f->node->bytes->read(f->pid, m->authorities, offset, window, n);

	return done > 0 ? server_write(s, m, 0, window, (size_t)done) : done;
}

static ssize_t take_bytes(struct server *s, struct ipc_message *m, struct node_file *f,
			  uint64_t offset, size_t n)
{
	int got = server_read(s, m, 0, window, n);

	return got > 0 ? f->node->bytes->write(f->pid, offset, window, (size_t)got) : got;
}

/* Whatever the offset, what is written is a value, whole.  Like Linux, takes a page at most. */
static ssize_t take_text(struct server *s, struct ipc_message *m, struct node_file *f, size_t n)
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

static int read_or_write(struct server *s, struct ipc_message *m, struct node_file *f, bool write)
{
	bool here = m->word[0] == IO_HERE;
	uint64_t offset = here ? f->file.pos : m->word[0];
	size_t n = window_size(m);
	ssize_t done = node_access(m, f->node, f->pid, write ? W_OK : R_OK);

	if (done)
		return (int)done;
	if (offset > INT64_MAX)
		return -EINVAL;
	if (f->node->bytes)
		done = write ? take_bytes(s, m, f, offset, n) : give_bytes(s, m, f, offset, n);
	else
		done = write ? take_text(s, m, f, n) : give_text(s, m, f, offset, n);
	if (here && done > 0)
		f->file.pos += (uint64_t)done;
	return (int)done;
}

static int read_file(struct server *s, struct ipc_message *m, struct file *f)
{
	return read_or_write(s, m, (struct node_file *)f, false);
}

static int write_file(struct server *s, struct ipc_message *m, struct file *f)
{
	return read_or_write(s, m, (struct node_file *)f, true);
}

static int read_directory(struct server *s, struct ipc_message *m, struct file *file)
{
	struct node_file *f = (struct node_file *)file;
	size_t n = window_size(m) / sizeof(struct dirent);
	ssize_t done;

	if (!n)
		return -EINVAL;
	done = give_text(s, m, f, f->file.pos * sizeof(struct dirent), n * sizeof(struct dirent));
	if (done <= 0)
		return (int)done;
	done /= (ssize_t)sizeof(struct dirent);
	f->file.pos += (uint64_t)done;
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
	if (to < 0 || (f->dir && to > INT_MAX))
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

	return file_give_stat(s, m, &st);
}

static int stat_file(struct server *s, struct ipc_message *m, const struct file *f)
{
	const struct node_file *n = (const struct node_file *)f;

	return give_stat(s, m, n->node, n->pid);
}

/* The node's, with the process it was opened for in place of "*". */
static void path_of(const struct file *file, char *out, size_t size)
{
	const struct node_file *f = (const struct node_file *)file;
	const char *star = strchr(f->node->path, '*');

	if (!star)
		snprintf(out, size, "%s", f->node->path);
	else
		snprintf(out, size, "%.*s%d%s", (int)(star - f->node->path), f->node->path, f->pid,
			 star + 1);
}

/* A write replaces everything anyhow. */
static int truncate_file(const struct file *f)
{
	return f->dir || (f->flags & O_ACCMODE) == O_RDONLY ? -EINVAL : 0;
}

static void close_file(struct file *f)
{
	text_free(&((struct node_file *)f)->text);
}

static const struct file_ops node_file_ops = {
	.read = read_file,
	.write = write_file,
	.read_directory = read_directory,
	.seek = seek,
	.path = path_of,
	.stat = stat_file,
	.truncate = truncate_file,
	.close = close_file,
};

int node_open(struct server *s, struct ipc_message *m, const struct node *n, pid_t pid)
{
	struct file *f;
	int err = file_open(s, m, &node_file_ops, sizeof(struct node_file), S_ISDIR(n->mode), &f);

	if (!err) {
		((struct node_file *)f)->node = n;
		((struct node_file *)f)->pid = pid;
	}
	return err;
}
