/* SPDX-License-Identifier: MIT */
/*
 * Stable nodes: what is known of a merged page, and how it is reached.
 *
 * THEORY
 *
 * A merged page stands for pages that were born in different places.  Its
 * page->mapping therefore points not to an anon_vma but to a stable node, and
 * the node keeps a *record* {anon_vma, index} of each place:
 *
 *     page 812                  stable_node                records (rbtree)
 *     mapping = node|ANON|KSM ->  hash, pfn 812  ------->  {A, 0x403}  {D, 0x10}
 *        ^                          |                        |           |
 *        '------ key must match ----'                     areas of A   areas of D
 *
 * Worked example.  Page 812 of P (lives at A, index 0x403) and page 990 of Q
 * (lives at D, index 0x10) have equal bytes.  812 is promoted: record {A,0x403}.
 * 990 is merged: record {D,0x10} is appended, Q's PTE now holds 812, 990 is free.
 * A walk of 812 goes through A at 0x403 and D at 0x10.  If P forks, its child's
 * area joins A's tree, so the child is found with no further record.
 *
 * Keyhole.  The node holds no reference to its page: the page would then live
 * until the scanner came round, and merged memory must be freed like any other.
 * Instead get_ksm_page() looks through a keyhole: does page->mapping still hold
 * this node's tag?  It looks twice, before and after trying to take a reference:
 *     - before: else we might raise the count of a frame that is somebody else's;
 *     - after: the frame may have been freed and used anew in between.  The count
 *       of a kernel frame or free frame is zero and cannot be taken; a user frame
 *       cannot hold our tag, since only promotion writes one, under our mutex.
 * A node whose page has gone is removed at once; that turns the tree under the
 * search's feet, so the search starts again.  It must not end with "not found":
 * the equal page may stand just behind the stale node.
 *
 * Locks: scanner mutex -> merged page's lock -> root anon_vma -> page-table lock.
 * The mutex guards the tree and the list of nodes; the page lock the records.
 *
 * Invariants
 *  1. mapping of frame node->pfn is node|ANON|KSM, or the node is stale.
 *  2. Every PTE that maps a merged frame is reached through one of its records,
 *     because a record is appended before the first PTE is moved.
 *  3. Records of a node are pairwise different.
 *  4. A record holds a reference to its anon_vma, so the pointer stays good when
 *     the last area has gone; such a record reaches nothing and is pruned.
 *  5. The node of a page that is alive is freed only under that page's lock
 *     (demotion); the node of a dead page may be freed at any time.
 *
 * Each PTE is visited once although two records may lead to it (a forked area is
 * in its parent's tree as well as in its own): it belongs to the first anon_vma
 * of the area's chain for which the node has a record.
 *
 * Rejected: one record for each PTE, as KSM's rmap_items are: then fork must add
 * records, or, as in Linux, the items be kept for what is only found by accident.
 * A list of records: appending N equal records would cost N*N/2 comparisons.
 *
 * Unlike Linux, the node is not told where its page migrates: frames do not move
 * yet.
 *
 * Further reading: the page cache's speculative references in any Linux since
 * 2.6.27 are the same idea with another key.
 */
#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/frame/slab.h"
#include "mm/merge/engine/engine.h"

static struct kmem_cache *node_cache;
static struct kmem_cache *record_cache;

struct list_head stable_nodes = LIST_HEAD_INIT(stable_nodes);

void stable_init(void)
{
	node_cache = kmem_cache_create("stable_node", sizeof(struct stable_node), 8, 0);
	record_cache = kmem_cache_create("rmap_record", sizeof(struct rmap_record), 8, 0);
	BUG_ON(!node_cache || !record_cache);
}

struct stable_node *stable_node_alloc(void)
{
	struct stable_node *node = kmem_cache_zalloc(node_cache);

	if (!node)
		return NULL;
	node->records = RB_ROOT;
	INIT_LIST_HEAD(&node->sites);
	INIT_LIST_HEAD(&node->dups);
	list_add_tail(&node->all, &stable_nodes);
	merge_counters.shared++;
	return node;
}

