/* SPDX-License-Identifier: MIT */
/*
 * What an area maps that is not anonymous: an object of a floor above, known here by
 * its operations alone.
 *
 * Legend: (a) atomic; (c) constant after creation.
 */
#pragma once

#include "mm/frame/page.h"

struct vm_file {
	const struct vm_file_ops *ops; /* (c) */
	u64 size;		       /* (a) bytes; only grows */
	u64 paged; /* (c) of the pages of so many bytes a pager brings the missing ones */
};

/* Whether what is missing of page index comes from a pager. */
static inline bool vm_file_paged(const struct vm_file *file, u64 index)
{
	return index < ALIGN_UP(file->paged, PAGE_SIZE) >> PAGE_SHIFT;
}

/* Behind the last of its pages a touch is a SIGBUS. */
static inline u64 vm_file_pages(const struct vm_file *file)
{
	return ALIGN_UP(READ_ONCE(file->size), PAGE_SIZE) >> PAGE_SHIFT;
}

struct vm_file_ops {
	/* One more area maps the object, which the caller can reach.  Never sleeps. */
	void (*get)(struct vm_file *file);
	/* One area less.  With the last reference the object goes, and its frames.  Sleeps. */
	void (*put)(struct vm_file *file);
	/*
	 * The frame of page index, below vm_file_pages().  It stays while the caller's area does, and is
	 * a frame with references, whose mapping and index are file and index.  NULL: there is none
	 * yet, or (make, for none that a pager has to bring) no memory for one, which is zeroed then.
	 * Without make: any context.
	 */
	struct page *(*page)(struct vm_file *file, u64 index, bool make);
	/*
	 * Has the pager bring page index, one of his.  Sleeps; the caller has a reference and
	 * holds no lock.  -EIO it cannot, has gone or takes too long; -ENOMEM; -EINTR the caller is
	 * to die.
	 */
	int (*page_in)(struct vm_file *file, u64 index);
	/* One holder's part of the frames that the object keeps: for the choice of the OOM killer. */
	u64 (*share)(struct vm_file *file);
};
