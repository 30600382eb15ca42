/* SPDX-License-Identifier: MIT */
/* The reverse map at work: how often a page is mapped, and where.  Theory: rmap.c. */
#pragma once

#include "mm/pgtable/pgtable.h"
#include "mm/rmap/anon_vma.h"

/* ---- counts ----  page-table lock of the PTE held */

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

/* ---- walks ---- */

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

/* The walk of a merged page, by its node's records: filled in by the merge floor at boot. */
extern void (*rmap_walk_merged)(struct page *page, void *control);

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
 * NULL.  The lock of the walk held: i_mmap or root anon_vma.
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
