/* SPDX-License-Identifier: MIT */
/* The set of areas of an address space.  All: mmap_lock held, for writing where they change. */
#pragma once

#include <abi/limits.h>

#include "mm/mm_types.h"

#define TASK_MIN MMAP_MIN_ADDR

/* The cache of VMAs; once, at boot. */
void vma_init(void);

/* The VMA that contains addr, or the next one above it, or NULL. */
struct vm_area_struct *find_vma(struct mm_struct *mm, u64 addr);
/* The VMA that contains addr, or NULL. */
struct vm_area_struct *vma_lookup(struct mm_struct *mm, u64 addr);
/* Splits vma at addr (inside it); vma keeps the lower part.  -ENOMEM, unchanged. */
int split_vma(struct vm_area_struct *vma, u64 addr);
/*
 * Joins vma with equal neighbours (flags, object, pgoff, compatible anon_vma); returns the
 * survivor.
 */
struct vm_area_struct *vma_merge(struct vm_area_struct *vma);
/*
 * A VMA of the (free) range linked into mm, with a reference of its own to vmo (null: anonymous);
 * NULL if memory is short or there are MAX_MAP_COUNT.
 */
struct vm_area_struct *vma_create(struct mm_struct *mm, u64 start, u64 end, u64 flags, u64 pgoff,
				  struct vmo *vmo);
/*
 * Takes vma, in which nothing is mapped or which another VMA takes over, out of its anon_vmas and
 * of i_mmap: no walk comes here any more.  mmap_lock(w).  Sleeps.
 */
void vma_unlink_rmap(struct vm_area_struct *vma);
/* Unlinks such a VMA from mm, drops the reference to its object, and frees it. */
void vma_destroy(struct vm_area_struct *vma);
/*
 * A twin of vma for the free range [start, end), which shows the page of index pgoff first: with
 * its object, its anon_vma and its links to others.  NULL: memory is short.  mmap_lock(w).
 */
struct vm_area_struct *vma_copy(struct vm_area_struct *vma, u64 start, u64 end, u64 pgoff);
/* Makes vma reach to end; the range behind it is free.  mmap_lock(w). */
void vma_expand(struct vm_area_struct *vma, u64 end);
/* Makes vma begin at start; the range before it is free.  mmap_lock(w). */
void vma_expand_down(struct vm_area_struct *vma, u64 start);
/*
 * The same for all at the end of mm, whose links to anon_vmas have gone: nobody will look for one
 * of them any more, so the tree is not kept in order while they go.
 */
void vma_destroy_all(struct mm_struct *mm);
/* End of the VMA before vma, or 0. */
u64 vma_prev_end(const struct vm_area_struct *vma);
/* Splits what crosses start or end; the first VMA above start into *first (may be NULL). -ENOMEM */
int vma_split_edges(struct mm_struct *mm, u64 start, u64 end, struct vm_area_struct **first);
/*
 * Highest address at which len bytes are free below high, or 0.  A multiple of
 * the page size; nothing below TASK_MIN is given, nor within the gap of an area that grows.
 */
u64 vma_find_hole(struct mm_struct *mm, u64 len, u64 high);
/* True if a VMA has a byte in [start, end). */
static inline bool vma_range_used(struct mm_struct *mm, u64 start, u64 end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end;
}