/* A whole subtree, without balancing what goes anyway; as deep as the tree is high. */
static void free_records(struct rb_node *rb)
{
	if (!rb)
		return;
	free_records(rb->rb_left);
	free_records(rb->rb_right);
	record_free(rb_entry(rb, struct rmap_record, node));
}

void stable_node_free(struct stable_node *node)
{
	if (scanner->node_gone)
		scanner->node_gone(node);
	stable_tree_erase(node);
	free_records(node->records.rb_node);
	merge_counters.records -= node->nr_records;
	list_del(&node->all);
	merge_counters.shared--;
	kmem_cache_free(node_cache, node);
}

u64 merge_key(const struct page *page)
{
	ASSERT(PageLocked(page) && PageKsm(page));
	return page_stable_node(page)->hash;
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

static int record_cmp(const struct rmap_record *rec, const struct anon_vma *av, u64 index)
{
	if (rec->anon_vma != av)
		return rec->anon_vma < av ? -1 : 1;
	return rec->index == index ? 0 : rec->index < index ? -1 : 1;
}

static bool has_record(struct stable_node *node, const struct anon_vma *av, u64 index)
{
	struct rb_node *rb = node->records.rb_node;

	while (rb) {
		int c = record_cmp(rb_entry(rb, struct rmap_record, node), av, index);

		if (!c)
			return true;
		rb = c < 0 ? rb->rb_right : rb->rb_left;
	}
	return false;
}

/* Where rec belongs, or NULL if an equal one is there.  Mostly it is the new last one. */
static struct rb_node **record_place(struct stable_node *node, struct rmap_record *rec,
				     struct rb_node **parent, bool *last)
{
	struct rb_node **link = &node->records.rb_node;

	*last = true;
	*parent = node->last_record;
	if (*parent &&
	    record_cmp(rb_entry(*parent, struct rmap_record, node), rec->anon_vma, rec->index) < 0)
		return &(*parent)->rb_right;
	*parent = NULL;
	while (*link) {
		int c = record_cmp(rb_entry(*link, struct rmap_record, node), rec->anon_vma,
				   rec->index);

		if (!c)
			return NULL;
		*parent = *link;
		*last &= c < 0;
		link = c < 0 ? &(*parent)->rb_right : &(*parent)->rb_left;
	}
	return link;
}

void record_append(struct stable_node *node, struct rmap_record *rec)
{
	bool last;
	struct rb_node *parent, **link = record_place(node, rec, &parent, &last);

	ASSERT(PageLocked(pfn_to_page(node->pfn)));
	if (!link) {
		record_free(rec);
		return;
	}
	rb_link_node(&rec->node, parent, link);
	rb_insert_color(&rec->node, &node->records);
	if (last)
		node->last_record = &rec->node;
	node->nr_records++;
	merge_counters.records++;
}

static void record_remove(struct stable_node *node, struct rmap_record *rec)
{
	if (node->prune_at == &rec->node)
		node->prune_at = rb_next(&rec->node);
	if (node->last_record == &rec->node)
		node->last_record = NULL;
	rb_erase(&rec->node, &node->records);
	node->nr_records--;
	merge_counters.records--;
	record_free(rec);
}

static void node_stale(struct stable_node *node)
{
	EVENT(stable_stale, node->pfn);
	atomic64_dec(&merge_counters.stale);
	stable_node_free(node);
}

struct page *get_ksm_page(struct stable_node *node)
{
	struct page *page = pfn_to_page(node->pfn);
	u64 key = (u64)node | PAGE_MAPPING_KSM;

	ASSERT(mutex_is_held(&scanner_mutex));
	if (READ_ONCE(page->mapping) == key) {
		EVENT(keyhole, node->pfn);
		if (get_page_unless_zero(page)) {
			smp_mb(); /* the second look must not be older than the reference */
			if (READ_ONCE(page->mapping) == key)
				return page;
			put_page(page);
		}
	}
	node_stale(node);
	return NULL;
}

/* True if the PTE at addr is to be visited through rec and not through another record. */
static bool record_owns(struct stable_node *node, struct rmap_record *rec,
			struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	if (node->nr_records == 1)
		return true;
	list_for_each_entry(avc, &vma->anon_vma_chain, same_vma) {
		if (avc->anon_vma == rec->anon_vma)
			return true;
		if (has_record(node, avc->anon_vma, rec->index))
			return false;
	}
	return false;
}

struct ksm_walk {
	struct stable_node *node;
	struct rmap_record *rec;
	struct rmap_walk_control *inner;
};

static bool ksm_walk_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	struct ksm_walk *w = arg;

	return !record_owns(w->node, w->rec, vma) ||
	       w->inner->rmap_one(page, vma, addr, w->inner->arg);
}

