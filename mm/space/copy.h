/* SPDX-License-Identifier: MIT */
/* Copies between address spaces, through the direct map.  All take mmap_lock(r), and sleep. */
#pragma once

#include "mm/space/mm.h"

/*
 * Copies n bytes within one page of mm, from kernel buf (write) or to it, as the
 * program itself might: 0, or -errno as pin_user_page().
 */
int copy_user_page(struct mm_struct *mm, u64 addr, void *buf, size_t n, bool write);
/* The same with n bytes within one page of the caller, at own, in the place of buf. */
int copy_own_page(struct mm_struct *mm, u64 addr, u64 own, size_t n, bool write);
/*
 * Copies n bytes between kernel buf and mm's memory at addr, as a debugger may: bytes done, or why
 * there are none (pin_remote_page()).
 */
s64 access_remote_vm(struct mm_struct *mm, u64 addr, void *buf, size_t n, bool write);
/*
 * The same with ubuf of the calling program: bytes done, in whole pieces of 256 if not
 * all can be; -EFAULT; -EINTR the caller is to die.
 */
s64 access_remote_user(struct mm_struct *mm, u64 addr, void *ubuf, size_t n, bool write);
