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
 * An archived file gets its object when somebody maps, executes or changes it.  An object
 * grows with its file and does not shrink: what lay past the new end is made zeros.  Whoever
 * maps a file to write may put something there again, so it is looked at anew before the file
 * grows.
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
static const char zeros[sizeof(buffer)];

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
	inode->capacity = 0;
	inode->complete = inode->unclean = false;
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
	inode->capacity = inode->written = inode->size;
	inode->complete = !archived;
	if (archived)
		cache(inode);
	return 0;
}

/* The same, for a caller that will change the file: at least size bytes large. */
static int make_own(struct inode *inode, off_t size)
{
	int ret = make_object(inode);

	if (ret)
		return ret;
	keep(inode);
	if (size <= inode->capacity)
		return 0;
	if (mg_vmo_resize(inode->vmo, (size_t)size))
		return -errno;
	inode->capacity = size;
	return 0;
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
	int ret = rights & RIGHT_WRITE ? make_own(inode, inode->size) : make_object(inode);

	if (!ret && rights & RIGHT_EXEC)
		ret = bring(inode);
	if (ret)
		return ret;
	inode->last_use = ++uses;
	if (rights & RIGHT_WRITE) { /* from now on, for all that we know */
		inode->unclean = true;
		inode->written = FILE_MAX;
	}
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

/*
 * Makes zeros of what is not in [from, to) of an object, as far as something was ever written
 * there.  Costs no memory but for pages of an archive that are still to come.
 */
static int wipe(const struct inode *inode, off_t from, off_t to)
{
	to = to < inode->written ? to : inode->written;
	while (from < to) {
		size_t rest = sizeof(zeros) - (size_t)from % sizeof(zeros);
		size_t n = (size_t)(to - from) < rest ? (size_t)(to - from) : rest;

		if (mg_vmo_read(inode->vmo, buffer, n, from) != (ssize_t)n ||
		    (memcmp(buffer, zeros, n) &&
		     mg_vmo_write(inode->vmo, zeros, n, from) != (ssize_t)n))
			return -errno;
		from += (off_t)n;
	}
	return 0;
}

/* Room for a file of size bytes, with zeros past its present end. */
static int make_room(struct inode *inode, off_t size)
{
	off_t old = (inode->capacity + (off_t)sizeof(zeros) - 1) & -(off_t)sizeof(zeros);
	int ret = make_own(inode, size);

	if (ret || !inode->unclean || size <= inode->size)
		return ret;
	return wipe(inode, inode->size, size < old ? size : old);
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
	done = make_room(inode, offset + n);
	if (done)
		return done;
	if (inode->written < offset + n)
		inode->written = offset + n;
	done = copy(s, m, inode->vmo, offset, n);
	if (done < n) /* a client that has died may have left something there */
		inode->unclean = true;
	if (done < 0)
		return done;
	if (inode->size < offset + done)
		inode->size = offset + done;
	inode->mtime = inode->ctime = tree_now();
	return done;
}

int bytes_truncate(struct inode *inode, off_t size)
{
	int ret = size < 0 ? -EINVAL : 0;

	if (size > FILE_MAX)
		ret = -EFBIG;
	if (!ret && size && size != inode->size)
		ret = make_room(inode, size);
	if (!ret && size && size < inode->size)
		ret = wipe(inode, size, inode->size);
	if (ret)
		return ret;
	if (!size) { /* all memory comes back */
		close_object(inode);
		inode->archive = -1;
	}
	inode->size = size;
	inode->mtime = inode->ctime = tree_now();
	return 0;
}
