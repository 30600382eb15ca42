/* SPDX-License-Identifier: MIT */
/*
 * The stable tree: what is known of a merged page, and how it is reached.
 *
 * THEORY
 *
 * Merged pages are write-protected, so their bytes, and the order of a tree of them, can be
 * relied on.  A merged page stands for pages that were born in different places: its
 * page->mapping points not to an anon_vma but to a *stable node*, which has the key, the
 * frame number, and a record of each birthplace (record.c):
 *
 *     page 812                  stable_node              stable tree, by key
 *     mapping = node|ANON|KSM ->  hash, pfn 812                  7f3a..
 *        ^                          |   |                       /      \
 *        '------ key must match ----'   '-> records         20d1..    b9e2..
 *
 * Keyhole.  The node holds no reference to its page: the page would then live until the
 * scanner came round, and merged memory must be freed like any other.  Instead
 * get_ksm_page() looks through a keyhole: does page->mapping still hold this node's tag?  It
 * looks twice, before and after trying to take a reference:
 *     - before: else we might raise the count of a frame that is somebody else's;
 *     - after: the frame may have been freed and used anew in between.  The count of a
 *       kernel frame or free frame is zero and cannot be taken; a user frame cannot hold our
 *       tag, since only promotion writes one, under our mutex.
 * A node whose page has gone is removed at once; that turns the tree under the search's
 * feet, so the search starts again.  It must not end with "not found": the equal page may
 * stand just past the stale node.
 *
 * Duplicates.  A walk of a merged page takes as long as it has mappings, so a node takes no
 * more than max_page_sharing (engine_client->has_room).  When it is full the next pages of
 * equal bytes get a node of their own.  Equal nodes form a ring (dups), of which one stands
 * in the tree; if its page goes, the next of the ring takes its place.
 *
 * Worked example.  Node 7f3a of frame 812 is full.  Page 990 has the same bytes; the search
 * ends at 7f3a, finds no room in its ring, and says that there is nothing.  990 and 991 are
 * merged as if they were the first of their kind; stable_tree_insert() finds 7f3a in the way
 * and puts the new node into its ring.  812 is freed: at the next look through its keyhole
 * its node leaves, and the node of 990 stands in the tree.
 *
 * Locks: scanner mutex -> merged page's lock -> root anon_vma -> page-table lock.  The mutex
 * guards the tree and the list of nodes; the page lock the records.
 *
 * Invariants
 *  1. mapping of frame node->pfn is the node's key, or the node is stale.
 *  2. In-order, hashes do not decrease, equal hashes are in ascending order of bytes, and no
 *     two nodes of the tree hold equal bytes.
 *  3. No page is in both trees: a merged page's scan record is idle.
 *  4. The node of a page that is alive is freed only under that page's lock (demotion); the
 *     node of a dead page may be freed at any time.
 *
 * Rejected: a hash table: as good, but two structures to teach, and no order to check.
 *
 * Unlike Linux, a chain of duplicates has no head of its own, and the node is not told where
 * its page migrates: frames do not move yet.
 *
 * Further reading: Arcangeli, Eidus, Wright, "Increasing memory density by using KSM" (OLS
 * 2009); the page cache's speculative references in any Linux since 2.6.27 are the keyhole
 * with another key.
 */
#include "mm/merge/engine/stable.h"

#include "kernel/core/event.h"
#include "kernel/lib/hash.h"
#include "mm/frame/slab.h"
#include "mm/frame/violation.h"
#include "mm/space/pagelock.h"

static struct kmem_cache *node_cache;
static struct rb_root stable_root = RB_ROOT; /* (s) */

struct list_head stable_nodes = LIST_HEAD_INIT(stable_nodes);

void stable_init(void)
{
	node_cache = kmem_cache_create("stable_node", sizeof(struct stable_node), 8, 0);
	BUG_ON(!node_cache);
}

/* --- nodes ------------------------------------------------------------------------------------ */

struct stable_node *stable_node_alloc(void)
{
	struct stable_node *node = kmem_cache_zalloc(node_cache);

	if (!node)
		return NULL;
	INIT_LIST_HEAD(&node->sites);
	INIT_LIST_HEAD(&node->dups);
	list_add_tail(&node->all, &stable_nodes);
	merge_counters.shared++;
	return node;
}

static void ring_join(struct stable_node *node, struct stable_node *in_tree)
{
	if (list_empty(&in_tree->dups)) {
		merge_counters.chains++;
		merge_counters.dups++;
	}
	merge_counters.dups++;
	list_add_tail(&node->dups, &in_tree->dups);
}

/* Out of its ring; the next one takes its place in the tree. */
static void ring_leave(struct stable_node *node)
{
	struct stable_node *next = list_first_entry(&node->dups, struct stable_node, dups);

	list_del_init(&node->dups);
	merge_counters.dups--;
	if (list_empty(&next->dups)) {
		merge_counters.chains--;
		merge_counters.dups--;
	}
	if (!node->in_tree)
		return;
	rb_replace_node(&node->node, &next->node, &stable_root);
	next->in_tree = true;
	node->in_tree = false;
}

