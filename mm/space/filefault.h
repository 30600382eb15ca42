/* SPDX-License-Identifier: MIT */
/* Page faults in areas of memory objects. */
#pragma once

#include "mm/space/fault.h"

/*
 * A touch of an area of an object where nothing is mapped.  mmap_lock(r) held, and no other lock.
 * VM_FAULT_SIGBUS beyond the object's last page; VM_FAULT_RETRY its pager has to bring the page.
 */
enum vm_fault do_file_fault(struct vm_fault_ctx *f);
/* A write to a page of an object that is mapped shared, but read-only.  Releases the ptl. */
enum vm_fault wp_page_shared(struct vm_fault_ctx *f);
