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
 * Or they come from a pager: of the pages of the first vmo.paged bytes those that have no frame
 * are not zeros but still to be brought, by some program that knows where the bytes are:
 *
 *      read, write, copy     filemap_page_in() ──► vmo.ops->page_in: asks, and sleeps
 *      a fault (mm/space)    fault_page_in() ─────────────┘           │
 *                            filemap_supply() <──────── vmo_supply() ─┘    kernel/ipc/vmo.c
 *
 * Read, write and copy ask for such a page before they look at it; once there it stays, so one
 * answer is enough.  The bytes are in a frame before the frame is entered, by compare-and-swap like
 * every other, so a page is there or it is not: nobody waits at the page itself, and a pager that
 * fails leaves no trace.  What is there is not supplied again, for it may have been written to.
 *
 * Worked example.  An object of 4 MiB, and "hello" is written at 0x201000: page 513, so
 * root[1] and in it leaf[1].  The leaf and the frame are new: 3 frames with the root.
 * Byte 0x200fff is in page 512, leaf[0] of the same leaf: null, reads as zero.
 *
 * No lock.  A pointer changes once, from null, by compare-and-swap, and stays until the
 * object is destroyed, which the last of its users does.  Two that write to the same
 * empty page both bring a frame; the one that loses the race frees its own and uses the winner's.
 * The frame is zeroed before it is entered, so nobody reads what was there before.
 * Bytes that several write at once are the writers' affair, as in any shared memory.
 *
 * Frames of data may be mapped (mm/space/filefault.c).  So they are frames with references:
 * one is the map's, each entry and each pin has its own.  mapping (the struct vmo) and index say
 * whose they are and which, for whoever meets one in a page table; the last bits of mapping are
 * clear, which sets it apart from an anonymous page, and no scanner is told of it.  An area has a
 * reference to the object, so when the object goes no entry is left, but perhaps a pin:
 * then the frame has no name any more and lives on until that is gone.  Tables are frames of
 * the same kind, but filemap_page() gives none away.  All count as PK_VMO, and stop at WMARK_MIN
 * like user memory, since a program can ask for them without end.
 *
 * Bytes of the last frame beyond the object's end are zeros for those that map it: no read,
 * write or supply by offset goes there.  (A program that maps it shared may write there, and reads
 * it again, as everybody does when the object has grown.)
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
 *  1. A pointer in a table is null, or names a frame of the level below for good.  It has
 *     a reference and its name before it is entered.
 *  2. A frame that a pager supplies holds its bytes before it is entered.
 *  3. map->frames = frames reachable from the root, tables and root included, but for
 *     those of a race that is still being lost.
 *
 * Rejected: a lock and a tree that shrinks (nothing is ever taken out of an object);
 * three levels (1 GiB is more than a machine here has to give); a locked page that stands for one
 * still to come, as on Linux (a thread that needs it would wait for the page lock, and have to be
 * told why it never came; as it is, it waits for the answer to its own call, which ends in one way
 * or another).
 *
 * Deliberately missing: dirty pages, write-back; an object that shrinks, for which the pages that
 * are mapped would have to be found.
 *
 * Further reading: Linux's Documentation/core-api/xarray.rst, the same idea without the
 * limits.
 */
#include "mm/object/filemap.h"

#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/x86/page_ops.h"
#include "kernel/x86/uaccess.h"
#include "mm/pgtable/pgtable.h"
#include "mm/space/copy.h"
#include "mm/space/pagelock.h"
#include "mm/vmo.h"

/* The page says from now on whose it is, and which. */
static void name_page(struct filemap *map, struct page *page, u64 index)
{
	page->index = index;
	WRITE_ONCE(page->mapping, (u64)&map->vmo);
}

/* A frame of zeros, of data or a table for page index, with one reference, the map's. */
static void *filemap_alloc_frame(struct filemap *map, u64 index)
{
	struct page *page = alloc_user_page();

	if (!page)
		return NULL;
	clear_page(page_address(page));
	name_page(map, page, index);
	account_pages(PK_USER, -1);
	account_pages(PK_VMO, 1);
	atomic64_inc(&map->frames);
	EVENT(file_new, page_to_pfn(page), index);
	return page_address(page);
}

/* Drops the map's reference.  A pinned frame lives on until it is unpinned, as user memory. */
static void filemap_free_frame(struct filemap *map, void *frame)
{
	struct page *page = virt_to_page(frame);

	BUG_ON(page_mapped(page));
	lock_page(page); /* a walk that asks the page where it is mapped reads map->vmo */
	account_pages(PK_VMO, -1);
	account_pages(PK_USER, 1);
	atomic64_dec(&map->frames);
	WRITE_ONCE(page->mapping, 0);
	unlock_page(page);
	put_page(page);
}

