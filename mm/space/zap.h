/* SPDX-License-Identifier: MIT */
/* Unmapping: the end of PTEs, of areas, and of an address space. */
#pragma once

#include "mm/pgtable/mmu_gather.h"

/*
 * Unmaps the pages of [start, end) of vma; the VMA stays.  mmap_lock held (r for DONTNEED), or the
 * i_mmap_lock of its object.
 */
void zap_range(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 start, u64 end);
/* The same, but what the area has of its own in place of its object's pages stays. */
void zap_object_pages(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 start, u64 end);
/*
 * Unmaps and frees the VMAs of [start, end), which begin and end there or inside,
 * in the order unmap, flush, unlink from anon_vma, free tables.  mmap_lock(w).
 */
void unmap_region(struct mm_struct *mm, u64 start, u64 end, bool dying);
/* Everything, at the end of an address space that no CPU has loaded.  Sleeps. */
void exit_mmap(struct mm_struct *mm);
