/* SPDX-License-Identifier: MIT */
/* What an address space may have: RLIMIT_AS, DATA, STACK, MEMLOCK. */
#pragma once

#include "mm/mm_types.h"

/* No limits but that of the stack, as a first program has them.  The caller's alone. */
void mm_limits_init(struct mm_struct *mm);
/*
 * Whether mm may have len bytes more in an area of these flags, beside its areas outside of
 * [start, end), which are about to go: 0; -ENOMEM beyond RLIMIT_AS or RLIMIT_DATA; -EAGAIN
 * beyond RLIMIT_MEMLOCK; -EPERM nothing may be locked.  mmap_lock held.
 */
int mm_may_map(struct mm_struct *mm, u64 vm_flags, u64 len, u64 start, u64 end);
/* The same for an area that is to have a further right, and is counted already. */
int mm_may_have(struct mm_struct *mm, u64 old_flags, u64 new_flags, u64 len);
/* Whether [start, end) may be locked: 0; -EPERM nothing may; -ENOMEM.  mmap_lock held. */
int mm_may_lock(struct mm_struct *mm, u64 start, u64 end);
/* The same for all areas that there are (now), or none yet. */
int mm_may_lock_all(struct mm_struct *mm, bool now);
/*
 * prlimit: tells the limit in *old and sets it to *wanted, each if it is not null.  -EINVAL no
 * limit of address spaces, or a soft one above the hard one; -EPERM a hard one would rise.
 * Takes mmap_lock.
 */
int mm_prlimit(struct mm_struct *mm, int resource, const struct rlimit *wanted, struct rlimit *old);