static void stable_tree_erase(struct stable_node *node)
{
	if (!list_empty(&node->dups))
		ring_leave(node);
	if (!node->in_tree)
		return;
	rb_erase(&node->node, &stable_root);
	node->in_tree = false;
}

void stable_node_free(struct stable_node *node)
{
	if (engine_client->node_gone)
		engine_client->node_gone(node);
	stable_tree_erase(node);
	record_set_free(&node->records);
	list_del(&node->all);
	merge_counters.shared--;
	kmem_cache_free(node_cache, node);
}

/* --- the keyhole ------------------------------------------------------------------------------ */

static void free_stale(struct stable_node *node)
{
	EVENT(stable_stale, node->pfn);
	atomic64_dec(&merge_counters.stale);
	stable_node_free(node);
}

struct page *get_ksm_page(struct stable_node *node)
{
	struct page *page = pfn_to_page(node->pfn);
	u64 key = stable_node_key(node);

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
	free_stale(node);
	return NULL;
}

void stable_drop_stale(void)
{
	struct stable_node *node, *next;

	if (atomic64_read(&merge_counters.stale) <= 0)
		return;
	list_for_each_entry_safe(node, next, &stable_nodes, all) {
		if (READ_ONCE(pfn_to_page(node->pfn)->mapping) != stable_node_key(node))
			free_stale(node);
		cond_resched();
	}
}

bool stable_node_unmapped(struct stable_node *node, struct page *kpage)
{
	bool unmapped;

	ASSERT(mutex_is_held(&scanner_mutex));
	lock_page(kpage);
	unmapped = !page_mapped(kpage);
	if (unmapped) {
		WRITE_ONCE(kpage->mapping, PAGE_MAPPING_ANON);
		stable_node_free(node);
	}
	unlock_page(kpage);
	return unmapped;
}

/* --- the tree --------------------------------------------------------------------------------- */

/* On PROBE_HIT *found is referenced. */
static enum probe stable_probe(struct stable_node *node, struct page *page, u64 hash,
			       enum merge_key key, struct page **found)
{
	enum probe where = probe_hash(hash, node->hash);

	if (where != PROBE_HIT)
		return where;
	*found = get_ksm_page(node);
	if (!*found)
		return PROBE_RESTART;
	where = probe_bytes(page, *found, key);
	if (where != PROBE_HIT)
		put_page(*found);
	return where;
}

/* Where a new node is to hang. */
struct stable_leaf {
	struct rb_node *parent, **link;
};

/*
 * Descends to the node of page's key, *found its page, referenced; or NULL, and *leaf is
 * where a new one would hang.
 */
static __always_inline struct stable_node *stable_descend(struct page *page, u64 hash,
							  enum merge_key key, struct page **found,
							  struct stable_leaf *leaf)
{
restart:
	leaf->link = &stable_root.rb_node;
	leaf->parent = NULL;
	while (*leaf->link) {
		struct stable_node *node = rb_entry(*leaf->link, struct stable_node, node);

		leaf->parent = &node->node;
		switch (stable_probe(node, page, hash, key, found)) {
		case PROBE_LEFT:
			leaf->link = &leaf->parent->rb_left;
			break;
		case PROBE_RIGHT:
			leaf->link = &leaf->parent->rb_right;
			break;
		case PROBE_HIT:
			return node;
		case PROBE_RESTART:
			goto restart; /* the tree has lost a node: "not found" would be a lie */
		}
	}
	return NULL;
}

/*
 * The one of the ring that may take a page in, its page referenced.  found is the
 * page of node, referenced.  A stale one on the way is removed and the ring tried
 * again; node itself cannot go, its page is referenced.
 */
static struct page *ring_with_room(struct stable_node *node, struct page *found)
{
	struct stable_node *dup;
	struct page *page;

	if (engine_client->has_room(node))
		return found;
restart:
	list_for_each_entry(dup, &node->dups, dups) {
		if (!engine_client->has_room(dup))
			continue;
		page = get_ksm_page(dup);
		if (!page)
			goto restart;
		put_page(found);
		return page;
	}
	put_page(found);
	return NULL;
}

struct page *stable_tree_search(struct page *page, u64 hash, enum merge_key key)
{
	struct stable_leaf unused;
	struct stable_node *node;
	struct page *found;

	ASSERT(mutex_is_held(&scanner_mutex));
	if (PageKsm(page)) { /* merged already: KSM visits its other mappings too */
		get_page(page);
		return page;
	}
	node = stable_descend(page, hash, key, &found, &unused);
	if (!node)
		return NULL;
	found = ring_with_room(node, found);
	if (found)
		EVENT(stable_hit, page_to_pfn(page), page_to_pfn(found));
	return found;
}