/* One record's part of a walk; false if it was ended early. */
static bool rmap_walk_record(struct page *page, struct stable_node *node, struct rmap_record *rec,
			     struct rmap_walk_control *rwc)
{
	struct ksm_walk w = { node, rec, rwc };
	struct rmap_walk_control outer = { .rmap_one = ksm_walk_one, .arg = &w };

	return rmap_walk_anon_index(page, rec->anon_vma, rec->index, &outer);
}

void rmap_walk_ksm(struct page *page, void *control)
{
	struct stable_node *node = page_stable_node(page);
	struct rb_node *rb;

	for (rb = rb_first(&node->records); rb; rb = rb_next(rb))
		if (!rmap_walk_record(page, node, rb_entry(rb, struct rmap_record, node), control))
			return;
}

static bool found_one(struct page *page, struct vm_area_struct *vma, u64 addr, void *arg)
{
	pte_t *pte = page_vma_mapped(page, vma, addr);

	if (!pte)
		return true; /* copied or unmapped here: look further */
	pte_unlock(pte);
	*(bool *)arg = true;
	return false;
}

/*
 * A record dies when a walk under the merged page's lock finds no PTE through
 * it.  No PTE can appear behind our back that only this record reaches: fork
 * copies an existing one into the same anon_vma's tree, and a merge appends its
 * record under this lock.
 */
static void prune_record(struct stable_node *node, struct page *kpage, struct rmap_record *rec)
{
	bool found = false;
	struct rmap_walk_control rwc = { .rmap_one = found_one, .arg = &found };

	rmap_walk_record(kpage, node, rec, &rwc);
	if (!found)
		record_remove(node, rec);
}

/*
 * Looks at up to budget records, from where the last call stopped; returns what is left of
 * the budget.  Merged page's lock held.
 */
static u64 prune_records(struct stable_node *node, struct page *kpage, u64 budget)
{
	ASSERT(PageLocked(kpage));
	if (!node->prune_at)
		node->prune_at = rb_first(&node->records);
	while (budget && node->prune_at) {
		struct rmap_record *rec = rb_entry(node->prune_at, struct rmap_record, node);

		node->prune_at = rb_next(node->prune_at);
		prune_record(node, kpage, rec);
		budget--;
	}
	return budget;
}

/* A node of the rotation; it goes to the end when all of its records were seen. */
static u64 prune_node(struct stable_node *node, u64 budget)
{
	struct page *kpage = get_ksm_page(node);

	if (!kpage)
		return budget;
	if (trylock_page(kpage)) {
		budget = prune_records(node, kpage, budget);
		unlock_page(kpage);
	}
	if (!node->prune_at)
		list_move_tail(&node->all, &stable_nodes);
	put_page(kpage);
	return budget;
}

void stable_prune_some(u64 budget)
{
	for (u64 nodes = merge_counters.shared; nodes && budget; nodes--) {
		if (list_empty(&stable_nodes))
			return;
		budget = prune_node(list_first_entry(&stable_nodes, struct stable_node, all),
				    budget);
		cond_resched();
	}
}

void stable_prune_chains(void)
{
	struct stable_node *node, *next;
	u64 nodes = merge_counters.shared;

	list_for_each_entry_safe(node, next, &stable_nodes, all) {
		if (!nodes--)
			return; /* those that were moved to the end have been seen */
		if (!list_empty(&node->dups))
			prune_node(node, node->nr_records);
		cond_resched();
	}
}

void stable_drop_stale(void)
{
	struct stable_node *node, *next;

	if (atomic64_read(&merge_counters.stale) <= 0)
		return;
	list_for_each_entry_safe(node, next, &stable_nodes, all)
		if (READ_ONCE(pfn_to_page(node->pfn)->mapping) != ((u64)node | PAGE_MAPPING_KSM))
			node_stale(node);
}
