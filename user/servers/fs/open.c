/* SPDX-License-Identifier: MIT */
/*
 * Open files: their table, and the requests to them.  What open() was asked for
 * limits what can be done: read, write, both.
 */
#include "user/servers/fs/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/slots.h"

#define DIRENTS_MAX  (IPC_WINDOW_MAX / sizeof(struct dirent))
#define SETTABLE     (O_APPEND | O_NONBLOCK)
#define OF_OPEN_ONLY (O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC) /* not of the open file */

static struct slots files;
static struct dirent dirents[DIRENTS_MAX];

/* ---- the table ---- */

int open_file_new(unsigned int flags, struct open_file **out)
{
	struct open_file *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->flags = flags & ~OF_OPEN_ONLY;
	f->badge = slots_add(&files, f);
	if (!f->badge) {
		int error = errno;

		free(f);
		return -error;
	}
	*out = f;
	return 0;
}

static bool is_writer(const struct open_file *f)
{
	return (f->flags & O_ACCMODE) != O_RDONLY;
}

static bool is_reader(const struct open_file *f)
{
	return (f->flags & O_ACCMODE) != O_WRONLY;
}

void open_file_close(struct server *s, struct open_file *f)
{
	slots_remove(&files, f->badge);
	if (f->inode) {
		locks_file_closed(s, f);
		tree_put(f->inode);
	}
	if (f->pipe)
		pipe_close(s, f->pipe, is_writer(f));
	free(f);
}

int open_file_give(struct server *s, struct ipc_message *m, struct open_file *f)
{
	int ret = server_give(s, m, f->badge);

	if (ret)
		open_file_close(s, f);
	return ret;
}

struct open_file *open_file_of(uint64_t badge)
{
	return slots_find(&files, badge);
}

void open_files_unblock(struct server *s, uint64_t token)
{
	for (uint64_t badge = 1; badge <= files.size; badge++) {
		struct open_file *f = slots_find(&files, badge);

		if (f && f->pipe)
			pipe_unblock(s, f->pipe, token);
	}
	locks_unblock(s, token);
}

/* ---- reading and writing ---- */

/* Where a request reads or writes: word 0, or where the open file is.  -EINVAL, -ESPIPE. */
static off_t place_of(const struct ipc_message *m, const struct open_file *f)
{
	if (m->word[0] == IO_HERE)
		return f->offset;
	if (f->pipe)
		return -ESPIPE;
	return (off_t)m->word[0] < 0 ? -EINVAL : (off_t)m->word[0];
}

/* The open file moves on, if it was there that n bytes were copied. */
static int moved(const struct ipc_message *m, struct open_file *f, off_t place, int n)
{
	if (n > 0 && m->word[0] == IO_HERE)
		f->offset = place + n;
	return n;
}

static int do_read(struct server *s, struct ipc_message *m, struct open_file *f)
{
	off_t place;

	if (!is_reader(f))
		return -EBADF;
	if (!(m->flags & IPC_WRITABLE(0)))
		return -EINVAL;
	if (f->pipe && m->word[0] == IO_HERE)
		return pipe_read(s, m, f->pipe, f->flags & O_NONBLOCK);
	place = place_of(m, f);
	if (place < 0)
		return (int)place;
	if (S_ISDIR(f->inode->mode))
		return -EISDIR;
	return moved(m, f, place, bytes_read(s, m, f->inode, place));
}

static int do_write(struct server *s, struct ipc_message *m, struct open_file *f)
{
	off_t place;

	if (!is_writer(f))
		return -EBADF;
	if (m->flags & IPC_WRITABLE(0))
		return -EINVAL;
	if (f->pipe && m->word[0] == IO_HERE)
		return pipe_write(s, m, f->pipe, f->flags & O_NONBLOCK);
	place = place_of(m, f);
	if (place < 0)
		return (int)place;
	if (f->flags & O_APPEND) /* as on Linux, whatever the offset */
		place = f->inode->size;
	return moved(m, f, place, bytes_write(s, m, f->inode, place));
}

/* Where SEEK_* counts from, or -EINVAL. */
static off_t seek_base(const struct open_file *f, uint64_t whence)
{
	switch (whence) {
	case SEEK_SET:
		return 0;
	case SEEK_CUR:
		return f->offset;
	case SEEK_END:
		return S_ISDIR(f->inode->mode) ? -EINVAL : f->inode->size;
	default:
		return -EINVAL;
	}
}

