/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a memory object: either a boot module (its frames are there already,
 * read only) or frames of its own, that come with the first write to them: what was
 * never written reads as zeros.
 *
 *      filemap.c    which frame is which page     fileio.c    read and write by offset
 *      truncate.c   pages leave
 *
 * Legend: (a) atomic; (c) constant after creation; (o) lock, read without it as a hint.
 */
#pragma once

#include "kernel/x86/layout.h"
#include "mm/space/mm.h"
#include "mm/vmo.h"

#define FILEMAP_LEVELS 2 /* of tables above the data */
#define FILEMAP_FANOUT (PAGE_SIZE / sizeof(void *))
#define FILEMAP_MAX    (FILEMAP_FANOUT * FILEMAP_FANOUT * PAGE_SIZE) /* bytes: 1 GiB */

/* One frame: a root points to leaves, a leaf to frames of data. */
struct filemap_table {
	void *slot[FILEMAP_FANOUT]; /* of the root (a), set once; of a leaf (o) */
};

struct filemap {
	struct vmo vmo;		    /* what an area maps; its size and paged: (o) */
	u64 phys;		    /* (c) boot module: its page-aligned physical address */
	struct filemap_table *root; /* (c) own frames; null for a boot module */
	atomic64_t frames;	    /* (a) of its own, tables included */
	struct rwsem resize_lock;   /* one change of the size, or hole, at a time */
	spinlock_t lock;
	u64 cuts; /* (o) how often pages have left */
};

static inline struct filemap *to_filemap(struct vmo *vmo)
{
	return container_of(vmo, struct filemap, vmo);
}

/* Makes a map of size zero bytes; areas reach it by ops.  -EFBIG above FILEMAP_MAX, -ENOMEM. */
int filemap_init(struct filemap *map, u64 size, const struct vmo_ops *ops);
/*
 * Makes a map of size bytes at the page-aligned phys, which stay where they are; what lies
 * beyond them in their last frame becomes zeros.
 */
void filemap_init_module(struct filemap *map, u64 phys, u64 size, const struct vmo_ops *ops);
/* Frees its frames; nobody uses the map any more, no area has it.  Sleeps. */
void filemap_destroy(struct filemap *map);
/* vmo_ops: get_pages, make, awaited */
u32 filemap_get_pages(struct vmo *vmo, u64 index, u32 n, struct page **pages);
int filemap_make(struct vmo *vmo, u64 index);
bool filemap_awaited(struct vmo *vmo, u64 index);
/* How often pages have left the map: for filemap_supply(). */
static inline u64 filemap_cuts(const struct filemap *map)
{
	return READ_ONCE(map->cuts);
}

/*
 * Copies [offset, offset + n) to kernel memory.  -EINVAL: not all of it lies inside; else why a
 * page cannot be brought (vmo_ops.page_in).
 */
int filemap_read_kernel(struct filemap *map, u64 offset, void *buf, size_t n);

/*
 * Copy between the map and user memory; the number of bytes done, less than n at
 * the end of the map.  Both return what was done if only part could be.  Read: 0
 * at and beyond the end, -EFAULT.  Write, own frames only: -EFBIG at and beyond
 * the end, -EFAULT, -ENOMEM.  Both stop early (-EINTR) when the caller is to die, and where the
 * pager fails (-EIO).  May sleep.
 */
s64 filemap_read(struct filemap *map, u64 offset, void *ubuf, size_t n);
s64 filemap_write(struct filemap *map, u64 offset, const void *ubuf, size_t n);
/*
 * The same with n bytes within one page of each, for a program that need not be the
 * caller: to addr of mm, or from there.  All inside the map.  0, -EFAULT, -ENOMEM, -EIO, -EINTR.
 */
int filemap_copy_page(struct filemap *map, u64 offset, struct mm_struct *mm, u64 addr, size_t n,
		      bool to_user);
/*
 * The pager's n bytes at ubuf become the pages from the page-aligned offset on that are missing and
 * come from it; what is beyond those is left out, and the last one filled up with zeros.  cuts: as
 * filemap_cuts() was when the page was asked for; if more has been cut since, nothing enters.
 * -EFAULT, -ENOMEM, -EINTR: some may be there.
 */
int filemap_supply(struct filemap *map, u64 offset, const void *ubuf, size_t n, u64 cuts);
/*
 * Gives the map another size.  What is new are zeros; what is beyond a smaller size is gone when it
 * returns, from all mappings too.  -EFBIG above FILEMAP_MAX; -EINVAL a boot module.  Sleeps.
 */
int filemap_resize(struct filemap *map, u64 size);
/*
 * vmo_ops.punch: bytes [offset, offset + n), as far as they lie inside, become zeros; pages go
 * as with filemap_resize(), but for copies in private areas.  -EINVAL a boot module, or no range;
 * -ENOMEM, or why a page cannot be brought of which a part stays: nothing has changed.
 */
int filemap_punch(struct vmo *vmo, u64 offset, u64 n);
/*
 * Gives every page of [offset, offset + n), which lies inside, a frame.  -EINVAL a boot module, or
 * not inside; -EFBIG not inside any more; -ENOMEM, -EINTR or as page_in: some may have got one.
 */
int filemap_reserve(struct filemap *map, u64 offset, u64 n);
/* Whether pages are leaving some map, and its mappings and frames do not agree. */
bool filemap_is_cutting(void);
