/* SPDX-License-Identifier: MIT */
/* Parting: how a merged mapping becomes a page of its own again.  Theory: part.c. */
#pragma once

#include "mm/merge/engine/stable.h"
#include "mm/space/mm.h"

/* All of these: -ENOMEM, or -EINTR if the caller is to die; what was parted stays parted. */

/* Parts the merged pages of a range of vma, whose flag is set already.  mmap_lock held. */
int break_ksm_range(struct vm_area_struct *vma, u64 start, u64 end);
/* Parts every mapping of one node's page (by rmap).  Scanner mutex held. */
int break_cow(struct stable_node *node);
/* run=2: parts everything, zero pages included.  Scanner mutex held. */
int unmerge_all(void);