static int do_seek(struct server *s, struct ipc_message *m, struct open_file *f)
{
	off_t base, place;

	(void)s;
	if (f->pipe)
		return -ESPIPE;
	base = seek_base(f, m->word[1]);
	if (base < 0)
		return (int)base;
	if (__builtin_add_overflow(base, (off_t)m->word[0], &place))
		return -EOVERFLOW;
	if (place < 0)
		return -EINVAL;
	m->word[0] = (uint64_t)(f->offset = place);
	return 0;
}

static int do_truncate(struct server *s, struct ipc_message *m, struct open_file *f)
{
	(void)s;
	if (f->pipe || !is_writer(f))
		return -EINVAL;
	return bytes_truncate(f->inode, (off_t)m->word[0]);
}

/* The errors, and their order, are Linux's. */
static int do_allocate(struct server *s, struct ipc_message *m, struct open_file *f)
{
	unsigned int mode = (unsigned int)m->word[0];

	(void)s;
	if (mode & ~(unsigned int)(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE) ||
	    mode == FALLOC_FL_PUNCH_HOLE)
		return -EOPNOTSUPP;
	if (!is_writer(f))
		return -EBADF;
	if (f->pipe)
		return -ESPIPE;
	return bytes_allocate(f->inode, mode, (off_t)m->word[1], (off_t)m->word[2]);
}

/* ---- what is known of it ---- */

void inode_stat(const struct inode *inode, struct stat *st)
{
	*st = (struct stat){ .st_dev = 1,
			     .st_ino = inode->ino,
			     .st_mode = inode->mode,
			     .st_nlink = inode->nlink,
			     .st_uid = inode->uid,
			     .st_gid = inode->gid,
			     .st_size = inode->size,
			     .st_blksize = 4096,
			     .st_blocks = (inode->size + 511) / 512,
			     .st_atim = inode->atime,
			     .st_mtim = inode->mtime,
			     .st_ctim = inode->ctime };
}

int stat_give(struct server *s, struct ipc_message *m, const struct stat *st)
{
	int n = server_write(s, m, 1, st, sizeof(*st));

	if (n < 0)
		return n;
	return n == sizeof(*st) ? 0 : -EFAULT;
}

static int do_fstat(struct server *s, struct ipc_message *m, struct open_file *f)
{
	struct stat st;

	if (f->pipe)
		pipe_stat(f->pipe, &st);
	else
		inode_stat(f->inode, &st);
	return stat_give(s, m, &st);
}

static int do_getfl(struct server *s, struct ipc_message *m, struct open_file *f)
{
	(void)s, (void)m;
	return (int)f->flags;
}

static int do_setfl(struct server *s, struct ipc_message *m, struct open_file *f)
{
	(void)s;
	f->flags = (f->flags & ~SETTABLE) | (m->word[0] & SETTABLE);
	return 0;
}

static int do_poll(struct server *s, struct ipc_message *m, struct open_file *f)
{
	(void)s, (void)m;
	return f->pipe ? pipe_poll(f->pipe, is_writer(f)) : POLLIN | POLLOUT;
}

static int do_ioctl(struct server *s, struct ipc_message *m, struct open_file *f)
{
	(void)s, (void)m, (void)f;
	return -ENOTTY;
}

/* ---- directories ---- */

static int do_fpath(struct server *s, struct ipc_message *m, struct open_file *f)
{
	static char path[PATH_MAX];
	int ret = f->pipe || !S_ISDIR(f->inode->mode) ? -ENOTDIR : tree_path(f->inode, path);

	return ret ? ret : server_give_path(s, m, path);
}

static void add_dirent(struct dirent *d, const struct inode *i, const char *name)
{
	d->d_ino = i->ino;
	d->d_type = (unsigned char)(i->mode >> 12); /* DT_DIR and so on */
	strcpy(d->d_name, name);
}

/* At most max entries of dir from *place on, which moves on.  Their number. */
static size_t list(const struct inode *dir, off_t *place, size_t max)
{
	const struct entry *e;
	size_t n = 0;

	for (; n < max && *place < TREE_PLACE; n++, ++*place)
		if (*place)
			add_dirent(&dirents[n], dir->parent ? dir->parent->dir : dir, "..");
		else
			add_dirent(&dirents[n], dir, ".");
	if (n == max)
		return n;
	for (e = tree_entry(dir, (uint64_t)*place); e && n < max; e = e->next, n++) {
		add_dirent(&dirents[n], e->inode, e->name);
		*place = (off_t)e->place + 1;
	}
	return n;
}

