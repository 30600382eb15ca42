/* SPDX-License-Identifier: MIT */
/*
 * Where the bytes of a file are.
 *
 *	vmo >= 0                in a memory object, which all share that read, write, map and
 *	                        execute the file; of an archived one, what was not touched yet
 *	                        is still to come (pager.c)
 *	vmo < 0, archive >= 0   in the initrd alone, which the boot loader has put into memory
 *	vmo < 0, archive < 0    nowhere: the size is 0
 *
 * An archived file gets its object when somebody maps, executes or changes it.  An object is
 * as large as its file, but for the time of a write that goes past the end: so a mapping
 * ends where the file does.  The kernel sees to it that what is cut off is gone for those who have
 * mapped it, and that what comes back is zeros.
 *
 * No byte passes through our own memory: the kernel copies between object and window.
 *
 * What can run out.  Not handles: a server may have as many as there can be inodes, and more for
 * connections and for what arrives in messages.  Memory: nothing is written when less than an
 * eighth of the machine's is free; it is better that a file is refused than that somebody dies of
 * it.  Of what is kept back then, files of the archive may be brought in until a thirty-second is
 * free, so that the programs that make room again (rm, kill) can be started.  Of archived files
 * that nobody has changed CACHED_MAX have an object, and the one that was least recently asked for
 * goes first.  (A process with a mapping keeps it, and from then on sees no changes.)
 */
#include "user/servers/fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <merganser.h>
#include <mg/ipc.h>
#include <string.h>
#include <unistd.h>

#define CACHED_MAX   128
#define OBJECT_BYTES 4096l	  /* that an object costs at least, however small the file */
#define UNCHECKED    (256l << 10) /* bytes that are written between two looks at memory */

/* Which part of the machine's memory has to stay free. */
#define FREE_FOR_DATA	 8
#define FREE_FOR_ARCHIVE 32

static struct inode *cached[CACHED_MAX]; /* archived files with an object that may go, or null */
static uint64_t uses;			 /* of objects, counted */
static char buffer[4096];

/* ---- memory objects ---- */

/* The object has to stay. */
static void keep(struct inode *inode)
{
	for (int i = 0; i < CACHED_MAX; i++)
		if (cached[i] == inode)
			cached[i] = NULL;
}

/* The inode has no object any more. */
static void close_object(struct inode *inode)
{
	if (inode->vmo < 0)
		return;
	keep(inode);
	close(inode->vmo);
	inode->vmo = -1;
	inode->complete = inode->given = false;
}

/* Drops the object that was not asked for for the longest time; false: there is none. */
static bool drop_object(void)
{
	struct inode *oldest = NULL;

	for (int i = 0; i < CACHED_MAX; i++)
		if (cached[i] && (!oldest || cached[i]->last_use < oldest->last_use))
			oldest = cached[i];
	if (oldest)
		close_object(oldest);
	return oldest;
}

/* Whether there is memory for n bytes more, so that one part in `part` of all stays free. */
static bool memory_for(off_t n, unsigned int part)
{
	static off_t unchecked;
	struct kstat_mem mem;

	unchecked += n;
	if (unchecked < UNCHECKED)
		return true;
	do {
		if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0 ||
		    mem.free_frames > mem.total_frames / part + (uint64_t)n / 4096) {
			unchecked = 0;
			return true;
		}
	} while (drop_object());
	return false;
}

/* A new object for the file, or -errno. */
static int new_object(const struct inode *inode, bool archived)
{
	int vmo, error;

	do {
		vmo = archived ? pager_object(inode->archive, inode->size) : mg_vmo_create(0);
		error = errno;
	} while (vmo < 0 && drop_object());
	return vmo < 0 ? -error : vmo;
}

/* Of an archived file: its object may go when others need one. */
static void cache(struct inode *inode)
{
	int i = 0;

	while (i < CACHED_MAX && cached[i])
		i++;
	if (i == CACHED_MAX) {
		drop_object();
		for (i = 0; cached[i];)
			i++;
	}
	cached[i] = inode;
}

/* Sees to it that the file has an object. */
static int make_object(struct inode *inode)
{
	bool archived = inode->archive >= 0 && inode->size;
	int vmo;

	if (inode->vmo >= 0)
		return 0;
	if (archived && !memory_for(inode->size, FREE_FOR_ARCHIVE)) /* for what is to come */
		return -ENOSPC;
	if (!archived && !memory_for(OBJECT_BYTES, FREE_FOR_DATA))
		return -ENOSPC;
	vmo = new_object(inode, archived);
	if (vmo < 0)
		return vmo;
	inode->vmo = vmo;
	inode->complete = !archived;
	if (archived)
		cache(inode);
	return 0;
}

/* The same, for a caller that will change the file. */
static int make_own(struct inode *inode)
{
	int ret = make_object(inode);

	if (!ret)
		keep(inode);
	return ret;
}

/* Touches every page, so that what is to come from the archive comes now. */
static int bring(struct inode *inode)
{
	for (off_t at = 0; at < inode->size && !inode->complete; at += (off_t)sizeof(buffer))
		if (mg_vmo_read(inode->vmo, buffer, 1, at) < 0)
			return -errno;
	inode->complete = true;
	return 0;
}

int bytes_vmo(struct inode *inode, unsigned int rights)
{
	int ret = rights & RIGHT_WRITE ? make_own(inode) : make_object(inode);

	if (!ret && rights & RIGHT_EXEC)
		ret = bring(inode);
	if (ret)
		return ret;
	inode->last_use = ++uses;
	inode->given = true;
	return inode->vmo;
}

