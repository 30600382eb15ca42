/* SPDX-License-Identifier: MIT */
/*
 * anon_vma: which areas may map a given anonymous page.
 *
 * THEORY
 *
 * An anonymous page has no name, so nothing like a file could list the areas
 * that map it.  It is born in one area and spreads by fork alone.  So the page
 * remembers its birthplace (an anon_vma, in page->mapping) and its linear index
 * there (page->index), and the anon_vma knows every area that descends from the
 * birthplace.  The links between the two are anon_vma_chains:
 *
 *      vm_area_struct                anon_vma_chain               anon_vma
 *      anon_vma_chain ------- same_vma: all places of       tree, by [pgoff, last]:
 *      (list, own place       one area                      all areas of one place
 *       last in, first out)
 *
 * Worked example.  P maps area Vp and touches a page; then it forks C.
 *
 *        A (root)                        B (parent A)
 *        tree: Vp [0,9]  Vc [0,9]        tree: Vc [0,9]
 *               |          |                    |
 *              avc1       avc2                 avc3
 *               |           \                 /
 *        Vp.chain: avc1      Vc.chain: avc3, avc2
 *
 * The page lives at A, index 3.  A walk asks A's tree for areas that contain 3
 * and finds Vp and Vc: in each the address is vm_start + (3 - vm_pgoff) pages.
 * If C writes, its copy lives at B, where only Vc can be found: the parent's
 * areas are not visited in vain.  With n generations an area has n links.
 *
 * An area found this way only *may* map the page: it may have copied, unmapped
 * or never inherited it.  A walk looks at the PTE and skips the others.
 *
 * Order.  Equal keys are inserted after those already there, and fork links the
 * child's area before it copies a page table: so a walk sees the parent first.
 * Whatever PTE fork copies after the walk has passed the parent is a copy of
 * what the walk left there; whatever it copied before, the walk meets in the
 * child.
 *
 * Locks.  One rwsem, in the root, for the whole family: links are in several
 * trees, and taking one lock for each would need an order among them.
 *     mmap_lock -> page lock -> root rwsem -> page-table lock
 *
 * Lifetime.  All areas of one anon_vma count one reference together, gone when
 * its tree becomes empty; the root is counted by each descendant; merge records
 * and lookers count one each.  The cache is type-stable: a freed anon_vma stays
 * an anon_vma-shaped object whose refcount is zero until it is used again, so a
 * stale page->mapping may be followed as far as a "get unless zero", or a trylock of
 * the root's rwsem, which is initialised once in the object's lives.
 *
 * Invariants
 *  1. vma->anon_vma is null or the anon_vma of one link of the area's chain.
 *  2. All links of one chain have the same root.
 *  3. num_active_vmas(A) = areas whose ->anon_vma is A.
 *  4. num_children(A) = anon_vmas whose parent is A (a root is its own child).
 *  5. A's tree is empty only between the two passes of unlink_anon_vmas().
 *  6. vm_start, vm_end and vm_pgoff of a linked area change only while its links
 *     are out of the trees (pre_update, post_update).
 *
 * Reuse.  A process that forks and whose parent exits, again and again, would
 * drag an ever longer chain.  Clone therefore lets the new area adopt an
 * ancestor's anon_vma that no area lives at any more.  "No area" must be judged
 * by two counters: num_active_vmas == 0 and num_children < 2.  One counter for
 * both (a "degree") once let an anon_vma be adopted while pages of a sibling
 * still pointed to it, after which it was freed under them (CVE-2022-42703).
 *
 * Rejected: one list of areas for each page (fork would touch every page's list);
 * one anon_vma for the whole family (a walk would visit every process for pages
 * that only one has).
 *
 * Unlike Linux, links are put on the area's own list under the root lock as well
 * as under mmap_lock, so that a walk may read an area's chain.
 *
 * Further reading: "Virtual Memory II: the return of objrmap" (LWN 2004); "The
 * case of the overly anonymous anon_vma" (LWN 2010); NetBSD uvm_amap.c for the
 * other answer to the same question.
 */
#include "mm/rmap/anon_vma.h"

#include <abi/errno.h>
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/frame/slab.h"

static struct kmem_cache *anon_vma_cache; /* type-stable */
static struct kmem_cache *avc_cache;

void rmap_init(void)
{
	anon_vma_cache = kmem_cache_create("anon_vma", sizeof(struct anon_vma), 8,
					   SLAB_TYPESAFE | SLAB_ACCOUNT);
	avc_cache =
		kmem_cache_create("anon_vma_chain", sizeof(struct anon_vma_chain), 8, SLAB_ACCOUNT);
	BUG_ON(!anon_vma_cache || !avc_cache);
}

