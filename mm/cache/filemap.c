/* SPDX-License-Identifier: MIT */
/*
 * Which frame holds which page of a memory object.
 *
 * THEORY
 *
 * A file that a program has loaded, the image that exec reads, the buffer of a server:
 * a memory object is a number of bytes, and this is where they are.  Two levels of
 * tables, each one frame, find a frame of data:
 *
 *      root [512] --> leaf [512] --> frame          512 * 512 * 4 KiB = 1 GiB
 *       |  |  |        |     |
 *       0  0  '        0     '--> frame
 *
 *      page number:   | root index : 9 | leaf index : 9 |
 *
 * Frames come with the first write to them, tables as well.  What was never written
 * has none, and reads as zeros: an object of 1 GiB costs one frame as long as it is
 * empty.
 *
 * Worked example.  An object of 4 MiB, and "hello" is written at 0x201000: page 513, so
 * root[1] and in it leaf[1].  The leaf and the frame are new: 3 frames with the root.
 * Byte 0x200fff is in page 512, leaf[0] of the same leaf: null, reads as zero.
 *
 * No lock.  A pointer changes once, from null, by compare-and-swap, and stays until the
 * object is destroyed, which the last of its users does.  Two that write to the same
 * empty page both bring a frame; who loses the race frees his and uses the winner's.
 * The frame is zeroed before it is entered, so nobody reads what was there before.
 * Bytes that several write at once are the writers' affair, as in any shared memory.
 *
 * The frames are the kernel's (frozen, no reverse map): no program maps them, bytes are
 * copied.  They count as PK_VMO, and stop at WMARK_MIN like user memory, since a program
 * can ask for them without end.
 *
 * A boot module needs no tables: its frames lie in a row where the boot loader put
 * them.  It has no root, cannot be written, and is never freed.
 *
 * Unlike Linux, where this is called address_space and is a cache of a file on disk:
 * here that word means an mm_struct, and nothing is cached, it is all there is.
 *
 * Locks: none; filemap_copy_page() takes mmap_lock(r) of the other side.
 *
 * Invariants
 *  1. A pointer in a table is null, or names a frame of the level below for good.
 *  2. map->frames = frames reachable from the root, tables and root included, but for
 *     those of a race that is still being lost.
 *
 * Rejected: a lock and a tree that shrinks (nothing is ever taken out of an object);
 * three levels (1 GiB is more than a machine here has to give).
 *
 * Deliberately missing: pagers, dirty pages, write-back, mappings of the pages; they
 * come when files are mapped.
 *
 * Further reading: Linux's Documentation/core-api/xarray.rst, the same idea without the
 * limits.
 */
#include "mm/cache/filemap.h"

#include <abi/errno.h>

#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/uaccess.h"
#include "mm/space/memory.h"

static void *alloc_frame(struct filemap *map)
{
	void *frame = alloc_zeroed_data_page();

	if (frame) {
		account_pages(PK_VMO, 1);
		atomic64_inc(&map->frames);
	}
	return frame;
}

static void free_frame(struct filemap *map, void *frame)
{
	account_pages(PK_VMO, -1);
	atomic64_dec(&map->frames);
	free_pages(virt_to_page(frame), 0);
}

/* Frees a table and all below it; level 0 is a frame of data. */
static void free_tree(struct filemap *map, void *frame, u32 level)
{
	struct filemap_table *table = frame;

	for (u32 i = 0; level && i < FILEMAP_FANOUT; i++)
		if (table->frame[i])
			free_tree(map, table->frame[i], level - 1);
	free_frame(map, frame);
	if (level)
		cond_resched();
}

int filemap_init(struct filemap *map, u64 size)
{
	*map = (struct filemap){ .size = size };
	if (size > FILEMAP_MAX)
		return -EFBIG;
	map->root = alloc_frame(map);
	return map->root ? 0 : -ENOMEM;
}

void filemap_init_module(struct filemap *map, u64 phys, u64 size)
{
	BUG_ON(!IS_ALIGNED(phys, PAGE_SIZE));
	*map = (struct filemap){ .size = size, .phys = phys };
}

