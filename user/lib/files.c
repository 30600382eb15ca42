/* SPDX-License-Identifier: MIT */
/* The table of open files, and which request goes where. */
#include "user/lib/files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include "user/lib/slots.h"

static struct slots files;

int file_open(struct server *s, struct ipc_message *m, const struct file_ops *ops, size_t size,
	      bool dir, struct file **out)
{
	const int kept = O_ACCMODE | O_APPEND | O_NONBLOCK | O_DIRECTORY;
	struct file *f = calloc(1, size);
	uint64_t badge;
	int err;

	if (!f)
		return -ENOMEM;
	*f = (struct file){ .ops = ops, .dir = dir, .flags = (int)m->word[0] & kept };
	badge = slots_add(&files, f);
	err = badge ? server_give(s, m, badge) : -errno;
	if (err) {
		slots_remove(&files, badge);
		free(f);
		return err;
	}
	*out = f;
	return 0;
}

void file_close(uint64_t badge)
{
	struct file *f = slots_find(&files, badge);

	if (!f)
		return;
	if (f->ops->close)
		f->ops->close(f);
	slots_remove(&files, badge);
	free(f);
}

static int read_file(struct server *s, struct ipc_message *m, struct file *f)
{
	if (f->dir)
		return -EISDIR;
	return (f->flags & O_ACCMODE) == O_WRONLY ? -EBADF : f->ops->read(s, m, f);
}

static int write_file(struct server *s, struct ipc_message *m, struct file *f)
{
	return f->dir || (f->flags & O_ACCMODE) == O_RDONLY ? -EBADF : f->ops->write(s, m, f);
}

static int give_path(struct server *s, struct ipc_message *m, const struct file *f)
{
	char path[64];

	if (!f->dir)
		return -ENOTDIR;
	f->ops->path(f, path, sizeof(path));
	return server_give_path(s, m, path);
}

static int set_flags(struct file *f, uint64_t flags)
{
	const int changeable = O_APPEND | O_NONBLOCK;

	f->flags = (f->flags & ~changeable) | ((int)flags & changeable);
	return 0;
}

int file_serve(struct server *s, struct ipc_message *m)
{
	struct file *f = slots_find(&files, m->badge);

	if (!f)
		return -EBADF;
	switch (m->op) {
	case IO_READ:
		return read_file(s, m, f);
	case IO_WRITE:
		return write_file(s, m, f);
	case IO_SEEK:
		return f->ops->seek(m, f);
	case IO_FSTAT:
		return f->ops->stat(s, m, f);
	case IO_TRUNCATE:
		return f->ops->truncate ? f->ops->truncate(f) : -EINVAL;
	case IO_READDIR:
		return f->dir ? f->ops->read_directory(s, m, f) : -ENOTDIR;
	case IO_VMO:
		return -ENODEV;
	case IO_GETFL:
		return f->flags;
	case IO_SETFL:
		return set_flags(f, m->word[0]);
	case IO_POLL:
		return f->ops->poll ? f->ops->poll(f) : POLLIN | POLLOUT;
	case IO_IOCTL:
		return f->ops->ioctl ? f->ops->ioctl(s, m, f) : -ENOTTY;
	case IO_FPATH:
		return give_path(s, m, f);
	case IO_CHMOD:
	case IO_CHOWN:
	case IO_UTIMES:
		return -EPERM;
	case IO_OWNER:
	case IO_LOCK:
	case IO_FLOCK:
		return -ENOLCK;
	case IO_ALLOCATE:
		return f->ops->truncate ? -EOPNOTSUPP : -ENODEV;
	default:
		return -ENOSYS;
	}
}

int file_give_stat(struct server *s, struct ipc_message *m, const struct stat *st)
{
	int done = server_write(s, m, 1, st, sizeof(*st));

	return done < 0 ? done : done == sizeof(*st) ? 0 : -EINVAL;
}

/* A mode has the bits in the same order. */
int file_check_mode(mode_t mode, uint64_t want)
{
	return want > 7 ? -EINVAL : want & ~(mode >> 6 & 7) ? -EACCES : 0;
}