/* A new anon_vma below parent (null: a root), refcount 1 for its areas. */
static struct anon_vma *anon_vma_alloc(struct anon_vma *parent)
{
	struct anon_vma *av = kmem_cache_alloc(anon_vma_cache);

	if (!av)
		return NULL;
	if (!av->root) /* its first life; later the rwsem may be tried by a late walk */
		rwsem_init(&av->rwsem, LOCK_ANON_VMA);
	av->root = parent ? parent->root : av;
	av->parent = parent ? parent : av;
	av->num_children = parent ? 0 : 1;
	av->num_active_vmas = 0;
	av->tree = RB_ROOT;
	if (parent)
		get_anon_vma(av->root);
	/* Last: a stale page->mapping may try atomic_inc_not_zero() at any moment. */
	__atomic_store_n(&av->refcount.counter, 1, __ATOMIC_RELEASE);
	return av;
}

void put_anon_vma(struct anon_vma *av)
{
	struct anon_vma *root = av->root;

	ASSERT(atomic_read(&av->refcount) > 0);
	if (!atomic_dec_and_test(&av->refcount))
		return;
	BUG_ON(!RB_EMPTY_ROOT(&av->tree));
	kmem_cache_free(anon_vma_cache, av);
	if (root != av)
		put_anon_vma(root);
}

/* Links vma and av.  Root lock held for writing. */
static void anon_vma_chain_link(struct anon_vma_chain *avc, struct vm_area_struct *vma,
				struct anon_vma *av)
{
	ASSERT(rwsem_is_write_held(&av->root->rwsem));
	avc->vma = vma;
	avc->anon_vma = av;
	list_add(&avc->same_vma, &vma->anon_vma_chain);
	atomic64_inc(&vma->vm_mm->nr_links);
	avc->node.start = vma->vm_pgoff;
	avc->node.last = vma->vm_pgoff + vma_pages(vma) - 1;
	interval_insert(&avc->node, &av->tree);
}

/* An anon_vma a neighbour area has that vma could merge with later, or NULL. */
static struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma)
{
	struct vm_area_struct *near[2] = { vma_prev(vma), vma_next(vma) };

	for (int i = 0; i < 2; i++)
		if ((vma_continues(near[i], vma) || vma_continues(vma, near[i])) &&
		    near[i]->anon_vma && list_is_singular(&near[i]->anon_vma_chain))
			return near[i]->anon_vma;
	return NULL;
}

/*
 * mmap_lock may be held for reading only, so two faults may come here at once:
 * page_table_lock decides which of them sets vma->anon_vma.
 */
int anon_vma_prepare(struct vm_area_struct *vma)
{
	struct anon_vma *av, *fresh = NULL;
	struct anon_vma_chain *avc;
	bool won;

	ASSERT(rwsem_is_locked(&vma->vm_mm->mmap_lock));
	if (likely(READ_ONCE(vma->anon_vma)))
		return 0;
	avc = kmem_cache_alloc(avc_cache);
	if (!avc)
		return -ENOMEM;
	av = find_mergeable_anon_vma(vma);
	if (!av)
		av = fresh = anon_vma_alloc(NULL);
	if (!av) {
		kmem_cache_free(avc_cache, avc);
		return -ENOMEM;
	}
	EVENT(anon_vma_new, vma->vm_start, vma->vm_mm->pid);
	anon_vma_lock_write(av);
	spin_lock(&vma->vm_mm->page_table_lock);
	won = !vma->anon_vma;
	if (won) {
		WRITE_ONCE(vma->anon_vma, av);
		anon_vma_chain_link(avc, vma, av);
		av->num_active_vmas++;
	}
	spin_unlock(&vma->vm_mm->page_table_lock);
	anon_vma_unlock_write(av);
	if (!won) {
		kmem_cache_free(avc_cache, avc);
		if (fresh)
			put_anon_vma(fresh);
	}
	return 0;
}

int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma_chain *pavc;

	ASSERT(rwsem_is_write_held(&src->vm_mm->mmap_lock));
	list_for_each_entry_reverse(pavc, &src->anon_vma_chain, same_vma) {
		struct anon_vma *av = pavc->anon_vma;
		struct anon_vma_chain *avc = kmem_cache_alloc(avc_cache);

		if (!avc) {
			/* dst->anon_vma was not counted yet: let unlink not discount it. */
			dst->anon_vma = NULL;
			unlink_anon_vmas(dst);
			return -ENOMEM;
		}
		anon_vma_lock_write(av);
		anon_vma_chain_link(avc, dst, av);
		/* Adopt an ancestor's that nobody lives at; never src's own (it is active). */
		if (!dst->anon_vma && src->anon_vma && av->num_children < 2 &&
		    av->num_active_vmas == 0)
			dst->anon_vma = av;
		anon_vma_unlock_write(av);
	}
	if (dst->anon_vma) {
		anon_vma_lock_write(dst->anon_vma);
		dst->anon_vma->num_active_vmas++;
		anon_vma_unlock_write(dst->anon_vma);
	}
	return 0;
}

