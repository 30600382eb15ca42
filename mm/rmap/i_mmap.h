/* SPDX-License-Identifier: MIT */
/* i_mmap: which areas may map a given page of a memory object.  Theory: i_mmap.c. */
#pragma once

#include "mm/mm_types.h"
#include "mm/vmo.h"

/* All of these do nothing for an area without an object. */

/* Enters an area whose object and range are set, before it has an entry.  Sleeps. */
void i_mmap_insert(struct vm_area_struct *vma);
/* Takes it out, after its last entry and before its page tables are freed.  Sleeps. */
void i_mmap_remove(struct vm_area_struct *vma);
/*
 * A VMA's range or pgoff may change only between these two.  mmap_lock(w) held; the object's
 * i_mmap_lock is held between them.
 */
void i_mmap_pre_update(struct vm_area_struct *vma);
void i_mmap_post_update(struct vm_area_struct *vma);

/* What moves entries from one area of an object to another holds it for writing. */
static inline void i_mmap_lock_write(struct vmo *vmo)
{
	down_write(&vmo->i_mmap_lock);
}
static inline void i_mmap_unlock_write(struct vmo *vmo)
{
	up_write(&vmo->i_mmap_lock);
}
/* A walk through the areas of an object goes between these two. */
static inline void i_mmap_lock_read(struct vmo *vmo)
{
	down_read(&vmo->i_mmap_lock);
}
static inline void i_mmap_unlock_read(struct vmo *vmo)
{
	up_read(&vmo->i_mmap_lock);
}
