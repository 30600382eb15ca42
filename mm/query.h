/* SPDX-License-Identifier: MIT */
/* The view of a program's pages from outside: vm_query(), and what a reverse walk costs. */
#pragma once

#include <abi/kernel.h>
#include "mm/space/mm.h"

/*
 * Writes what is at each of n pages from the page-aligned addr of mm to ubuf; the
 * bytes written.  -EFAULT; -EINTR: the caller is to die.  Sleeps; no lock held.
 */
s64 vm_query(struct mm_struct *mm, u64 addr, struct vm_page_info *ubuf, u64 n);
/*
 * Walks the reverse map of the page at addr of mm so many times, 1 to 1000, and
 * returns the PTEs a walk finds.  -EINVAL; -EFAULT no page there.  Sleeps; no lock held.
 */
s64 vm_walk_rmap(struct mm_struct *mm, u64 addr, u64 times);