/* Gives a forked area an anon_vma of its own below pvma's. */
static int anon_vma_new_child(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	struct anon_vma_chain *avc = kmem_cache_alloc(avc_cache);
	struct anon_vma *av = avc ? anon_vma_alloc(pvma->anon_vma) : NULL;

	if (!av) {
		if (avc)
			kmem_cache_free(avc_cache, avc);
		return -ENOMEM;
	}
	anon_vma_lock_write(av);
	vma->anon_vma = av;
	av->num_active_vmas++;
	av->parent->num_children++;
	anon_vma_chain_link(avc, vma, av);
	anon_vma_unlock_write(av);
	return 0;
}

int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	int err;

	vma->anon_vma = NULL;
	if (!pvma->anon_vma)
		return 0; /* the parent has never touched it: nothing can be shared */
	err = anon_vma_clone(vma, pvma);
	if (err || vma->anon_vma)
		return err;
	err = anon_vma_new_child(vma, pvma);
	if (err)
		unlink_anon_vmas(vma);
	return err;
}

/* Takes avc, which is in no tree any more, off its area's chain. */
static void anon_vma_chain_free(struct anon_vma_chain *avc)
{
	list_del(&avc->same_vma);
	atomic64_dec(&avc->vma->vm_mm->nr_links);
	kmem_cache_free(avc_cache, avc);
}

/*
 * Two passes: the first empties the trees under one root lock; the second drops
 * references, which may free the root, and so must come after the unlock.
 */
void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc, *next;
	struct anon_vma *root;

	if (list_empty(&vma->anon_vma_chain))
		return;
	root = list_first_entry(&vma->anon_vma_chain, struct anon_vma_chain, same_vma)
		       ->anon_vma->root;
	down_write(&root->rwsem);
	list_for_each_entry_safe(avc, next, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *av = avc->anon_vma;

		BUG_ON(av->root != root);
		interval_remove(&avc->node, &av->tree);
		if (RB_EMPTY_ROOT(&av->tree)) {
			av->parent->num_children--;
			continue; /* the areas' common reference goes in the second pass */
		}
		anon_vma_chain_free(avc);
	}
	if (vma->anon_vma)
		vma->anon_vma->num_active_vmas--;
	vma->anon_vma = NULL;
	up_write(&root->rwsem);
	list_for_each_entry_safe(avc, next, &vma->anon_vma_chain, same_vma) {
		BUG_ON(avc->anon_vma->num_active_vmas);
		put_anon_vma(avc->anon_vma);
		anon_vma_chain_free(avc);
	}
}

void anon_vma_interval_pre_update(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	if (list_empty(&vma->anon_vma_chain))
		return;
	avc = list_first_entry(&vma->anon_vma_chain, struct anon_vma_chain, same_vma);
	anon_vma_lock_write(avc->anon_vma);
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma)
		interval_remove(&avc->node, &avc->anon_vma->tree);
}

void anon_vma_interval_post_update(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	if (list_empty(&vma->anon_vma_chain))
		return;
	/* Oldest link first, so that in each tree the order of insertion stays by generation. */
	list_for_each_entry_reverse(avc, &vma->anon_vma_chain, same_vma) {
		avc->node.start = vma->vm_pgoff;
		avc->node.last = vma->vm_pgoff + vma_pages(vma) - 1;
		interval_insert(&avc->node, &avc->anon_vma->tree);
	}
	avc = list_first_entry(&vma->anon_vma_chain, struct anon_vma_chain, same_vma);
	anon_vma_unlock_write(avc->anon_vma);
}

/*
 * mapping may change or the page be unmapped at any moment; no lock is held.
 * A reference is taken unless it is zero (the cache is type-stable), and only
 * if mapping still says the same and the page is still mapped is it the right
 * one: a mapped page keeps its area linked, so the anon_vma was alive before we
 * took the reference, and is now alive through it.
 */
struct anon_vma *page_get_anon_vma(struct page *page)
{
	u64 mapping = READ_ONCE(page->mapping);
	struct anon_vma *av;

	if ((mapping & PAGE_MAPPING_FLAGS) != PAGE_MAPPING_ANON || !page_mapped(page))
		return NULL;
	av = (struct anon_vma *)(mapping & ~(u64)PAGE_MAPPING_FLAGS);
	if (!atomic_inc_not_zero(&av->refcount))
		return NULL;
	smp_mb();
	if (READ_ONCE(page->mapping) != mapping || !page_mapped(page)) {
		put_anon_vma(av);
		return NULL;
	}
	return av;
}
