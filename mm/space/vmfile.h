/* SPDX-License-Identifier: MIT */
/*
 * What an area maps that is not anonymous: an object of a floor above, known here by
 * its operations alone.
 *
 * Legend: (c) constant after creation.
 */
#pragma once

#include "mm/frame/page.h"

struct vm_file {
	const struct vm_file_ops *ops; /* (c) */
	u64 nr_pages;		       /* (c) behind the last of them a touch is a SIGBUS */
};

struct vm_file_ops {
	/* One more area maps the object, which the caller can reach.  Never sleeps. */
	void (*get)(struct vm_file *file);
	/* One area less.  With the last reference the object goes, and its frames.  Sleeps. */
	void (*put)(struct vm_file *file);
	/*
	 * The frame of page index, below nr_pages.  It stays while the caller's area does, and is
	 * a frame with references, whose mapping and index are file and index.  NULL: there is none
	 * yet, or (make) no memory for one, which is zeroed then.  Without make: any context.
	 */
	struct page *(*page)(struct vm_file *file, u64 index, bool make);
	/* One holder's part of the frames that the object keeps: for the choice of the OOM killer. */
	u64 (*share)(struct vm_file *file);
};
