/* SPDX-License-Identifier: MIT */
/*
 * vm_area_struct: the set of areas of an address space, and how one is split or
 * joined with its neighbours.
 *
 * THEORY
 *
 * A VMA is a run of pages with one protection and one set of advice.  The VMAs of
 * an address space do not overlap.  They stand in a red-black tree by address (a
 * fault finds its own in O(log n)) and, in the same order, in a list.  Each knows
 * the largest hole in its subtree (a hole belongs to the VMA above it), so that
 * mmap() finds room in O(log n) as well.
 *
 *            vm_max_gap                         list:  [A) [B)[C)   [D)
 *              [C) 3                            holes:    ^      ^^^
 *             /     \                                     1       3
 *         [B) 1     [D) 3
 *          /
 *        [A) 0
 *
 * Linear index.  A page is found again by (anon_vma, index), and index must not
 * change while the page lives.  For an anonymous VMA vm_pgoff is its first address
 * in pages at the time of mmap(); a VMA that is split or grows keeps
 *
 *      vm_pgoff + (addr - vm_start) / PAGE_SIZE
 *
 * the same for every addr, so the index of a page never changes.
 *
 * Worked example.  [0x10000, 0x14000) has pgoff 0x10.  mprotect() of its third page
 * splits twice: [0x10,0x12) pgoff 0x10, [0x12,0x13) pgoff 0x12, [0x13,0x14) pgoff
 * 0x13, all three with the same anon_vma and a chain of their own.  Undone, they
 * join to what was there before.
 *
 * A VMA of an object has the object's page numbers instead: vm_pgoff is the page of the object
 * that its first address shows.  The same sum holds, and the pages of its own that a private
 * one comes by (copies of the object's, made by writes) have their index by it as well.  VMAs of
 * two objects do not share an anon_vma: a walk would visit one of them in vain.
 *
 * Reference.  Each VMA holds one to its object, taken when it is made (mmap, split, fork) and
 * dropped when it is freed (munmap, join, exit): as long as a VMA is there, so are the object
 * and its frames.
 *
 * Split.  The new VMA is the upper part.  It is cloned into the anon_vma trees with
 * its final range first; then the lower part shrinks.  In between both cover the
 * upper pages, and a walk may see a PTE twice, which walks allow; the other order
 * would have a moment in which a page cannot be found.  Join, likewise: the
 * survivor grows first, then the other leaves the trees.
 *
 * Neighbours a (below) and b join if
 *   1. they touch, and b's pgoff goes on where a's ends;
 *   2. their flags are equal, and so is what they map;
 *   3. their anon_vmas are equal; or one of them has none, and the chain of the
 *      other has one link only.  A longer chain is an inheritance from fork, and the
 *      part that has none never took part in it: joined, every ancestor's walk would
 *      have to visit pages that cannot be there.
 * Joining allocates nothing and cannot fail: the VMA that has the anon_vma survives.
 *
 * Lock order:  mmap_lock(w) -> root anon_vma (between pre_ and post_update)
 * A walk reads vm_start, vm_end and vm_pgoff under the root lock, everybody else
 * under mmap_lock; so they change with both held.
 *
 * Invariants
 *  1. List and tree hold the same VMAs, in the same order, nr_vmas of them.
 *  2. TASK_MIN <= vm_start < vm_end <= TASK_SIZE, page aligned, no overlap.
 *  3. vm_max_gap is the maximum over the subtree of the hole below each VMA, less the gap of
 *     one that grows.
 *  4. A shared VMA has an object and no anon_vma: it has no page of its own.
 *  5. At most MAX_MAP_COUNT VMAs, so that a program cannot fill the kernel's memory
 *     with them.
 *
 * Rejected: a list alone (every fault walks it; 65,530 areas are allowed); remembering
 * where the last search for room ended (old Linux: fast until somebody unmaps).
 *
 * Unlike Linux there is no maple tree: it exists to let faults read without locks.
 * And vma_merge() works on a VMA that is linked already, so that each operation is
 * "split, change, merge" instead of one function that knows every case at once.
 *
 * Further reading: Gorman, chapter 4; the reverse map's view in mm/rmap/anon_vma.c.
 */
