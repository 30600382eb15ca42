/* SPDX-License-Identifier: MIT */
/* The devices, and what those do that are open. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mg/ipc.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/servers/tty/tty.h"

#define CHUNK 4096

#define NUMBER(major, minor) ((major) << 8 | (minor))

/* ---- null, zero, full, random ---- */

static int read_nothing(struct server *s, struct ipc_message *m, bool nonblock)
{
	(void)s;
	(void)m;
	(void)nonblock;
	return 0;
}

/* Fills the window from bytes, made anew for each CHUNK by make(), which may be null. */
static int read_chunks(struct server *s, struct ipc_message *m, char *bytes, void (*make)(void))
{
	size_t done = 0, len = m->window_len[0];

	while (done < len) {
		size_t n = len - done < CHUNK ? len - done : CHUNK;
		ssize_t got;

		if (make)
			make();
		got = server_copy(s, m, 0, done, bytes, n);

		if (got <= 0)
			return done ? (int)done : (int)got;
		done += (size_t)got;
	}
	return (int)done;
}

static int read_zeros(struct server *s, struct ipc_message *m, bool nonblock)
{
	static char zeros[CHUNK];

	(void)nonblock;
	return read_chunks(s, m, zeros, NULL);
}

static uint64_t random_words[CHUNK / sizeof(uint64_t)];

/* splitmix64, stirred by the time stamp of each chunk: good for games, not for secrets. */
static void make_random(void)
{
	static uint64_t state;

	state ^= __builtin_ia32_rdtsc();
	for (size_t i = 0; i < sizeof(random_words) / sizeof(random_words[0]); i++) {
		uint64_t z = state += 0x9e3779b97f4a7c15;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
		z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
		random_words[i] = z ^ (z >> 31);
	}
}

static int read_random(struct server *s, struct ipc_message *m, bool nonblock)
{
	(void)nonblock;
	return read_chunks(s, m, (char *)random_words, make_random);
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
	{ .name = "random",
	  .mode = S_IFCHR | 0666,
	  .number = NUMBER(1, 8),
	  .read = read_random,
	  .write = write_anything },
	{ .name = "tty", .mode = S_IFCHR | 0666, .number = NUMBER(5, 0), TERMINAL },
	{ .name = "urandom",
	  .mode = S_IFCHR | 0666,
	  .number = NUMBER(1, 9),
	  .read = read_random,
	  .write = write_anything },
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

	return file_give_stat(s, m, &st);
}

/* ---- open files ---- */

struct device_file {
	struct file file;
	const struct device *device;
};

static const struct device *device_of(const struct file *f)
{
	return ((const struct device_file *)f)->device;
}

static int read_file(struct server *s, struct ipc_message *m, struct file *f)
{
	if (!(m->flags & IPC_WRITABLE(0)))
		return -EINVAL;
	return device_of(f)->read(s, m, f->flags & O_NONBLOCK);
}

static int write_file(struct server *s, struct ipc_message *m, struct file *f)
{
	return m->flags & IPC_WRITABLE(0) ? -EINVAL : device_of(f)->write(s, m);
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
	if (device_of(f)->poll)
		return -ESPIPE;
	if (m->word[1] > SEEK_END)
		return -EINVAL;
	if (f->dir) {
		if (m->word[1] != SEEK_SET || m->word[0] > NR_DEVICES + 1)
			return -EINVAL;
		f->pos = m->word[0];
	} else {
		m->word[0] = 0;
	}
	return 0;
}

/* There is but one directory. */
static void path_of(const struct file *f, char *out, size_t size)
{
	(void)f;
	snprintf(out, size, "/dev");
}

static int stat_file(struct server *s, struct ipc_message *m, const struct file *f)
{
	return device_stat(s, m, device_of(f));
}

static int poll_file(const struct file *f)
{
	return device_of(f)->poll ? device_of(f)->poll() : POLLIN | POLLOUT;
}

static int control(struct server *s, struct ipc_message *m, const struct file *f)
{
	return device_of(f)->ioctl ? device_of(f)->ioctl(s, m) : -ENOTTY;
}

static const struct file_ops device_file_ops = {
	.read = read_file,
	.write = write_file,
	.read_directory = read_directory,
	.seek = seek,
	.path = path_of,
	.stat = stat_file,
	.poll = poll_file,
	.ioctl = control,
};

int device_open(struct server *s, struct ipc_message *m, const struct device *d)
{
	struct file *f;
	int err =
		file_open(s, m, &device_file_ops, sizeof(struct device_file), S_ISDIR(d->mode), &f);

	if (!err)
		((struct device_file *)f)->device = d;
	return err;
}