/* Frees a table and all that it leads to; level 1: to frames of data. */
static void free_table(struct filemap *map, struct filemap_table *table, u32 level)
{
	for (u32 i = 0; i < FILEMAP_FANOUT; i++) {
		void *below = table->frame[i];

		if (!below)
			continue;
		if (level > 1)
			free_table(map, below, level - 1);
		else
			filemap_free_frame(map, below);
	}
	filemap_free_frame(map, table);
	cond_resched();
}

static void map_setup(struct filemap *map, u64 size, u64 phys, const struct vmo_ops *ops)
{
	static u64 last_id; /* (a) */
	u64 id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);

	*map = (struct filemap){ .vmo = { .ops = ops, .size = size, .id = id }, .phys = phys };
	rwsem_init(&map->vmo.i_mmap_lock, LOCK_I_MMAP);
}

int filemap_init(struct filemap *map, u64 size, const struct vmo_ops *ops)
{
	if (size > FILEMAP_MAX)
		return -EFBIG;
	map_setup(map, size, 0, ops);
	map->root = filemap_alloc_frame(map, 0);
	return map->root ? 0 : -ENOMEM;
}

void filemap_init_module(struct filemap *map, u64 phys, u64 size, const struct vmo_ops *ops)
{
	BUG_ON(!IS_ALIGNED(phys, PAGE_SIZE));
	map_setup(map, size, phys, ops);
	memset(phys_to_virt(phys + size), 0, ALIGN_UP(size, PAGE_SIZE) - size);
	for (u64 i = 0; i < vmo_pages(&map->vmo); i++) {
		struct page *page = pfn_to_page((phys >> PAGE_SHIFT) + i);

		name_page(map, page, i);
		atomic_set(&page->refcount, 1); /* for good: it is never freed */
	}
}

/* Its frames stay, and are nobody's. */
static void forget_module(struct filemap *map)
{
	for (u64 i = 0; i < vmo_pages(&map->vmo); i++)
		WRITE_ONCE(pfn_to_page((map->phys >> PAGE_SHIFT) + i)->mapping, 0);
}

void filemap_destroy(struct filemap *map)
{
	if (map->root)
		free_table(map, map->root, FILEMAP_LEVELS);
	else
		forget_module(map);
}

/* The frame that holds byte offset, or NULL. */
static void *find_frame(struct filemap *map, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;
	struct filemap_table *leaf = READ_ONCE(map->root->frame[index / FILEMAP_FANOUT]);

	return leaf ? READ_ONCE(leaf->frame[index % FILEMAP_FANOUT]) : NULL;
}

/*
 * What *place points to, a new frame of zeros for page index if that is nothing yet; NULL if
 * memory is short.  Two threads that bring one both use the one that was entered.
 */
static void *get_frame(struct filemap *map, void **place, u64 index)
{
	void *frame = READ_ONCE(*place);
	void *winner;

	if (frame)
		return frame;
	frame = filemap_alloc_frame(map, index);
	if (!frame)
		return NULL;
	winner = cmpxchg(place, NULL, frame);
	if (!winner)
		return frame;
	filemap_free_frame(map, frame);
	return winner;
}

/* Where the frame that holds byte offset is entered; NULL if memory is short. */
static void **get_place(struct filemap *map, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;
	struct filemap_table *leaf;

	BUG_ON(!map->root || offset >= READ_ONCE(map->vmo.size));
	leaf = get_frame(map, &map->root->frame[index / FILEMAP_FANOUT], index);
	return leaf ? &leaf->frame[index % FILEMAP_FANOUT] : NULL;
}

/* As filemap_data() for writing, a frame of zeros where there was none; NULL if memory is short. */
static void *make_data(struct filemap *map, u64 offset)
{
	void **place = get_place(map, offset);
	void *frame;

	if (!place)
		return NULL;
	frame = get_frame(map, place, offset >> PAGE_SHIFT);
	return frame ? frame + offset % PAGE_SIZE : NULL;
}

/*
 * The pager's n bytes become the page at offset, unless there is one: somebody may have written
 * to that.  They are in the frame before anybody can find it.
 */
static int supply_page(struct filemap *map, u64 offset, const void *ubuf, size_t n)
{
	void **place = get_place(map, offset);
	void *frame;
	int err;

	if (!place)
		return -ENOMEM;
	if (READ_ONCE(*place))
		return 0;
	frame = filemap_alloc_frame(map, offset >> PAGE_SHIFT);
	if (!frame)
		return -ENOMEM;
	err = copy_from_user(frame, ubuf, n);
	if (err) {
		filemap_free_frame(map, frame);
		return err;
	}
	if (cmpxchg(place, NULL, frame))
		filemap_free_frame(map, frame); /* somebody was faster */
	return 0;
}

