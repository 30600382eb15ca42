/* SPDX-License-Identifier: MIT */
/* mlock and its kin: areas whose pages stay.  They take mmap_lock themselves. */
#pragma once

#include <abi/mman.h>
#include "mm/mm_types.h"

/*
 * Locks the pages with a byte in [addr, addr + len), and brings them in (MLOCK_ONFAULT: not before
 * they are touched).  -EINVAL flags, or a range that wraps; -ENOMEM a hole, or a page that the
 * program may not touch or no memory to split an area (the part before it is locked); -EAGAIN: not
 * all could be brought in.  -EINTR
 */
int do_mlock(struct mm_struct *mm, u64 addr, u64 len, u64 flags);
/* -EINVAL, -ENOMEM as above. */
int do_munlock(struct mm_struct *mm, u64 addr, u64 len);
/* All areas (MCL_CURRENT), those to come (MCL_FUTURE), both on fault.  -EINVAL */
int do_mlockall(struct mm_struct *mm, u64 flags);
void do_munlockall(struct mm_struct *mm);
