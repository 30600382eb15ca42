/* SPDX-License-Identifier: MIT */
/* Counters for programs: what kstat() and vm_query() report. */
#pragma once

#include <abi/kernel.h>
#include "mm/space/mm.h"

/*
 * Copies the figures to the user's buf and returns their size in bytes.  PROCS
 * and SLABS give as many records as fit.  -EINVAL: no such figures, or a buffer
 * smaller than (one of) them; -EFAULT.
 */
s64 kstat_read(int what, void *ubuf, u64 size);
/*
 * Describes the page at the page-aligned addr of mm; rmap_count is -1 if the page
 * is locked by a thread that stands at an event.  Sleeps; no lock held.
 */
void vm_query_page(struct mm_struct *mm, u64 addr, struct vm_page_info *info);