void stable_tree_insert(struct stable_node *node, struct page *kpage)
{
	struct stable_leaf leaf;
	struct stable_node *equal;
	struct page *found;

	ASSERT(mutex_is_held(&scanner_mutex) && PageLocked(kpage));
	node->hash = order_bytes() ? 0 : merge_page_hash(kpage);
	equal = stable_descend(kpage, node->hash, KEY_BYTES, &found, &leaf);
	if (equal) { /* full, or it could not be locked: stand beside it */
		put_page(found);
		ring_join(node, equal);
	} else {
		rb_link_node(&node->node, leaf.parent, leaf.link);
		rb_insert_color(&node->node, &stable_root);
		node->in_tree = true;
	}
	EVENT(stable_insert, node->pfn, node->hash);
}

/* --- the reverse map -------------------------------------------------------------------------- */

void rmap_walk_ksm(struct page *page, void *control)
{
	struct record_set *records = &page_stable_node(page)->records;
	struct rb_node *rb;

	for (rb = rb_first(&records->root); rb; rb = rb_next(rb)) {
		struct rmap_record *rec = rb_entry(rb, struct rmap_record, node);

		if (!rmap_walk_record(page, records, rec, control))
			return;
		if (!rmap_world_stopped)
			cond_resched(); /* as many records as programs have equal pages */
	}
}

/* --- checks, with the world stopped ----------------------------------------------------------- */

/* Live pages only: a stale node's frame holds anything. */
static bool out_of_order(const struct stable_node *a, const struct stable_node *b)
{
	struct page *pa = pfn_to_page(a->pfn), *pb = pfn_to_page(b->pfn);
	u64 uncounted = 0;

	if (!order_bytes() && a->hash != b->hash)
		return a->hash > b->hash;
	if (page_stable_node(pa) != a || page_stable_node(pb) != b)
		return false;
	return page_cmp(page_address(pa), page_address(pb), &uncounted) >= 0;
}

/* Ascending keys; equal ones stand in a ring, not in the tree. */
static void check_stable_order(int *bad)
{
	struct stable_node *prev = NULL;
	struct rb_node *rb;

	for (rb = rb_first(&stable_root); rb; rb = rb_next(rb)) {
		struct stable_node *node = rb_entry(rb, struct stable_node, node);

		CHECK_THAT(bad, !prev || !out_of_order(prev, node),
			   "stable tree: frame %lu does not stand before frame %lu", prev->pfn,
			   node->pfn);
		prev = node;
	}
}

/* What a live node promises; a stale one promises nothing. */
static void check_node(int *bad, struct stable_node *node)
{
	struct page *page = pfn_to_page(node->pfn);

	if (page->mapping != stable_node_key(node))
		return;
	CHECK_THAT(bad, !page_mapped(page) || !RB_EMPTY_ROOT(&node->records.root),
		   "merged frame %lu is mapped but has no record", node->pfn);
	CHECK_THAT(bad, !PageAnonExclusive(page), "merged frame %lu is exclusive", node->pfn);
	CHECK_THAT(bad, node->in_tree || !list_empty(&node->dups),
		   "merged frame %lu: its node is in no tree", node->pfn);
	CHECK_THAT(bad, !page->scan.state, "merged frame %lu is listed by a scanner too, state %u",
		   node->pfn, page->scan.state);
}

/* What the counters should be. */
struct node_counts {
	u64 nodes, live, records, chains, dups;
};

static void count_node(struct node_counts *n, struct stable_node *node)
{
	bool in_ring = !list_empty(&node->dups);

	n->nodes++;
	n->live += page_stable_node(pfn_to_page(node->pfn)) == node;
	n->records += node->records.nr;
	n->chains += in_ring && node->in_tree;
	n->dups += in_ring;
}

static void check_count(int *bad, const char *what, u64 there, u64 counted)
{
	CHECK_THAT(bad, there == counted, "merging: %lu %s, %lu counted", there, what, counted);
}

void stable_check(int *bad)
{
	struct node_counts n = { 0 };
	struct stable_node *node;
	u64 merged = 0;

	if (engine_client)
		check_stable_order(bad);
	list_for_each_entry(node, &stable_nodes, all) {
		check_node(bad, node);
		count_node(&n, node);
	}
	for (u64 pfn = 0; pfn < max_pfn; pfn++)
		merged += PageKsm(pfn_to_page(pfn));
	check_count(bad, "nodes", n.nodes, merge_counters.shared);
	check_count(bad, "records", n.records, merge_counters.records);
	check_count(bad, "rings of nodes", n.chains, merge_counters.chains);
	check_count(bad, "nodes in rings", n.dups, merge_counters.dups);
	check_count(bad, "live nodes, merged frames", n.live, merged);
}
