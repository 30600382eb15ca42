/* SPDX-License-Identifier: MIT */
/*
 * Where the bytes of a file are.
 *
 *	archive >= 0            never written: in the initrd, which the boot loader has put
 *	                        into memory; vmo may be a copy, for who maps or executes it
 *	archive < 0, vmo >= 0   in a memory object of its own
 *	archive < 0, vmo < 0    nowhere: the size is 0
 *
 * The first write moves a file from the archive into an object.  A memory object
 * cannot grow, but what was never written of it costs no memory: so each is made as
 * large as can be, and the inode knows the size.  Behind the size there are zeros,
 * for who makes the file longer.
 *
 * No byte passes through our own memory: the kernel copies between object and window.
 *
 * What can run out.  Handles: a process has 256, and all objects together get OBJECTS_MAX,
 * so that there are always some for connections and for what arrives in messages; of
 * copies of archived files the least recently asked for goes first.  Memory: nothing
 * is written when less than an eighth of the machine's is free; it is better that a
 * file is refused than that somebody dies of it.
 */
#include "user/servers/fs/fs.h"

#include <errno.h>
#include <merganser.h>
#include <mg/ipc.h>
#include <string.h>
#include <unistd.h>

#define OBJECTS_MAX 236
#define UNCHECKED   (256l << 10) /* bytes that are written between two looks at memory */

static int nr_objects;			  /* handles to memory objects, but the initrd */
static struct inode *copied[OBJECTS_MAX]; /* archived files with a copy, or null */
static uint64_t uses;			  /* of copies, counted */
static char buffer[16384];
static const char zeros[4096];

/* ---- memory objects ---- */

static void free_object(int vmo)
{
	close(vmo);
	nr_objects--;
}

/* The inode has no object any more. */
static void close_object(struct inode *inode)
{
	if (inode->vmo < 0)
		return;
	free_object(inode->vmo);
	inode->vmo = -1;
	for (int i = 0; i < OBJECTS_MAX; i++)
		if (copied[i] == inode)
			copied[i] = NULL;
}

/* Drops the copy that was not asked for for the longest time; false: there is none. */
static bool drop_copy(void)
{
	struct inode *oldest = NULL;

	for (int i = 0; i < OBJECTS_MAX; i++)
		if (copied[i] && (!oldest || copied[i]->last_use < oldest->last_use))
			oldest = copied[i];
	if (oldest)
		close_object(oldest);
	return oldest;
}

/* Whether there is memory for n bytes more. */
static bool memory_for(off_t n)
{
	static off_t unchecked;
	struct kstat_mem mem;

	unchecked += n;
	if (unchecked < UNCHECKED)
		return true;
	do {
		if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) < 0 ||
		    mem.free_frames > mem.total_frames / 8 + (uint64_t)n / 4096) {
			unchecked = 0;
			return true;
		}
	} while (drop_copy());
	return false;
}

static int new_object(off_t size)
{
	int vmo;

	if (nr_objects == OBJECTS_MAX && !drop_copy())
		return -ENOSPC;
	vmo = mg_vmo_create((size_t)size);
	if (vmo < 0)
		return -ENOSPC;
	nr_objects++;
	return vmo;
}

/* Copies an archived file to the start of an object. */
static int fill(int vmo, const struct inode *inode)
{
	for (off_t done = 0; done < inode->size;) {
		size_t n = (size_t)(inode->size - done);
		ssize_t got =
			mg_vmo_read(HANDLE_INITRD, buffer, n < sizeof(buffer) ? n : sizeof(buffer),
				    inode->archive + done);

		if (got <= 0)
			return -EIO;
		if (mg_vmo_write(vmo, buffer, (size_t)got, done) != got)
			return -ENOSPC;
		done += got;
	}
	return 0;
}

/* A new object of this capacity that holds what the file holds. */
static int new_object_of(const struct inode *inode, off_t capacity)
{
	int vmo, ret = 0;

	if (inode->archive >= 0 && !memory_for(inode->size))
		return -ENOSPC;
	vmo = new_object(capacity);
	if (vmo >= 0 && inode->archive >= 0)
		ret = fill(vmo, inode);
	if (!ret)
		return vmo;
	free_object(vmo);
	return ret;
}

/* Sees to it that the file has an object of its own. */
static int make_own(struct inode *inode)
{
	int vmo;

	if (inode->archive < 0 && inode->vmo >= 0)
		return 0;
	vmo = new_object_of(inode, FILE_MAX);
	if (vmo < 0)
		return vmo;
	close_object(inode); /* whoever has mapped the copy keeps it */
	inode->vmo = vmo;
	inode->archive = -1;
	inode->written = inode->size;
	return 0;
}

/* Gives an archived file a copy. */
static int make_copy(struct inode *inode)
{
	int i = 0, vmo = new_object_of(inode, inode->size);

	if (vmo < 0)
		return vmo;
	inode->vmo = vmo;
	while (copied[i])
		i++; /* there is a place: not more copies than objects */
	copied[i] = inode;
	return 0;
}

int bytes_vmo(struct inode *inode, bool writable)
{
	int ret = 0;

	if (writable || inode->archive < 0)
		ret = make_own(inode);
	else if (inode->vmo < 0)
		ret = make_copy(inode);
	if (ret)
		return ret;
	inode->last_use = ++uses;
	if (writable)
		inode->written = FILE_MAX; /* for all that we know */
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
	if (done >= 0)
		return (int)done;
	return errno == ENOMEM ? -ENOSPC : -errno;
}

int bytes_read(struct server *s, struct ipc_message *m, struct inode *inode, off_t offset)
{
	off_t n = m->window_len[0];

	if (offset >= inode->size)
		return 0;
	if (n > inode->size - offset)
		n = inode->size - offset;
	if (inode->archive >= 0)
		return copy(s, m, HANDLE_INITRD, inode->archive + offset, n);
	return copy(s, m, inode->vmo, offset, n);
}

/* Makes zeros of what is not in [from, to) of an object; costs no memory. */
static void wipe(int vmo, off_t from, off_t to)
{
	while (from < to) {
		size_t rest = sizeof(zeros) - (size_t)from % sizeof(zeros);
		size_t n = (size_t)(to - from) < rest ? (size_t)(to - from) : rest;

		if (mg_vmo_read(vmo, buffer, n, from) == (ssize_t)n && memcmp(buffer, zeros, n))
			mg_vmo_write(vmo, zeros, n, from);
		from += (off_t)n;
	}
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
	if (!memory_for(n))
		return -ENOSPC;
	done = make_own(inode);
	if (done)
		return done;
	done = copy(s, m, inode->vmo, offset, n);
	if (done < 0) { /* of a client who has died something may be there */
		wipe(inode->vmo, offset > inode->size ? offset : inode->size, offset + n);
		return done;
	}
	if (inode->size < offset + done)
		inode->size = offset + done;
	if (inode->written < offset + done)
		inode->written = offset + done;
	inode->mtime = inode->ctime = tree_now();
	return done;
}

int bytes_truncate(struct inode *inode, off_t size)
{
	int ret = size < 0 ? -EINVAL : 0;

	if (size > FILE_MAX)
		ret = -EFBIG;
	if (!ret && size && size != inode->size)
		ret = make_own(inode);
	if (ret)
		return ret;
	if (!size) { /* all memory comes back */
		close_object(inode);
		inode->archive = -1;
		inode->written = 0;
	} else if (size < inode->size) {
		wipe(inode->vmo, size, inode->size < inode->written ? inode->size : inode->written);
	}
	inode->size = size;
	inode->mtime = inode->ctime = tree_now();
	return 0;
}
