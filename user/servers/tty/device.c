/* SPDX-License-Identifier: MIT */
/* The devices, and requests to those that are open. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mg/ipc.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "user/servers/tty/tty.h"

#define MAX_FILES 1024
#define CHUNK	  4096

#define NUMBER(major, minor) ((major) << 8 | (minor))

/* ---- null, zero, full ---- */

static int read_nothing(struct server *s, struct ipc_message *m, bool nonblock)
{
	(void)s;
	(void)m;
	(void)nonblock;
	return 0;
}

static int read_zeros(struct server *s, struct ipc_message *m, bool nonblock)
{
	static char zeros[CHUNK];
	size_t done = 0, len = m->window_len[0];

	(void)nonblock;
	while (done < len) {
		size_t n = len - done < CHUNK ? len - done : CHUNK;
		ssize_t got = server_copy(s, m, 0, done, zeros, n);

		if (got <= 0)
			return done ? (int)done : (int)got;
		done += (size_t)got;
	}
	return (int)done;
}

static int write_anything(struct server *s, struct ipc_message *m)
{
	(void)s;
	return (int)m->window_len[0];
}

static int write_no_room(struct server *s, struct ipc_message *m)
{
	(void)s;
	(void)m;
	return -ENOSPC;
}

/* ---- the table ---- */

#define TERMINAL \
	.read = terminal_read, .write = terminal_write, .poll = terminal_poll, \
	.ioctl = terminal_ioctl

static const struct device devices[] = {
	{ .name = "", .mode = S_IFDIR | 0555 },
	{ .name = "console", .mode = S_IFCHR | 0600, .number = NUMBER(5, 1), TERMINAL },
	{ .name = "full",
	  .mode = S_IFCHR | 0666,
	  .number = NUMBER(1, 7),
	  .read = read_zeros,
	  .write = write_no_room },
	{ .name = "null",
	  .mode = S_IFCHR | 0666,
	  .number = NUMBER(1, 3),
	  .read = read_nothing,
	  .write = write_anything },
	{ .name = "tty", .mode = S_IFCHR | 0666, .number = NUMBER(5, 0), TERMINAL },
	{ .name = "zero",
	  .mode = S_IFCHR | 0666,
	  .number = NUMBER(1, 5),
	  .read = read_zeros,
	  .write = write_anything },
};

#define NR_DEVICES (sizeof(devices) / sizeof(devices[0]))

const struct device *device_find(const char *name)
{
	for (const struct device *d = devices; d < devices + NR_DEVICES; d++)
		if (!strcmp(d->name, name))
			return d;
	return NULL;
}

static ino_t number_of(const struct device *d)
{
	return (ino_t)(d - devices) + 1;
}

int device_stat(struct server *s, struct ipc_message *m, const struct device *d)
{
	struct stat st = {
		.st_dev = 'd',
		.st_rdev = d->number,
		.st_ino = number_of(d),
		.st_mode = d->mode,
		.st_nlink = S_ISDIR(d->mode) ? 2 : 1,
		.st_blksize = CHUNK,
	};
	int done = server_write(s, m, 1, &st, sizeof(st));

	return done < 0 ? done : done == sizeof(st) ? 0 : -EINVAL;
}

/* ---- open files ---- */

struct file {
	const struct device *device; /* null: a free place */
	int flags;		     /* O_* that F_GETFL tells */
	uint64_t pos;		     /* directory: entries read */
};

static struct file files[MAX_FILES]; /* by badge - 1 */

int device_open(struct server *s, struct ipc_message *m, const struct device *d, int flags)
{
	unsigned int i = 0;
	int ret;

	while (i < MAX_FILES && files[i].device)
		i++;
	if (i == MAX_FILES)
		return -ENFILE;
	ret = server_give(s, m, i + 1);
	if (!ret)
		files[i] =
			(struct file){ d, flags & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_DIRECTORY),
				       0 };
	return ret;
}

static struct file *file_of(uint64_t badge)
{
	return badge && badge <= MAX_FILES && files[badge - 1].device ? &files[badge - 1] : NULL;
}

void device_close(uint64_t badge)
{
	struct file *f = file_of(badge);

	if (f)
		f->device = NULL;
}

static bool is_dir(const struct file *f)
{
	return S_ISDIR(f->device->mode);
}

static int read_file(struct server *s, struct ipc_message *m, struct file *f)
{
	if (is_dir(f))
		return -EISDIR;
	if ((f->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	if (!(m->flags & IPC_WRITABLE(0)))
		return -EINVAL;
	return f->device->read(s, m, f->flags & O_NONBLOCK);
}

static int write_file(struct server *s, struct ipc_message *m, struct file *f)
{
	if (is_dir(f) || (f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (m->flags & IPC_WRITABLE(0))
		return -EINVAL;
	return f->device->write(s, m);
}

/* The entry at a place: ".", "..", then the devices. */
static struct dirent entry_at(uint64_t pos)
{
	const struct device *d = &devices[pos < 2 ? 0 : pos - 1];
	struct dirent e = { .d_ino = number_of(d), .d_type = pos < 2 ? DT_DIR : DT_CHR };

	strcpy(e.d_name, pos == 0 ? "." : pos == 1 ? ".." : d->name);
	return e;
}

static int read_directory(struct server *s, struct ipc_message *m, struct file *f)
{
	struct dirent list[NR_DEVICES + 1];
	uint64_t n = 0, room = m->window_len[0] / sizeof(struct dirent);
	int done;

	if (!is_dir(f))
		return -ENOTDIR;
	if (!room)
		return -EINVAL;
	while (n < room && f->pos + n < NR_DEVICES + 1) {
		list[n] = entry_at(f->pos + n);
		n++;
	}
	done = server_write(s, m, 0, list, n * sizeof(list[0]));
	if (done <= 0)
		return done;
	n = (uint64_t)done / sizeof(list[0]);
	f->pos += n;
	return (int)n;
}

/* A terminal has no places; the others are everywhere the same. */
static int seek(struct ipc_message *m, struct file *f)
{
	if (f->device->poll)
		return -ESPIPE;
	if (m->word[1] > SEEK_END)
		return -EINVAL;
	if (is_dir(f)) {
		if (m->word[1] != SEEK_SET || m->word[0] > NR_DEVICES + 1)
			return -EINVAL;
		f->pos = m->word[0];
	} else {
		m->word[0] = 0;
	}
	return 0;
}

static int set_flags(struct file *f, uint64_t flags)
{
	const int changeable = O_APPEND | O_NONBLOCK;

	f->flags = (f->flags & ~changeable) | ((int)flags & changeable);
	return 0;
}

int device_serve(struct server *s, struct ipc_message *m)
{
	struct file *f = file_of(m->badge);

	if (!f)
		return -EBADF;
	switch (m->op) {
	case IO_READ:
		return read_file(s, m, f);
	case IO_WRITE:
		return write_file(s, m, f);
	case IO_SEEK:
		return seek(m, f);
	case IO_FSTAT:
		return device_stat(s, m, f->device);
	case IO_TRUNCATE:
		return -EINVAL;
	case IO_READDIR:
		return read_directory(s, m, f);
	case IO_VMO:
		return -ENODEV;
	case IO_GETFL:
		return f->flags;
	case IO_SETFL:
		return set_flags(f, m->word[0]);
	case IO_POLL:
		return f->device->poll ? f->device->poll() : POLLIN | POLLOUT;
	case IO_IOCTL:
		return f->device->ioctl ? f->device->ioctl(s, m) : -ENOTTY;
	default:
		return -ENOSYS;
	}
}
