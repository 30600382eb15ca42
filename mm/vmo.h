/* SPDX-License-Identifier: MIT */
/*
 * A memory object (struct vmo): what an area maps that is not anonymous.  Its frames are found,
 * and it is counted, by floors above; this one knows how many bytes it has, which of them a pager
 * brings, and a few operations.
 *
 *      vm_area_struct.vmo ──► struct vmo                size, paged, operations
 *                               in struct filemap       its frames by page number    mm/object/
 *                                 in struct vmo_object  what a handle names          kernel/ipc/
 *
 * Legend: (a) atomic; (c) constant after creation; (i) i_mmap_lock.
 *
 * An object may shrink and lose pages at any time.  So what is read here of its size, or was said
 * of a page, is a hint, unless the page-table lock is held under which the page is to be mapped:
 * who shrinks it first changes the size and then takes each of these locks
 * (mm/space/unmap_mapping.c).
 */
#pragma once

#include "kernel/lib/rbtree.h"
#include "kernel/sched/rwsem.h"
#include "mm/frame/page.h"

struct vmo {
	const struct vmo_ops *ops; /* (c) */
	u64 size;		   /* (a) bytes */
	u64 id;	   /* (c) its number, which no other object ever has: names it without holding it */
	u64 paged; /* (a) of the pages of so many bytes a pager may have to bring those missing */
	struct rwsem i_mmap_lock;
	struct rb_root i_mmap; /* (i) the areas that map it, by [vm_pgoff, last] */
};

/* Whether page index is one of those that a pager brings, unless it has been made meanwhile. */
static inline bool vmo_from_pager(const struct vmo *vmo, u64 index)
{
	return index < ALIGN_UP(READ_ONCE(vmo->paged), PAGE_SIZE) >> PAGE_SHIFT;
}

/* How many pages it has: a touch beyond the last of them is a SIGBUS. */
static inline u64 vmo_pages(const struct vmo *vmo)
{
	return ALIGN_UP(READ_ONCE(vmo->size), PAGE_SIZE) >> PAGE_SHIFT;
}

/* page->index of a frame that an object has for itself: it is no page of it. */
#define VMO_NO_INDEX (~0UL)

struct vmo_ops {
	/* One more area maps the object, which the caller can reach.  Never sleeps. */
	void (*get)(struct vmo *vmo);
	/* One area less.  With the last reference the object goes, and its frames.  Sleeps. */
	void (*put)(struct vmo *vmo);
	/*
	 * The frames of the n pages from index on, NULL for one that is missing, each with a
	 * reference that is the caller's.  How many of the n lie below vmo_pages(): no more are
	 * told of.  Any context; a page-table lock may be held.
	 */
	u32 (*get_pages)(struct vmo *vmo, u64 index, u32 n, struct page **pages);
	/*
	 * Sees to it that page index has a frame, of zeros if it has none.  It may go again before
	 * the caller looks.  0; -EFBIG it lies beyond the end; -EAGAIN a pager has to bring it;
	 * -ENOMEM.
	 */
	int (*make)(struct vmo *vmo, u64 index);
	/* Whether page index is missing, and a pager has to bring it.  Any context. */
	bool (*awaited)(struct vmo *vmo, u64 index);
	/*
	 * Has the pager bring page index if it is awaited.  Sleeps; the caller has a reference and
	 * holds no lock.
	 * 0: it is not awaited any more: it is there, or was there first, or is no page of the
	 * object's now.
	 * -ENOMEM: the pager, or the kernel on its behalf, had no frame for it.
	 * -EINTR: the caller is to die and should not wait any longer.
	 * -EIO: it will not come: the pager has gone, takes too long, or replied without the page.
	 */
	int (*page_in)(struct vmo *vmo, u64 index);
	/*
	 * Takes bytes [offset, offset + n) out of the object: they are zeros then, and whole pages
	 * free and mapped nowhere, but for copies in private areas.  0 or -errno.  Sleeps, as
	 * page_in does.
	 */
	int (*punch)(struct vmo *vmo, u64 offset, u64 n);
	/* One holder's part of what the object keeps, in bytes: for the OOM killer's choice. */
	u64 (*share)(struct vmo *vmo);
};

/* The frame of page index with a reference for the caller; NULL: missing, or beyond the end. */
static inline struct page *vmo_get_page(struct vmo *vmo, u64 index)
{
	struct page *page;

	return vmo->ops->get_pages(vmo, index, 1, &page) ? page : NULL;
}