#include "kernel/core/log.h"
#include "mm/frame/slab.h"
#include "mm/rmap/anon_vma.h"
#include "mm/rmap/i_mmap.h"
#include "mm/rmap/rmap.h"
#include "mm/space/stack.h"
#include "mm/space/vma.h"
#include "mm/vmo.h"

#include <abi/errno.h>

static struct kmem_cache *vma_cache;

void vma_init(void)
{
	vma_cache =
		kmem_cache_create("vm_area_struct", sizeof(struct vm_area_struct), 0, SLAB_ACCOUNT);
}

static struct vm_area_struct *rb_vma(struct rb_node *rb)
{
	return rb ? rb_entry(rb, struct vm_area_struct, vm_rb) : NULL;
}

u64 vma_prev_end(const struct vm_area_struct *vma)
{
	struct vm_area_struct *prev = vma_prev(vma);

	return prev ? prev->vm_end : 0;
}

/* --- lookup ----------------------------------------------------------------------------------- */

struct vm_area_struct *find_vma(struct mm_struct *mm, u64 addr)
{
	struct rb_node *rb = mm->vmas.rb_node;
	struct vm_area_struct *best = NULL;

	ASSERT(rmap_world_stopped || rwsem_is_locked(&mm->mmap_lock));
	while (rb) {
		struct vm_area_struct *vma = rb_vma(rb);

		if (vma->vm_end <= addr) {
			rb = rb->rb_right;
			continue;
		}
		best = vma;
		if (vma->vm_start <= addr)
			break;
		rb = rb->rb_left;
	}
	return best;
}

