/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing a memory object by offset.
 *
 * THEORY
 *
 * Page by page: have it brought if a pager has to, look it up, which gives a reference, copy, put.
 *
 *      read     page_in ─► look up ─► none: zeros     ─► copy ─► put
 *      write    page_in ─► make ─► look up ─► none: again ─┘
 *
 * The copy may fault on the other side, and sleep.  No lock is held meanwhile, so the page may
 * leave the object: the reference keeps the frame.  What is read then are the bytes of before; what
 * is written goes where nobody looks any more.  That is as if the copy had come before the cut.
 *
 * The size is read once, for the whole; a page beyond an end that has come nearer since reads as
 * zeros, and is not written: what was done so far is told, or -EFBIG.
 *
 * Worked example.  write of 3 pages at 0, while another thread makes the object empty.  Page 0 is
 * being copied: its frame leaves the object and is freed by our put.  Page 1: make says -EFBIG, so
 * write returns 4096.
 *
 * Locks: none; filemap_copy_page() takes mmap_lock(r) of the other side.
 *
 * Invariants
 *  1. No frame is read or written without a reference.
 *
 * Rejected: a lock for reading, as Linux has in some file systems, against truncate (a copy waits
 * for the memory of a program, perhaps for a pager).
 *
 * Further reading: Linux's Documentation/filesystems/locking.rst, on what its lock against truncate
 * costs.
 */
#include <abi/errno.h>

#include "kernel/lib/string.h"
#include "kernel/sched/thread.h"
#include "kernel/x86/uaccess.h"
#include "mm/frame/page_alloc.h"
#include "mm/object/internal.h"
#include "mm/pgtable/pgtable.h"
#include "mm/space/copy.h"

int filemap_page_in(struct filemap *map, u64 offset)
{
	u64 index = offset >> PAGE_SHIFT;

	if (!filemap_awaited(&map->vmo, index))
		return 0;
	return map->vmo.ops->page_in(&map->vmo, index);
}

/* The page of a byte, to be read, with a reference; NULL: it is zeros.  As vmo_ops.page_in. */
static int page_to_read(struct filemap *map, u64 offset, struct page **page)
{
	int err = filemap_page_in(map, offset);

	if (!err)
		*page = vmo_get_page(&map->vmo, offset >> PAGE_SHIFT);
	return err;
}

/* The same to be written, made if there is none.  -EFBIG: beyond the end; -ENOMEM. */
static int page_to_write(struct filemap *map, u64 offset, struct page **page)
{
	for (;;) {
		int err = filemap_page_in(map, offset);

		if (!err)
			err = filemap_make(&map->vmo, offset >> PAGE_SHIFT);
		if (err && err != -EAGAIN)
			return err;
		*page = vmo_get_page(&map->vmo, offset >> PAGE_SHIFT);
		if (*page)
			return 0;
		err = cond_resched_killable(); /* cut out again, before we looked */
		if (err)
			return err;
	}
}

/* The bytes of a page from offset on; of none: zeros. */
static const void *bytes_of(const struct page *page, u64 offset)
{
	return (page ? page_address(page) : zero_page()) + offset % PAGE_SIZE;
}

static void put_if_any(struct page *page)
{
	if (page)
		put_page(page);
}

/* Bytes from offset to the end of its page, at most n. */
static size_t chunk_size(u64 offset, size_t n)
{
	return MIN(PAGE_SIZE - offset % PAGE_SIZE, n);
}

static int copy_out(void *to, const void *from, size_t n, bool user)
{
	if (user)
		return copy_to_user(to, from, n);
	memcpy(to, from, n);
	return 0;
}

/* n bytes within one page, to the kernel or to the caller's memory. */
static int read_page(struct filemap *map, u64 offset, void *to, size_t n, bool user)
{
	struct page *page;
	int err = page_to_read(map, offset, &page);

	if (err)
		return err;
	err = copy_out(to, bytes_of(page, offset), n, user);
	put_if_any(page);
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
	struct page *page;
	int err = page_to_write(map, offset, &page);

	if (err)
		return err;
	err = copy_from_user(page_address(page) + offset % PAGE_SIZE, ubuf, n);
	put_page(page);
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
	struct page *page;
	int err = to_user ? page_to_read(map, offset, &page) : page_to_write(map, offset, &page);

	if (err)
		return err;
	/* with to_user the bytes are only read from */
	err = copy_user_page(mm, addr, (void *)bytes_of(page, offset), n, to_user);
	put_if_any(page);
	return err;
}

int filemap_reserve(struct filemap *map, u64 offset, u64 n)
{
	u64 size = READ_ONCE(map->vmo.size), end = offset + n;

	if (!map->root || offset > size || n > size - offset)
		return -EINVAL;
	for (u64 at = ALIGN_DOWN(offset, PAGE_SIZE); at < end; at += PAGE_SIZE) {
		struct page *page;
		int err = page_to_write(map, at, &page);

		if (err)
			return err;
		put_page(page);
		err = cond_resched_killable();
		if (err)
			return err;
	}
	return 0;
}
