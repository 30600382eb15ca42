/* SPDX-License-Identifier: MIT */
/* mincore and msync: what a range of memory is like.  They take mmap_lock themselves. */
#pragma once

#include <abi/mman.h>
#include "mm/mm_types.h"

/*
 * Says of each page of [addr, addr + len), in the lowest bit of a byte each at uvec, whether a
 * touch would find it in memory: it is mapped, or the object that is shown there has it.
 * -EINVAL addr unaligned; -ENOMEM a hole; -EFAULT uvec; -EINTR.
 */
int do_mincore(struct mm_struct *mm, u64 addr, u64 len, u8 *uvec);
/*
 * Checks a range that is to be written back.  What a shared mapping shows is the object itself, so
 * there is nothing to wait for.  -EINVAL addr unaligned, unknown flags, or MS_SYNC with MS_ASYNC;
 * -ENOMEM a hole, or a range that wraps; -EBUSY MS_INVALIDATE of what is locked.
 */
int do_msync(struct mm_struct *mm, u64 addr, u64 len, u64 flags);
