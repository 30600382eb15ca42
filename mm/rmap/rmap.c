/* SPDX-License-Identifier: MIT */
/*
 * The reverse map at work: how often a page is mapped, and where.
 *
 * THEORY
 *
 * Two questions are asked of a page.  "How many PTEs map it?" is answered by
 * mapcount, kept under the page-table lock of each PTE that comes or goes.
 * "Which ones?" is answered by a walk: take the page's anon_vma, ask its tree
 * for the areas that contain the page's index, compute the address in each, and
 * look whether the PTE there holds this frame.
 *
 *     page --mapping--> anon_vma --tree[index]--> areas --vma_address--> PTE?
 *       \                                                                 |
 *        `----------- the same frame number, or it is not a mapping ------'
 *
 * Worked example.  Frame 812 was touched by P at 0x403000 and shared by fork
 * with C; then C wrote.  page 812: mapping A|ANON, index 0x403, mapcount 1.  The
 * walk visits P's area (PTE holds 812: found) and C's (PTE holds 901, C's copy:
 * skipped, not the end).  One mapping found, and mapcount says one.
 *
 * Merged pages.  page->mapping of a merged page is a stable node; its records
 * name the (anon_vma, index) pairs that the walk has to go through, one after
 * the other (mm/merge/engine/stable.c).  The walk below is the same for each.
 *
 * Which anon_vma.  A new page is exclusive to its area and lives at the area's
 * own anon_vma, the youngest place from which all its future sharers descend.
 *
 * Locks, outer to inner
 *     page lock -> i_mmap_lock or root anon_vma rwsem (read) -> page-table lock
 * The page lock keeps mapping and index still.  While the root lock is held no
 * area leaves the tree, and areas leave it before their page tables are freed
 * (munmap, exit), so a page table found under it stays a page table.
 *
 * Invariants
 *  1. mapcount = number of present PTEs that hold the frame (mm_check counts).
 *  2. The walk of a page finds each of those PTEs once, and nothing else
 *     (mm_check counts).
 *  3. A writable anonymous PTE => AnonExclusive => mapcount 1.
 *  4. mapping of a mapped page changes only under its page lock: when a sole
 *     owner takes it over (page_move_anon_rmap) and in a merge.
 *
 * Rejected: reverse pointers from the frame to each PTE (pte chains): eight bytes
 * and a list operation for each mapping, in every fork; the object-based walk
 * costs nothing until somebody asks.
 *
 * Unlike Linux, mapcount counts from 0, not from -1, and a page whose last
 * mapping goes keeps ->mapping until it is freed, as Linux's does, so stale
 * walks end by looking at the PTEs, not at the count.
 *
 * Pages of memory objects.  page->mapping is the object, and the object has a tree of
 * the areas that map it (i_mmap.c).
 *
 * Deliberately missing: huge pages, memory cgroup charging.
 *
 * Further reading: the chapter mm/README.md; Gorman, "Understanding the Linux
 * Virtual Memory Manager", on what came before.
 */
#include "mm/rmap/rmap.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/rmap/anon_vma.h"
#include "mm/rmap/i_mmap.h"

bool rmap_world_stopped;
void (*rmap_walk_merged)(struct page *page, void *control);

/*
 * Lock: the page-table lock of the slot that will map the page, taken by the
 * caller; nobody else knows the frame yet, so plain stores do.  No flush: the
 * PTE was empty or is flushed by the caller.
 */
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, u64 addr)
{
	ASSERT(vma->anon_vma && page->mapping == 0 && page_mapcount(page) == 0);
	page->index = linear_page_index(vma, addr);
	atomic_set(&page->mapcount, 1);
	page->flags |= BIT(PG_anon_exclusive);
	WRITE_ONCE(page->mapping, (u64)vma->anon_vma | PAGE_MAPPING_ANON);
}

void page_remove_rmap(struct page *page)
{
	ASSERT(page_mapcount(page) > 0);
	atomic_dec(&page->mapcount);
}

/*
 * Page lock and the only PTE's page-table lock held, and the reference count is
 * one: no walk is on the way (it would need the page lock), no sharer exists.
 */
void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	ASSERT(PageLocked(page) && !PageKsm(page) && vma->anon_vma);
	WRITE_ONCE(page->mapping, (u64)vma->anon_vma | PAGE_MAPPING_ANON);
}

/*
 * Lock: the table's page-table lock, kept if the PTE maps the page.  The root
 * anon_vma lock (caller's) keeps the table from being freed between finding and
 * locking it.
 */
pte_t *page_vma_mapped(struct page *page, struct vm_area_struct *vma, u64 addr)
{
	pte_t *pte = pte_find(vma->vm_mm, addr);

	if (!pte)
		return NULL;
	spin_lock(pte_lockptr(pte));
	if (pte_maps(ptep_get(pte), page))
		return pte;
	pte_unlock(pte);
	return NULL;
}

