/* SPDX-License-Identifier: MIT */
/*
 * anon_vma: which areas may map a given anonymous page.  Theory: anon_vma.c.
 *
 * Legend: (a) atomic; (c) constant; (m) mmap_lock; (v) the root's rwsem.
 */
#pragma once

#include "mm/frame/page.h"
#include "mm/mm_types.h"

struct anon_vma {
	struct anon_vma *root; /* (c) the oldest ancestor; holds the lock for the family */
	struct rwsem rwsem;    /* used in the root only */
	/* (a) its VMAs together count one; so does a record, a look at a page, a child of a root */
	atomic_t refcount;
	u32 num_children;	 /* (v) anon_vmas whose parent this is, itself if root */
	u32 num_active_vmas;	 /* (v) VMAs whose ->anon_vma this is */
	struct anon_vma *parent; /* (c) */
	struct rb_root tree;	 /* (v) anon_vma_chains by [vm_pgoff, last] */
};

struct anon_vma_chain {
	struct vm_area_struct *vma; /* (c) */
	struct anon_vma *anon_vma;  /* (c) */
	struct list_head same_vma;  /* (m) + (v) in vma->anon_vma_chain */
	struct interval_node node;  /* (v) in anon_vma->tree */
};

/* Makes the caches; once, at boot. */
void rmap_init(void);

/* Gives vma an anon_vma if it has none.  mmap_lock held (r suffices).  -ENOMEM. */
int anon_vma_prepare(struct vm_area_struct *vma);
/*
 * Links dst to every anon_vma that src is linked to.  mmap_lock(w) of both.  -ENOMEM, dst unlinked.
 */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
/*
 * Links the child's vma to the parent's chain and gives it an anon_vma of its own below.  -ENOMEM.
 */
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma);
/* Takes vma out of all its anon_vmas; those left without users are freed.  mmap_lock(w). */
void unlink_anon_vmas(struct vm_area_struct *vma);
/*
 * A VMA's range or pgoff may change only between these two: its interval nodes
 * are taken out of the trees and put back.  mmap_lock(w) held; the root lock is
 * held between them.
 */
void anon_vma_interval_pre_update(struct vm_area_struct *vma);
void anon_vma_interval_post_update(struct vm_area_struct *vma);

static inline void get_anon_vma(struct anon_vma *av)
{
	atomic_inc(&av->refcount);
}
/* Drops a reference; the last frees it into the type-stable cache.  May sleep. */
void put_anon_vma(struct anon_vma *av);
/* The page's anon_vma with a reference, or NULL if the page is unmapped or not plain anonymous. */
struct anon_vma *page_get_anon_vma(struct page *page);
static inline struct anon_vma *page_anon_vma(const struct page *page)
{
	return (struct anon_vma *)(READ_ONCE(page->mapping) & ~(u64)PAGE_MAPPING_FLAGS);
}
static inline void anon_vma_lock_read(struct anon_vma *av)
{
	down_read(&av->root->rwsem);
}
static inline void anon_vma_unlock_read(struct anon_vma *av)
{
	up_read(&av->root->rwsem);
}
static inline void anon_vma_lock_write(struct anon_vma *av)
{
	down_write(&av->root->rwsem);
}
static inline void anon_vma_unlock_write(struct anon_vma *av)
{
	up_write(&av->root->rwsem);
}