void filemap_destroy(struct filemap *map)
{
	if (map->root)
		free_tree(map, map->root, FILEMAP_LEVELS);
}

/* The frame that holds byte offset, or NULL. */
static void *find_frame(struct filemap *map, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;
	struct filemap_table *leaf = READ_ONCE(map->root->frame[index / FILEMAP_FANOUT]);

	return leaf ? READ_ONCE(leaf->frame[index % FILEMAP_FANOUT]) : NULL;
}

/* What *place points to, a new frame of zeros if that is nothing yet; NULL if memory is short. */
static void *get_frame(struct filemap *map, void **place)
{
	void *frame = READ_ONCE(*place), *winner;

	if (frame)
		return frame;
	frame = alloc_frame(map);
	winner = frame ? cmpxchg(place, NULL, frame) : NULL;
	if (!winner)
		return frame;
	free_frame(map, frame);
	return winner;
}

/* As filemap_data() for writing, a frame of zeros where there was none; NULL if memory is short. */
static void *make_data(struct filemap *map, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;
	struct filemap_table *leaf;
	void *frame;

	BUG_ON(!map->root || offset >= map->size);
	leaf = get_frame(map, &map->root->frame[index / FILEMAP_FANOUT]);
	frame = leaf ? get_frame(map, &leaf->frame[index % FILEMAP_FANOUT]) : NULL;
	return frame ? frame + offset % PAGE_SIZE : NULL;
}

const void *filemap_data(struct filemap *map, u64 offset)
{
	void *frame;

	BUG_ON(offset >= map->size);
	if (!map->root)
		return phys_to_virt(map->phys + offset);
	frame = find_frame(map, offset);
	return frame ? frame + offset % PAGE_SIZE : NULL;
}

/* Bytes from offset to the end of its page, at most n. */
static size_t chunk_size(u64 offset, size_t n)
{
	return MIN(PAGE_SIZE - offset % PAGE_SIZE, n);
}

/* Copies bytes of one page out; what was never written (data is null) reads as zeros. */
static int copy_out(void *to, const void *data, size_t n, bool user)
{
	if (!data)
		data = zero_page();
	if (user)
		return copy_to_user(to, data, n);
	memcpy(to, data, n);
	return 0;
}

static s64 read_pages(struct filemap *map, u64 offset, void *to, size_t n, bool user)
{
	for (size_t done = 0, len; done < n; done += len) {
		int ret;

		len = chunk_size(offset + done, n - done);
		ret = copy_out(to + done, filemap_data(map, offset + done), len, user);
		if (!ret && user)
			ret = cond_resched_killable();
		if (ret)
			return done ? (s64)done : ret;
	}
	return n;
}

int filemap_read_kernel(struct filemap *map, u64 offset, void *buf, size_t n)
{
	if (offset > map->size || n > map->size - offset)
		return -EINVAL;
	read_pages(map, offset, buf, n, false);
	return 0;
}

s64 filemap_read(struct filemap *map, u64 offset, void *ubuf, size_t n)
{
	if (offset >= map->size)
		return 0;
	return read_pages(map, offset, ubuf, MIN(n, map->size - offset), true);
}

s64 filemap_write(struct filemap *map, u64 offset, const void *ubuf, size_t n)
{
	size_t done, len;

	if (!n)
		return 0;
	if (offset >= map->size)
		return -EFBIG;
	n = MIN(n, map->size - offset);
	for (done = 0; done < n; done += len) {
		void *data = make_data(map, offset + done);
		int ret;

		len = chunk_size(offset + done, n - done);
		ret = data ? copy_from_user(data, ubuf + done, len) : -ENOMEM;
		if (!ret)
			ret = cond_resched_killable();
		if (ret)
			return done ? (s64)done : ret;
	}
	return done;
}

int filemap_copy_page(struct filemap *map, u64 offset, struct mm_struct *mm, u64 addr, size_t n,
		      bool to_user)
{
	void *data = to_user ? (void *)filemap_data(map, offset) : make_data(map, offset);

	if (!data && !to_user)
		return -ENOMEM;
	if (!data)
		data = (void *)zero_page();
	return copy_user_page(mm, addr, data, n, to_user);
}
