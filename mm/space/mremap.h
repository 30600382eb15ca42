/* SPDX-License-Identifier: MIT */
/* mremap: an area gets another size or another place.  Takes mmap_lock itself. */
#pragma once

#include <abi/mman.h>
#include "mm/mm_types.h"

/*
 * Makes the old_len bytes at addr, of one area, new_len bytes, there or elsewhere; old_len 0: one
 * more area that shows what the shared one there does.  The address; -EINVAL flags that do not go
 * together, unaligned, new_len 0, a range outside user memory or upon the old one, old_len 0 of
 * a private area; -EFAULT no area, or it ends inside; -EPERM below TASK_MIN; -ENOMEM no room, too
 * many areas, memory short (what was at MREMAP_FIXED's place may be unmapped by then).
 */
s64 do_mremap(struct mm_struct *mm, u64 addr, u64 old_len, u64 new_len, u64 flags, u64 new_addr);