struct vm_area_struct *vma_lookup(struct mm_struct *mm, u64 addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

/* --- holes ------------------------------------------------------------------------------------ */

static u64 hole_start(const struct vm_area_struct *vma)
{
	return MAX(vma_prev_end(vma), TASK_MIN);
}

/* Room just below vma; less than none counts as none. */
static u64 hole_size(const struct vm_area_struct *vma)
{
	u64 start = hole_start(vma), end = vma_floor(vma);

	return end > start ? end - start : 0;
}

static void update_gap(struct rb_node *rb)
{
	struct vm_area_struct *vma = rb_vma(rb);

	vma->vm_max_gap = hole_size(vma);
	for (int dir = 0; dir < 2; dir++)
		if (rb->child[dir])
			vma->vm_max_gap = MAX(vma->vm_max_gap, rb_vma(rb->child[dir])->vm_max_gap);
}

/* The hole below vma (may be NULL) has changed: so have the maxima above it. */
static void propagate_gap(struct vm_area_struct *vma)
{
	for (struct rb_node *rb = vma ? &vma->vm_rb : NULL; rb; rb = rb_parent(rb))
		update_gap(rb);
}

/* Highest place for len bytes in [start, min(end, high)), or 0. */
static u64 place_below(u64 start, u64 end, u64 len, u64 high)
{
	end = MIN(end, high);
	return end > start && end - start >= len ? end - len : 0;
}

/* The same over all holes of a subtree, the highest first.  Only the path along high can fail. */
static u64 find_hole_in(struct rb_node *rb, u64 len, u64 high)
{
	struct vm_area_struct *vma = rb_vma(rb);
	u64 addr = 0;

	if (!vma || vma->vm_max_gap < len)
		return 0;
	if (vma->vm_end < high)
		addr = find_hole_in(rb->rb_right, len, high);
	if (!addr)
		addr = place_below(hole_start(vma), vma_floor(vma), len, high);
	return addr ? addr : find_hole_in(rb->rb_left, len, high);
}

u64 vma_find_hole(struct mm_struct *mm, u64 len, u64 high)
{
	u64 top = TASK_MIN;
	u64 addr;

	if (!list_empty(&mm->vma_list))
		top = list_last_entry(&mm->vma_list, struct vm_area_struct, vm_list)->vm_end;
	addr = place_below(top, TASK_SIZE, len, high);
	return addr ? addr : find_hole_in(mm->vmas.rb_node, len, high);
}

/* --- linking ---------------------------------------------------------------------------------- */

/* Links vma, whose range is free.  The new leaf's place in the list follows from its parent. */
static void vma_link(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	struct rb_node **link = &mm->vmas.rb_node, *parent = NULL;
	struct list_head *before = &mm->vma_list;

	ASSERT(rwsem_is_write_held(&mm->mmap_lock));
	while (*link) {
		bool above = vma->vm_start >= rb_vma(*link)->vm_end;

		parent = *link;
		link = &parent->child[above];
		if (above)
			before = &rb_vma(parent)->vm_list;
	}
	list_add(&vma->vm_list, before);
	rb_link_node(&vma->vm_rb, parent, link);
	rb_insert_augmented(&vma->vm_rb, &mm->vmas, update_gap);
	propagate_gap(vma_next(vma));
	mm->nr_vmas++;
	ASSERT(vma_prev_end(vma) <= vma->vm_start);
	ASSERT(!vma_next(vma) || vma->vm_end <= vma_next(vma)->vm_start);
}

static void vma_unlink(struct vm_area_struct *vma)
{
	struct vm_area_struct *next = vma_next(vma);

	ASSERT(rwsem_is_write_held(&vma->vm_mm->mmap_lock));
	list_del(&vma->vm_list);
	rb_erase_augmented(&vma->vm_rb, &vma->vm_mm->vmas, update_gap);
	propagate_gap(next);
	vma->vm_mm->nr_vmas--;
}

/* A VMA that is linked nowhere, or NULL. */
static struct vm_area_struct *vma_alloc(struct mm_struct *mm, u64 start, u64 end, u64 flags,
					u64 pgoff, struct vmo *vmo)
{
	struct vm_area_struct *vma;

	if (mm->nr_vmas >= MAX_MAP_COUNT)
		return NULL;
	vma = kmem_cache_alloc(vma_cache);
	if (!vma)
		return NULL;
	*vma = (struct vm_area_struct){
		.vm_start = start,
		.vm_end = end,
		.vm_flags = flags,
		.vm_pgoff = pgoff,
		.vm_mm = mm,
		.vmo = vmo,
	};
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	if (vmo)
		vmo->ops->get(vmo);
	return vma;
}

/* A VMA that is linked nowhere any more.  With its object's last reference that goes too. */
static void vma_free(struct vm_area_struct *vma)
{
	if (vma->vmo)
		vma->vmo->ops->put(vma->vmo);
	kmem_cache_free(vma_cache, vma);
}

struct vm_area_struct *vma_create(struct mm_struct *mm, u64 start, u64 end, u64 flags, u64 pgoff,
				  struct vmo *vmo)
{
	struct vm_area_struct *vma = vma_alloc(mm, start, end, flags, pgoff, vmo);

	if (!vma)
		return NULL;
	i_mmap_insert(vma);
	vma_link(vma);
	return vma;
}

void vma_unlink_rmap(struct vm_area_struct *vma)
{
	unlink_anon_vmas(vma);
	i_mmap_remove(vma);
}

void vma_destroy(struct vm_area_struct *vma)
{
	ASSERT(list_empty(&vma->anon_vma_chain));
	vma_unlink(vma);
	vma_free(vma);
}

void vma_destroy_all(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *next;
	struct list_head all;

	ASSERT(rwsem_is_write_held(&mm->mmap_lock));
	list_add(&all, &mm->vma_list); /* all becomes the head of their ring */
	list_del_init(&mm->vma_list);
	mm->vmas = RB_ROOT;
	mm->nr_vmas = 0;
	list_for_each_entry_safe(vma, next, &all, vm_list) {
		ASSERT(list_empty(&vma->anon_vma_chain));
		vma_free(vma);
		cond_resched();
	}
}

/* --- split and merge -------------------------------------------------------------------------- */

/*
 * Changes the range of a linked VMA, which keeps its place in the order.  The
 * linear index of each address stays what it was.  Locks mmap_lock(w), and i_mmap_lock
 * and the root anon_vma while the trees do not have the VMA.
 */
static void vma_set_range(struct vm_area_struct *vma, u64 start, u64 end)
{
	u64 pgoff = vma->vm_pgoff + ((s64)(start - vma->vm_start) >> PAGE_SHIFT);

	i_mmap_pre_update(vma);
	anon_vma_interval_pre_update(vma);
	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_pgoff = pgoff;
	anon_vma_interval_post_update(vma);
	i_mmap_post_update(vma);
	propagate_gap(vma);
	propagate_gap(vma_next(vma));
}

int split_vma(struct vm_area_struct *vma, u64 addr)
{
	struct vm_area_struct *upper;

	ASSERT(rwsem_is_write_held(&vma->vm_mm->mmap_lock));
	ASSERT(vma->vm_start < addr && addr < vma->vm_end && IS_ALIGNED(addr, PAGE_SIZE));
	upper = vma_alloc(vma->vm_mm, addr, vma->vm_end, vma->vm_flags,
			  linear_page_index(vma, addr), vma->vmo);
	if (!upper)
		return -ENOMEM;
	upper->anon_vma = vma->anon_vma;
	if (anon_vma_clone(upper, vma)) {
		vma_free(upper);
		return -ENOMEM;
	}
	i_mmap_insert(upper);
	/* both cover the upper pages: a walk may see a PTE twice */
	vma_set_range(vma, vma->vm_start, addr);
	vma_link(upper);
	return 0;
}

struct vm_area_struct *vma_copy(struct vm_area_struct *vma, u64 start, u64 end, u64 pgoff)
{
	struct vm_area_struct *copy;

	ASSERT(rwsem_is_write_held(&vma->vm_mm->mmap_lock));
	copy = vma_alloc(vma->vm_mm, start, end, vma->vm_flags, pgoff, vma->vmo);
	if (!copy)
		return NULL;
	copy->anon_vma = vma->anon_vma; /* first, so that the clone adopts none */
	if (anon_vma_clone(copy, vma)) {
		vma_free(copy);
		return NULL;
	}
	i_mmap_insert(copy);
	vma_link(copy);
	return copy;
}

void vma_expand(struct vm_area_struct *vma, u64 end)
{
	ASSERT(end > vma->vm_end && end <= TASK_SIZE);
	vma_set_range(vma, vma->vm_start, end);
}

void vma_expand_down(struct vm_area_struct *vma, u64 start)
{
	ASSERT(start < vma->vm_start && start >= MAX(vma_prev_end(vma), TASK_MIN));
	vma_set_range(vma, start, vma->vm_end);
}

int vma_split_edges(struct mm_struct *mm, u64 start, u64 end, struct vm_area_struct **first)
{
	struct vm_area_struct *vma = find_vma(mm, start);
	struct vm_area_struct *last;

	if (vma && vma->vm_start < start) {
		if (split_vma(vma, start))
			return -ENOMEM;
		vma = vma_next(vma);
	}
	last = vma_lookup(mm, end - 1);
	if (last && last->vm_end > end && split_vma(last, end)) {
		if (vma && vma->vm_start == start)
			vma_merge(vma);
		return -ENOMEM;
	}
	*first = vma;
	return 0;
}

static bool anon_vmas_compatible(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	if (a->anon_vma && b->anon_vma)
		return a->anon_vma == b->anon_vma;
	/* an empty chain is not singular either: of two without anon_vma none has a link */
	return (!a->anon_vma || list_is_singular(&a->anon_vma_chain)) &&
	       (!b->anon_vma || list_is_singular(&b->anon_vma_chain));
}

static bool can_merge(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	return vma_continues(a, b) && anon_vmas_compatible(a, b);
}

/* Joins a and b, a below b, of which can_merge() is true; the one with the anon_vma survives. */
static struct vm_area_struct *vma_join(struct vm_area_struct *a, struct vm_area_struct *b)
{
	struct vm_area_struct *survivor = !a->anon_vma && b->anon_vma ? b : a;
	struct vm_area_struct *other = survivor == a ? b : a;

	vma_set_range(survivor, a->vm_start, b->vm_end);
	/* both cover other's pages: a walk may see a PTE twice; holes are right again below */
	vma_unlink_rmap(other);
	vma_destroy(other);
	return survivor;
}

struct vm_area_struct *vma_merge(struct vm_area_struct *vma)
{
	ASSERT(rwsem_is_write_held(&vma->vm_mm->mmap_lock));
	if (can_merge(vma_prev(vma), vma))
		vma = vma_join(vma_prev(vma), vma);
	/* more than one: a change may have joined it with what was just split off its next */
	while (can_merge(vma, vma_next(vma)))
		vma = vma_join(vma, vma_next(vma));
	return vma;
}