void tree_inode_gone(struct inode *inode)
{
	close_object(inode);
}

/* ---- reading and writing ---- */

/* Copies between an object and window 0.  Bytes or -errno. */
static int copy(struct server *s, struct ipc_message *m, int vmo, off_t offset, off_t n)
{
	ssize_t done;

	if (!(m->flags & IPC_INLINE))
		done = mg_ipc_vmo_copy(s->endpoint, m->token, 0, 0, vmo, offset, (size_t)n);
	else if (m->flags & IPC_WRITABLE(0))
		done = mg_vmo_read(vmo, &m->word[1], (size_t)n, offset);
	else
		done = mg_vmo_write(vmo, &m->word[1], (size_t)n, offset);
	return done < 0 ? -errno : (int)done;
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* As Linux's "relatime": the first read after a change is told, and saves all others the clock. */
static void was_read(struct inode *inode)
{
	if (!is_later(&inode->atime, &inode->mtime) || !is_later(&inode->atime, &inode->ctime))
		inode->atime = tree_now();
}

int bytes_read(struct server *s, struct ipc_message *m, struct inode *inode, off_t offset)
{
	off_t n = m->window_len[0];

	was_read(inode);
	if (offset >= inode->size)
		return 0;
	if (n > inode->size - offset)
		n = inode->size - offset;
	if (inode->vmo < 0)
		return copy(s, m, HANDLE_INITRD, inode->archive + offset, n);
	return copy(s, m, inode->vmo, offset, n);
}

/* The file, which has an object of its own, ends there from now on. */
static int set_size(struct inode *inode, off_t size)
{
	if (size != mg_vmo_size(inode->vmo) && mg_vmo_resize(inode->vmo, (size_t)size))
		return -errno;
	inode->size = size;
	return 0;
}

static void was_changed(struct inode *inode)
{
	inode->mtime = inode->ctime = tree_now();
}

/* At most n bytes at offset, which are below FILE_MAX; the file grows by what was written. */
static int write_own(struct server *s, struct ipc_message *m, struct inode *inode, off_t offset,
		     off_t n)
{
	off_t old = inode->size;
	int ret = offset + n > old ? set_size(inode, offset + n) : 0;
	int done = ret ? ret : copy(s, m, inode->vmo, offset, n);
	off_t end = done > 0 ? offset + done : 0;

	if (!ret && inode->size > old) /* not all of it was written: the client has died, or lied */
		ret = set_size(inode, end > old ? end : old);
	return ret ? ret : done;
}

int bytes_write(struct server *s, struct ipc_message *m, struct inode *inode, off_t offset)
{
	off_t n = m->window_len[0];
	int done;

	if (!n)
		return 0;
	if (offset >= FILE_MAX)
		return -EFBIG;
	if (n > FILE_MAX - offset)
		n = FILE_MAX - offset;
	if (!memory_for(n, FREE_FOR_DATA))
		return -ENOSPC;
	done = make_own(inode);
	if (!done)
		done = write_own(s, m, inode, offset, n);
	if (done >= 0)
		was_changed(inode);
	return done;
}

/* To nothing: an object that nobody else has seen goes, with its memory. */
static int make_empty(struct inode *inode)
{
	int ret = 0;

	if (inode->vmo >= 0 && inode->given) {
		keep(inode);
		ret = set_size(inode, 0);
	} else {
		close_object(inode);
	}
	if (ret)
		return ret;
	inode->archive = -1;
	inode->size = 0;
	return 0;
}

int bytes_truncate(struct inode *inode, off_t size)
{
	int ret = size < 0 ? -EINVAL : 0;

	if (size > FILE_MAX)
		ret = -EFBIG;
	if (!ret && !size)
		ret = make_empty(inode);
	if (!ret && size != inode->size) {
		ret = make_own(inode);
		if (!ret)
			ret = set_size(inode, size);
	}
	if (!ret)
		was_changed(inode);
	return ret;
}

/* Memory for bytes [offset, end); the file grows that far with `grow`. */
static int reserve(struct inode *inode, off_t offset, off_t end, bool grow)
{
	off_t old = inode->size;
	int ret = 0;

	if (!memory_for(end - offset, FREE_FOR_DATA))
		return -ENOSPC;
	if (end > old && grow)
		ret = set_size(inode, end);
	if (end > inode->size)
		end = inode->size;
	if (!ret && offset < end && mg_vmo_reserve(inode->vmo, offset, (size_t)(end - offset)))
		ret = -errno;
	if (ret && inode->size > old)
		set_size(inode, old);
	return ret;
}

int bytes_allocate(struct inode *inode, unsigned int mode, off_t offset, off_t n)
{
	off_t end;
	int ret;

	if (__builtin_add_overflow(offset, n, &end) || end > FILE_MAX)
		return -EFBIG;
	if (mode & FALLOC_FL_PUNCH_HOLE && offset >= inode->size)
		return 0;
	ret = make_own(inode);
	if (ret)
		return ret;
	if (!(mode & FALLOC_FL_PUNCH_HOLE))
		ret = reserve(inode, offset, end, !(mode & FALLOC_FL_KEEP_SIZE));
	else if (mg_vmo_punch(inode->vmo, offset, (size_t)n))
		ret = -errno;
	if (!ret)
		was_changed(inode);
	return ret;
}
