/* SPDX-License-Identifier: MIT */
/*
 * The reverse map: from a page to every PTE that maps it.
 * Theory: anon_vma.c (who is linked to whom) and rmap.c (walks and counts).
 *
 * Legend: (a) atomic; (c) constant; (v) the root's rwsem.
 */
#pragma once

#include "mm/space/pgtable.h"

struct anon_vma {
	struct anon_vma *root; /* (c) the oldest ancestor; holds the lock for the family */
	struct rwsem rwsem;    /* used in the root only */
	atomic_t
		refcount; /* (a) its VMAs together count one; records, pages being looked at, children of a root */
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

/* ---- anon_vma.c ---- */

/* Gives vma an anon_vma if it has none.  mmap_lock held (r suffices).  -ENOMEM. */
int anon_vma_prepare(struct vm_area_struct *vma);
/* Links dst to every anon_vma that src is linked to.  mmap_lock(w) of both.  -ENOMEM, dst unlinked. */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
/* Links the child's vma to the parent's chain and gives it an anon_vma of its own below.  -ENOMEM. */
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

/* ---- rmap.c: counts ----  page-table lock of the PTE held */

/* A page nobody else knows yet is about to be mapped by vma: exclusive, mapcount 1. */
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, u64 addr);
/* One more PTE of a page that is known already (fork, merge, a page of an object). */
static inline void page_dup_rmap(struct page *page)
{
	atomic_inc(&page->mapcount);
}
/* One PTE less.  The reference of that PTE is the caller's to put. */
void page_remove_rmap(struct page *page);
/* The page belongs to vma alone now: its mapping becomes vma->anon_vma.  Page lock held. */
void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma);

/* ---- rmap.c: walks ---- */

/*
 * Set by mm_check() while it has stopped the world: walks then take no root
 * lock, which a thread that is not running may hold.
 */
extern bool rmap_world_stopped;

/*
 * What to do at each VMA that may map the page.  rmap_one gets the address and
 * must look itself whether the PTE there maps the page (page_vma_mapped); it
 * returns false to end the walk.  It may be called twice for one PTE (a merged
 * page has several records), so it must be idempotent.  Unlike Linux there are no
 * functions to skip an area or to end the walk: rmap_one does both.
 */
struct rmap_walk_control {
	bool (*rmap_one)(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg);
	void *arg;
	struct anon_vma *anon_vma; /* the page's, if the caller has a reference to it */
};

/*
 * Calls rmap_one for every VMA that may map the page.  Page lock held, or the
 * world stopped.  Takes and drops root anon_vma locks for reading; while one is
 * held no page table under it can be freed.
 */
void rmap_walk(struct page *page, struct rmap_walk_control *rwc);
/* The walk through one anon_vma and index; rmap_walk() for records.  False: ended early. */
bool rmap_walk_anon_index(struct page *page, struct anon_vma *av, u64 index,
			  struct rmap_walk_control *rwc);
/*
 * The PTE slot at addr in vma if it maps page, locked (release: pte_unlock), or
 * NULL.  Root anon_vma lock held.
 */
pte_t *page_vma_mapped(struct page *page, struct vm_area_struct *vma, u64 addr);

/*
 * Whether the PTE at addr in vma maps page just now: a look without its lock, which
 * may find it empty while somebody changes it.  Root anon_vma lock held.
 */
static inline bool page_vma_maps(struct page *page, struct vm_area_struct *vma, u64 addr)
{
	pte_t *pte = pte_find(vma->vm_mm, addr);

	return pte && pte_maps(ptep_get(pte), page);
}

/* Number of PTEs a walk finds (a PTE reached twice counts twice). */
int page_rmap_count(struct page *page);