static int do_readdir(struct server *s, struct ipc_message *m, struct open_file *f)
{
	size_t max = m->window_len[0] / sizeof(struct dirent), n;
	off_t place = f->offset;
	int done;

	if (f->pipe || !S_ISDIR(f->inode->mode))
		return -ENOTDIR;
	if (!max)
		return -EINVAL;
	n = list(f->inode, &place, max);
	done = server_write(s, m, 0, dirents, n * sizeof(struct dirent));
	if (done < 0)
		return done;
	if ((size_t)done < n * sizeof(struct dirent))
		return -EFAULT;
	f->offset = place;
	return (int)n;
}

/* ---- memory objects ---- */

static int may_map(const struct open_file *f, uint64_t rights)
{
	if (!rights || rights & ~(uint64_t)(RIGHT_READ | RIGHT_WRITE | RIGHT_EXEC))
		return -EINVAL;
	if (f->pipe || S_ISDIR(f->inode->mode))
		return -ENODEV;
	if (!is_reader(f) || (rights & RIGHT_WRITE && !is_writer(f)))
		return -EACCES;
	return 0;
}

/* Those of the rights that f was opened for. */
static uint64_t allowed(const struct open_file *f, uint64_t rights)
{
	uint64_t all = 0;

	for (uint64_t right = RIGHT_READ; right <= RIGHT_EXEC; right <<= 1)
		if (rights & right && !may_map(f, right))
			all |= right;
	return all;
}

static int do_vmo(struct server *s, struct ipc_message *m, struct open_file *f)
{
	uint64_t rights = m->word[0], more = allowed(f, m->word[1]);
	int ret = may_map(f, rights), vmo;

	if (ret)
		return ret;
	if (m->word[1] == IO_TO_RUN && !(f->inode->mode & 0111))
		return -EACCES;
	vmo = bytes_vmo(f->inode, (unsigned int)(rights | (more & RIGHT_WRITE)));
	if (vmo < 0)
		return vmo;
	rights |= more;
	return server_give_handle(s, m, vmo, (unsigned int)rights, false);
}

/* ---- what is set of it ---- */

static int do_fchmod(struct server *s, struct ipc_message *m, struct open_file *f)
{
	(void)s;
	return f->pipe ? -EINVAL : set_mode(m, f->inode);
}

static int do_fchown(struct server *s, struct ipc_message *m, struct open_file *f)
{
	(void)s;
	return f->pipe ? -EINVAL : set_owner(m, f->inode);
}

static int do_futimes(struct server *s, struct ipc_message *m, struct open_file *f)
{
	(void)s;
	return f->pipe ? -EINVAL : set_times(m, f->inode);
}

/* ---- locks ---- */

static int do_owner(struct server *s, struct ipc_message *m, struct open_file *f)
{
	(void)f;
	return locks_owner(s, m);
}

static int do_lock(struct server *s, struct ipc_message *m, struct open_file *f)
{
	uint64_t type = m->word[1];
	off_t base;

	if (f->pipe || m->word[0] > IO_LOCK_WAIT || type > F_UNLCK)
		return -EINVAL;
	if (m->word[0] == IO_LOCK_GET && type == F_UNLCK)
		return -EINVAL;
	if (m->word[0] != IO_LOCK_GET &&
	    ((type == F_RDLCK && !is_reader(f)) || (type == F_WRLCK && !is_writer(f))))
		return -EBADF;
	base = seek_base(f, m->word[5]);
	return base < 0 ? (int)base : locks_request(s, m, f->inode, base);
}

static int do_unlock(struct server *s, struct ipc_message *m, struct open_file *f)
{
	if (f->inode)
		locks_unlock(s, f->inode, m->pid);
	return 0;
}

static int do_flock(struct server *s, struct ipc_message *m, struct open_file *f)
{
	if (f->pipe || m->word[1] > F_UNLCK)
		return -EINVAL;
	return locks_flock(s, m, f);
}

file_request *const file_requests[NR_IO_OPS] = {
	[IO_READ] = do_read,	[IO_WRITE] = do_write,	     [IO_SEEK] = do_seek,
	[IO_FSTAT] = do_fstat,	[IO_TRUNCATE] = do_truncate, [IO_READDIR] = do_readdir,
	[IO_VMO] = do_vmo,	[IO_GETFL] = do_getfl,	     [IO_SETFL] = do_setfl,
	[IO_POLL] = do_poll,	[IO_IOCTL] = do_ioctl,	     [IO_CHMOD] = do_fchmod,
	[IO_CHOWN] = do_fchown, [IO_UTIMES] = do_futimes,    [IO_OWNER] = do_owner,
	[IO_FPATH] = do_fpath,	[IO_LOCK] = do_lock,	     [IO_UNLOCK] = do_unlock,
	[IO_FLOCK] = do_flock,	[IO_ALLOCATE] = do_allocate,
};