/* The ordinary way: a reference first, since the lock may have to be waited for. */
static __noinline struct anon_vma *wait_for_anon_vma(struct page *page)
{
	struct anon_vma *av = page_get_anon_vma(page);
	bool mapped;

	if (!av)
		return NULL;
	anon_vma_lock_read(av);
	mapped = page_mapped(page);
	if (!mapped)
		anon_vma_unlock_read(av);
	put_anon_vma(av); /* if the page is mapped the lock keeps it */
	return mapped ? av : NULL;
}

/*
 * The page's anon_vma with its root locked for reading, or NULL if nothing maps it.
 * Mostly nobody holds the root lock, and then no reference is needed: the rwsem of
 * whatever the root has become may be tried, as the cache is type-stable.  If the
 * page is still mapped under it, its area is linked, stays linked, and so do
 * anon_vma and root.
 */
static __always_inline struct anon_vma *page_lock_anon_vma_read(struct page *page)
{
	u64 mapping = READ_ONCE(page->mapping);
	struct anon_vma *av = (struct anon_vma *)(mapping & ~(u64)PAGE_MAPPING_FLAGS);
	struct anon_vma *root;

	if ((mapping & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON || !page_mapped(page))
		return NULL;
	root = READ_ONCE(av->root);
	if (unlikely(!down_read_trylock(&root->rwsem)))
		return wait_for_anon_vma(page);
	if (likely(READ_ONCE(page->mapping) == mapping && page_mapped(page) &&
		   READ_ONCE(av->root) == root))
		return av;
	up_read(&root->rwsem);
	return NULL;
}

bool rmap_walk_anon_index(struct page *page, struct anon_vma *av, u64 index,
			  struct rmap_walk_control *rwc)
{
	struct interval_node *node;
	bool go_on = true;

	if (!rmap_world_stopped)
		anon_vma_lock_read(av);
	/* locked: page, root(r) */
	interval_for_each(node, &av->tree, index, index) {
		struct vm_area_struct *vma = container_of(node, struct anon_vma_chain, node)->vma;

		go_on = rwc->rmap_one(page, vma, vma_address(vma, index), rwc->arg);
		if (!go_on)
			break;
	}
	if (!rmap_world_stopped)
		anon_vma_unlock_read(av);
	return go_on;
}

/* Without a reference of the caller's to the page's anon_vma. */
static void rmap_walk_anon(struct page *page, struct rmap_walk_control *rwc)
{
	u64 index = page->index;
	struct interval_node *node;
	struct anon_vma *av;

	av = rmap_world_stopped ? page_anon_vma(page) : page_lock_anon_vma_read(page);
	if (!av)
		return; /* unmapped meanwhile: nothing maps it */
	/* locked: page, root(r) */
	interval_for_each(node, &av->tree, index, index) {
		struct vm_area_struct *vma = container_of(node, struct anon_vma_chain, node)->vma;

		if (!rwc->rmap_one(page, vma, vma_address(vma, index), rwc->arg))
			break;
	}
	if (!rmap_world_stopped)
		anon_vma_unlock_read(av);
}

/* A page of an object: the page lock keeps it the object's, and so the object. */
static void rmap_walk_file(struct page *page, struct rmap_walk_control *rwc)
{
	struct vmo *vmo = (struct vmo *)READ_ONCE(page->mapping);
	u64 index = page->index;
	struct interval_node *node;

	if (!vmo)
		return; /* its object has let go of it: nothing maps it */
	if (!rmap_world_stopped)
		i_mmap_lock_read(vmo);
	/* locked: page, i_mmap(r) */
	interval_for_each(node, &vmo->i_mmap, index, index) {
		struct vm_area_struct *vma = container_of(node, struct vm_area_struct, i_mmap_node);

		if (!rwc->rmap_one(page, vma, vma_address(vma, index), rwc->arg))
			break;
	}
	if (!rmap_world_stopped)
		i_mmap_unlock_read(vmo);
}

void rmap_walk(struct page *page, struct rmap_walk_control *rwc)
{
	u64 kind = READ_ONCE(page->mapping) & PAGE_MAPPING_FLAGS;

	EVENT(rmap_walk, page_to_pfn(page), page->index);
	ASSERT(!rwc->anon_vma || rwc->anon_vma == page_anon_vma(page));
	if (rwc->anon_vma)
		rmap_walk_anon_index(page, rwc->anon_vma, page->index, rwc);
	else if (kind == PAGE_MAPPING_ANON)
		rmap_walk_anon(page, rwc);
	else if (kind)
		rmap_walk_merged(page, rwc);
	else
		rmap_walk_file(page, rwc);
}

static bool count_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	if (page_vma_maps(page, vma, addr))
		++*(int *)arg;
	return true;
}

int page_rmap_count(struct page *page)
{
	int found = 0;
	struct rmap_walk_control rwc = { .rmap_one = count_one, .arg = &found };

	rmap_walk(page, &rwc);
	return found;
}