const void *filemap_data(struct filemap *map, u64 offset)
{
	void *frame;

	BUG_ON(offset >= READ_ONCE(map->vmo.size));
	if (!map->root)
		return phys_to_virt(map->phys + offset);
	frame = find_frame(map, offset);
	return frame ? frame + offset % PAGE_SIZE : NULL;
}

struct page *filemap_page(struct vmo *vmo, u64 index, bool make)
{
	struct filemap *map = container_of(vmo, struct filemap, vmo);
	u64 offset = index << PAGE_SHIFT;
	const void *data;

	if (make && map->root)
		data = make_data(map, offset);
	else
		data = filemap_data(map, offset);
	return data ? virt_to_page(data) : NULL;
}

int filemap_supply(struct filemap *map, u64 offset, const void *ubuf, size_t n)
{
	if (offset >= map->vmo.paged)
		return 0;
	n = MIN(n, map->vmo.paged - offset);
	for (size_t done = 0; done < n; done += PAGE_SIZE) {
		int err = supply_page(map, offset + done, ubuf + done, MIN(n - done, PAGE_SIZE));

		if (err)
			return err;
		err = cond_resched_killable();
		if (err)
			return err;
	}
	return 0;
}

/* Has the page of a byte brought, if it is missing and a pager has it.  As vmo_ops.page_in. */
static int filemap_page_in(struct filemap *map, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;

	if (!vmo_from_pager(&map->vmo, index) || find_frame(map, offset))
		return 0;
	return map->vmo.ops->page_in(&map->vmo, index);
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

/* n bytes within one page, to the kernel or to the caller's memory. */
static int read_page(struct filemap *map, u64 offset, void *to, size_t n, bool user)
{
	int err = filemap_page_in(map, offset);

	if (err)
		return err;
	err = copy_out(to, filemap_data(map, offset), n, user);
	if (err || !user)
		return err;
	return cond_resched_killable();
}

/* Page by page; what was done if not all could be. */
static s64 read_pages(struct filemap *map, u64 offset, void *to, size_t n, bool user)
{
	for (size_t done = 0, len; done < n; done += len) {
		int err;

		len = chunk_size(offset + done, n - done);
		err = read_page(map, offset + done, to + done, len, user);
		if (err)
			return done ? (s64)done : err;
	}
	return (s64)n;
}

int filemap_read_kernel(struct filemap *map, u64 offset, void *buf, size_t n)
{
	u64 size = READ_ONCE(map->vmo.size);
	s64 done;

	if (offset > size || n > size - offset)
		return -EINVAL;
	done = read_pages(map, offset, buf, n, false);
	if (done < 0)
		return (int)done;
	return done == (s64)n ? 0 : -EIO;
}

s64 filemap_read(struct filemap *map, u64 offset, void *ubuf, size_t n)
{
	u64 size = READ_ONCE(map->vmo.size);

	if (offset >= size)
		return 0;
	return read_pages(map, offset, ubuf, MIN(n, size - offset), true);
}

/* n bytes within one page, from the caller's memory. */
static int write_page(struct filemap *map, u64 offset, const void *ubuf, size_t n)
{
	int err = filemap_page_in(map, offset);
	void *data;

	if (err)
		return err;
	data = make_data(map, offset);
	if (!data)
		return -ENOMEM;
	err = copy_from_user(data, ubuf, n);
	return err ? err : cond_resched_killable();
}

s64 filemap_write(struct filemap *map, u64 offset, const void *ubuf, size_t n)
{
	u64 size = READ_ONCE(map->vmo.size);

	if (!n)
		return 0;
	if (offset >= size)
		return -EFBIG;
	n = MIN(n, size - offset);
	for (size_t done = 0, len; done < n; done += len) {
		int err;

		len = chunk_size(offset + done, n - done);
		err = write_page(map, offset + done, ubuf + done, len);
		if (err)
			return done ? (s64)done : err;
	}
	return (s64)n;
}

int filemap_copy_page(struct filemap *map, u64 offset, struct mm_struct *mm, u64 addr, size_t n,
		      bool to_user)
{
	int err = filemap_page_in(map, offset);
	const void *data;

	if (err)
		return err;
	if (!to_user) {
		void *own = make_data(map, offset);

		return own ? copy_user_page(mm, addr, own, n, false) : -ENOMEM;
	}
	data = filemap_data(map, offset);
	if (!data)
		data = zero_page();
	return copy_user_page(mm, addr, (void *)data, n, true); /* only read from */
}

int filemap_resize(struct filemap *map, u64 size)
{
	u64 old;

	if (size > FILEMAP_MAX)
		return -EFBIG;
	do {
		old = READ_ONCE(map->vmo.size);
		if (!map->root || size < old)
			return -EINVAL;
	} while (cmpxchg(&map->vmo.size, old, size) != old);
	return 0;
}
