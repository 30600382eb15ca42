/* SPDX-License-Identifier: MIT */
/* get_user_pages: the one place where the kernel takes a reference to a user's page. */
#pragma once

#include "mm/space/mm.h"

/*
 * The page at addr, faulted in as the program's own touch would (write: for writing), with
 * PAGE_PIN taken; undo with unpin_user_page().  ERR_PTR: -EFAULT the program may not do so,
 * -ENOMEM, -EIO its pager does not bring it, -EINTR the caller is to die.  Never the zero page:
 * that is parted first.  Takes mmap_lock(r), and sleeps.
 */
struct page *pin_user_page(struct mm_struct *mm, u64 addr, bool write);
/*
 * As pin_user_page(), whatever the area allows: for vm_peek, vm_poke and exec.  To write where the
 * program itself may not is refused (-EFAULT) in a shared area: it would reach others.
 */
struct page *pin_remote_page(struct mm_struct *mm, u64 addr, bool write);
void unpin_user_page(struct page *page);
/*
 * The page mapped at addr with a plain reference, no fault taken; NULL if none
 * or the zero page.  mmap_lock(r) held.
 */
struct page *follow_page(struct mm_struct *mm, u64 addr);
/*
 * Touches every page of [start, end): with VM_WRITE in `how` it writes where the program may, else
 * it reads.  Stops early: -EFAULT no area there any more, one that may not be touched, or beyond
 * an object's end; -ENOMEM; -EIO; -EINTR the caller is to die.  Takes mmap_lock for a page table's
 * worth at a time.
 */
int populate_range(struct mm_struct *mm, u64 start, u64 end, u64 how);
