/* SPDX-License-Identifier: MIT */
/*
 * Records: how the PTEs of a merged page are found.
 *
 * THEORY
 *
 * A merged page stands for pages that were born in different places, so one anon_vma and
 * one index cannot lead to all of its PTEs.  A *record* {anon_vma, index} is kept of each
 * birthplace:
 *
 *     stable_node.records      {A, 0x403} --> areas of A that contain 0x403
 *       (rbtree)               {D, 0x10}  --> areas of D that contain 0x10
 *
 * Worked example.  Page 812 of P (lives at A, index 0x403) and page 990 of Q (lives at D,
 * index 0x10) have equal bytes.  812 is promoted: record {A, 0x403}.  990 is merged: record
 * {D, 0x10} is appended, Q's PTE now holds 812, 990 is free.  A walk of 812 goes through A at
 * 0x403 and D at 0x10.  If P forks, its child's area joins A's tree, so the child is found
 * with no further record.
 *
 * Each PTE is visited once although two records may lead to it (a forked area is in its
 * parent's tree as well as in its own): it belongs to the first anon_vma of the area's chain
 * for which the set has a record.
 *
 * Locks: merged page's lock -> root anon_vma (read) -> page-table lock.  The page lock guards
 * the set; so does the scanner mutex against every change, since only the engine appends and
 * removes.
 *
 * Invariants
 *  1. Every PTE that maps a merged frame is reached through one of its records, because a
 *     record is appended before the first PTE is moved.
 *  2. Records of a set are pairwise different.
 *  3. A record holds a reference to its anon_vma, so the pointer stays good when the last
 *     area has gone; such a record reaches nothing and is pruned (prune.c).
 *
 * Rejected: one record for each PTE, as KSM's rmap_items are: then fork must add records, or,
 * as in Linux, the items be kept for what is only found by accident.  A list of records:
 * appending N different ones would cost N*N/2 comparisons.
 *
 * Deliberately missing: records that are merged when their anon_vmas become relatives.
 *
 * Further reading: mm/rmap/anon_vma.c for how an area is found from an anon_vma.
 */
#include "mm/merge/engine/record.h"

#include "kernel/core/log.h"
#include "mm/frame/slab.h"
#include "mm/merge/engine/engine.h"
#include "mm/rmap/anon_vma.h"

static struct kmem_cache *record_cache;

void record_init(void)
{
	record_cache = kmem_cache_create("rmap_record", sizeof(struct rmap_record), 8, 0);
	BUG_ON(!record_cache);
}

static struct rmap_record *record_entry(struct rb_node *rb)
{
	return rb_entry(rb, struct rmap_record, node);
}

struct rmap_record *record_alloc(struct page *page)
{
	struct anon_vma *av = page_get_anon_vma(page);
	struct rmap_record *rec;

	ASSERT(PageLocked(page));
	if (!av)
		return NULL;
	rec = kmem_cache_alloc(record_cache);
	if (!rec) {
		put_anon_vma(av);
		return NULL;
	}
	rec->anon_vma = av;
	rec->index = page->index;
	return rec;
}

void record_free(struct rmap_record *rec)
{
	put_anon_vma(rec->anon_vma);
	kmem_cache_free(record_cache, rec);
}

/* Negative if rec stands before {av, index}. */
static int record_cmp(const struct rmap_record *rec, const struct anon_vma *av, u64 index)
{
	if (rec->anon_vma != av)
		return rec->anon_vma < av ? -1 : 1;
	if (rec->index != index)
		return rec->index < index ? -1 : 1;
	return 0;
}

static bool has_record(const struct record_set *set, const struct anon_vma *av, u64 index)
{
	struct rb_node *rb = set->root.rb_node;

	while (rb) {
		int c = record_cmp(record_entry(rb), av, index);

		if (c == 0)
			return true;
		rb = c < 0 ? rb->rb_right : rb->rb_left;
	}
	return false;
}

/* Pages are mostly merged in ascending order, so the last record is tried first: no search then. */
void record_append(struct record_set *set, struct rmap_record *rec)
{
	struct rb_node **link = &set->root.rb_node, *parent = NULL;
	bool is_last = true;

	if (set->last && record_cmp(record_entry(set->last), rec->anon_vma, rec->index) < 0) {
		parent = set->last;
		link = &parent->rb_right; /* null */
	}
	while (*link) {
		int c = record_cmp(record_entry(*link), rec->anon_vma, rec->index);

		if (c == 0) {
			record_free(rec);
			return;
		}
		parent = *link;
		if (c < 0) {
			link = &parent->rb_right;
		} else {
			link = &parent->rb_left;
			is_last = false;
		}
	}
	rb_link_node(&rec->node, parent, link);
	rb_insert_color(&rec->node, &set->root);
	if (is_last)
		set->last = &rec->node;
	set->nr++;
	merge_counters.records++;
}

void record_remove(struct record_set *set, struct rmap_record *rec)
{
	if (set->prune_at == &rec->node)
		set->prune_at = rb_next(&rec->node);
	if (set->last == &rec->node)
		set->last = NULL;
	rb_erase(&rec->node, &set->root);
	set->nr--;
	merge_counters.records--;
	record_free(rec);
}

/* A whole subtree, without balancing what goes anyway; as deep as the tree is high. */
static void free_subtree(struct rb_node *rb)
{
	if (rb->rb_left)
		free_subtree(rb->rb_left);
	if (rb->rb_right) {
		free_subtree(rb->rb_right);
		cond_resched();
	}
	record_free(record_entry(rb));
}

void record_set_free(struct record_set *set)
{
	if (set->root.rb_node)
		free_subtree(set->root.rb_node);
	merge_counters.records -= set->nr;
}

/* True if the PTE in vma is to be visited through rec and not through another record. */
static bool record_owns(const struct record_set *set, const struct rmap_record *rec,
			struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	if (set->nr == 1)
		return true;
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		if (avc->anon_vma == rec->anon_vma)
			return true;
		if (has_record(set, avc->anon_vma, rec->index))
			return false;
	}
	return false;
}

/* A walk through one record, and the walk that it is a part of. */
struct record_walk {
	const struct record_set *set;
	const struct rmap_record *rec;
	struct rmap_walk_control *inner;
};

static bool record_walk_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	struct record_walk *w = arg;

	if (!record_owns(w->set, w->rec, vma))
		return true;
	return w->inner->rmap_one(page, vma, addr, w->inner->arg);
}

bool rmap_walk_record(struct page *page, struct record_set *set, struct rmap_record *rec,
		      struct rmap_walk_control *rwc)
{
	struct record_walk w = { set, rec, rwc };
	struct rmap_walk_control outer = { .rmap_one = record_walk_one, .arg = &w };

	return rmap_walk_anon_index(page, rec->anon_vma, rec->index, &outer);
}
