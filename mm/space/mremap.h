/* SPDX-License-Identifier: MIT */
/* mremap: an area gets another size or another place.  Takes mmap_lock itself. */
#pragma once

#include <abi/mman.h>
#include "mm/mm_types.h"

/*
 * Makes the old_len bytes at addr, within one area, new_len bytes: there if possible, elsewhere
 * with MREMAP_MAYMOVE, at new_addr with MREMAP_FIXED (what was there is unmapped).  DONTUNMAP: the
 * old range stays, empty.  old_len 0: a second area that shows what the shared one at addr does.
 * Returns the address.
 * -EINVAL: flags that do not go together, an address that is not page aligned, new_len 0, new range
 * outside user memory or on top of the old one, old_len 0 of a private area; -EFAULT: no area at
 * addr, or it ends within the old range; -ENOMEM: no room, too many areas, or memory short (with
 * MREMAP_FIXED what was there may be unmapped by then).
 */
s64 do_mremap(struct mm_struct *mm, u64 addr, u64 old_len, u64 new_len, u64 flags, u64 new_addr);
