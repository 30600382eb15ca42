/* SPDX-License-Identifier: MIT */
/*
 * A memory object (struct vmo): what an area maps that is not anonymous.  Its frames are found,
 * and it is counted, by floors above; this one knows how many bytes it has, which of them a pager
 * brings, and five operations.
 *
 *      vm_area_struct.vmo ──► struct vmo                size, paged, operations
 *                               in struct filemap       its frames by page number    mm/object/
 *                                 in struct vmo_object  what a handle names          kernel/ipc/
 *
 * Legend: (a) atomic; (c) constant after creation; (i) i_mmap_lock.
 */
#pragma once

#include "kernel/lib/rbtree.h"
#include "kernel/sched/rwsem.h"
#include "mm/frame/page.h"

struct vmo {
	const struct vmo_ops *ops; /* (c) */
	u64 size;		   /* (a) bytes; only grows */
	u64 id;	   /* (c) its number, which no other object ever has: names it without holding it */
	u64 paged; /* (c) of the pages of so many bytes a pager brings the missing ones */
	struct rwsem i_mmap_lock;
	struct rb_root i_mmap; /* (i) the areas that map it, by [vm_pgoff, last] */
};

/* Whether page index, if it is missing, comes from a pager. */
static inline bool vmo_from_pager(const struct vmo *vmo, u64 index)
{
	return index < ALIGN_UP(vmo->paged, PAGE_SIZE) >> PAGE_SHIFT;
}

/* How many pages it has: a touch beyond the last of them is a SIGBUS. */
static inline u64 vmo_pages(const struct vmo *vmo)
{
	return ALIGN_UP(READ_ONCE(vmo->size), PAGE_SIZE) >> PAGE_SHIFT;
}

struct vmo_ops {
	/* One more area maps the object, which the caller can reach.  Never sleeps. */
	void (*get)(struct vmo *vmo);
	/* One area less.  With the last reference the object goes, and its frames.  Sleeps. */
	void (*put)(struct vmo *vmo);
	/*
	 * The frame of page index, below vmo_pages().  It stays while the caller's area does, and
	 * is a frame with references, whose mapping and index are vmo and index.
	 * make: if it is missing it is made, of zeros; not where a pager has to bring it.
	 * NULL: it is missing; with make: there is no memory for it.  Without make: any context.
	 */
	struct page *(*page)(struct vmo *vmo, u64 index, bool make);
	/*
	 * Has the pager bring page index, which comes from one.  Sleeps; the caller has a reference
	 * and holds no lock.
	 * 0: the page is there now, or was there first.
	 * -ENOMEM: the pager, or the kernel on its behalf, had no frame for it.
	 * -EINTR: the caller is to die and should not wait any longer.
	 * -EIO: it will not come: the pager has gone, takes too long, or replied without the page.
	 */
	int (*page_in)(struct vmo *vmo, u64 index);
	/* One holder's part of what the object keeps, in bytes: for the OOM killer's choice. */
	u64 (*share)(struct vmo *vmo);
};
