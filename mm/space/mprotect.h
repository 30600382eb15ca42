/* SPDX-License-Identifier: MIT */
/* mprotect. */
#pragma once

#include <abi/mman.h>
#include "mm/mm_types.h"

/*
 * Sets the protection.  -EINVAL unaligned or unknown bits; -ENOMEM a hole in the
 * range (nothing changed) or memory short; -EACCES write and execute together, or a right
 * that the object's handle did not give (nothing changed).
 */
int do_mprotect(struct mm_struct *mm, u64 addr, u64 len, u64 prot);
