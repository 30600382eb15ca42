/* SPDX-License-Identifier: MIT */
/*
 * The view of a program's memory from outside: its areas, its pages, its bytes, and what
 * a reverse walk costs.
 */
#pragma once

#include <abi/kernel.h>
#include "mm/space/mm.h"

/*
 * Looks at mm from addr on and writes to size bytes of the caller's at ubuf; the bytes
 * done.  -EFAULT ubuf; -EINTR: the caller is to die.  Sleeps; no lock held.
 */
typedef s64 (*vm_look_fn)(struct mm_struct *mm, u64 addr, void *ubuf, u64 size);

/*
 * One struct vm_page_info for each page, as many as fit.  -EINVAL addr not page aligned,
 * the pages not user addresses, or no record fits.
 */
s64 vm_query(struct mm_struct *mm, u64 addr, void *ubuf, u64 size);
/* The same without what the page lock protects: rmap_count is -1, hash 0. */
s64 vm_entries(struct mm_struct *mm, u64 addr, void *ubuf, u64 size);
/*
 * One struct vm_area_info for each area that ends above addr, in address order, as many as
 * there are and fit; 0: there is none.  -EINVAL no record fits.
 */
s64 vm_areas(struct mm_struct *mm, u64 addr, void *ubuf, u64 size);
/*
 * Copies size bytes at addr to ubuf, in whole pieces of 256 bytes if not all can be.
 * -EFAULT: also if the range is not user addresses, or nothing can be copied.
 */
s64 vm_peek(struct mm_struct *mm, u64 addr, void *ubuf, u64 size);
/* The other direction: from ubuf to addr, areas that are read-only to the process included. */
s64 vm_poke(struct mm_struct *mm, u64 addr, void *ubuf, u64 size);
/*
 * Walks the reverse map of the page at addr of mm so many times, 1 to 1000, and
 * returns the PTEs a walk finds.  -EINVAL; -EFAULT no page there.  Sleeps; no lock held.
 */
s64 vm_walk_rmap(struct mm_struct *mm, u64 addr, u64 times);
