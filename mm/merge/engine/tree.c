/* SPDX-License-Identifier: MIT */
/*
 * The two trees: where equal pages meet.
 *
 * THEORY
 *
 * Finding a page equal to a given one among N needs an order.  There are two
 * trees because there are two kinds of page:
 *   - merged pages are write-protected, so their bytes, and the order of the
 *     *stable tree*, can be relied on;
 *   - candidates are not protected (protecting every page would cost a fault on
 *     each one's next write), so the *unstable tree* may be out of order at any
 *     moment.  It is a hint: a hit is proved by comparing all bytes under write
 *     protection, a miss costs one lost chance.
 *
 *         stable tree (stable_node)            unstable tree (page->scan)
 *               7f3a..                               51c0..
 *              /      \                             /      \
 *          20d1..    b9e2..                     0a77..    90fe..
 *
 * Key order is (hash, bytes).  The hash is one full 64-bit hash of 4096 bytes,
 * seeded at boot.  A stable node's hash is computed from the protected page; an
 * unstable page's key is the hash stored at insertion, so a page that is written
 * keeps its old place until the re-check throws it out, and the tree never gets
 * out of order by hash.
 *
 * Worked example.  Pages 812 and 990 hold the same bytes, hash 51c0.  812 comes
 * first: no stable node, no candidate with 51c0, so it is inserted.  990 comes:
 * the search ends at 812 after two word comparisons.  No byte has been read for
 * the search; try_to_merge_two_pages() reads both pages once, under protection.
 * Had the bytes differed, both are hashed again: whichever changed leaves the
 * tree; if neither did it is a true collision, counted, and the second search
 * compares bytes at each node of equal hash.
 *
 * order=bytes, the literature's, compares contents at every node: no hash is
 * needed, a search reads log N pages as far as they agree, and the order of the
 * unstable tree decays with every store, so it is dropped after each full scan.
 *
 * Duplicates.  A walk of a merged page takes as long as it has mappings, so a node
 * takes no more than max_page_sharing.  When it is full the next pages of equal
 * bytes get a node of their own.  Equal nodes form a ring (dups), of which one
 * stands in the tree; if its page goes, the next of the ring takes its place.
 * Unlike Linux, a chain has no head of its own.
 *
 * Lock: the scanner mutex, alone.  A page in the unstable tree may be freed at
 * any moment; its record stays linked, and the frame's next owner does not touch
 * it, until the scanner has read the del list (pksm.c).
 *
 * Invariants
 *  1. In-order, hashes do not decrease; in the stable tree equal hashes are in
 *     ascending order of bytes, and no two nodes of the tree hold equal bytes.
 *  2. A page is in the unstable tree exactly while scan.where says so.
 *  3. No page is in both trees: a merged page's scan record is idle.
 *
 * Rejected: a hash table: as good, but two structures to teach, and no order to
 * check.
 *
 * Unlike Linux, with order=hash the unstable tree is not thrown away after each full
 * scan: hash order does not decay.
 *
 * Further reading: Arcangeli, Eidus, Wright, "Increasing memory density by using
 * KSM" (OLS 2009).
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/merge/engine/engine.h"

static struct rb_root stable_root = RB_ROOT;   /* (s) */
static struct rb_root unstable_root = RB_ROOT; /* (s) */
static struct unstable_item *unstable_cursor;  /* (s) next one for the re-check */

#define HASH_SEED 0x6d657267616e7365UL

static bool order_bytes(void)
{
	return merge_knobs[scanner->order] == ORDER_BYTES;
}

u64 merge_page_hash(struct page *page)
{
	u64 bits = MERGE_KNOB(HASH_MASK_BITS);
	u64 hash = page_hash(page_address(page), HASH_SEED);

	scanner->work->bytes_hashed += PAGE_SIZE;
	if (bits < 64)
		hash &= BIT(bits) - 1;
	EVENT(checksum, page_to_pfn(page), hash);
	return hash;
}

int merge_page_cmp(struct page *a, struct page *b)
{
	return page_cmp(page_address(a), page_address(b), &scanner->work->bytes_compared);
}

bool is_collision(struct page *page, u64 key)
{
	if (order_bytes() || merge_page_hash(page) != key)
		return false;
	scanner->work->collisions++;
	return true;
}

/* What a search found at a node. */
enum probe { PROBE_LEFT, PROBE_RIGHT, PROBE_HIT, PROBE_RESTART };

static enum probe probe_bytes(struct page *page, struct page *other, bool bytes)
{
	int c = bytes ? merge_page_cmp(page, other) : 0;

	return c < 0 ? PROBE_LEFT : c > 0 ? PROBE_RIGHT : PROBE_HIT;
}

/* By the hashes alone, if they decide. */
static bool probe_hash(u64 hash, u64 other, enum probe *where)
{
	*where = hash < other ? PROBE_LEFT : PROBE_RIGHT;
	return !order_bytes() && hash != other;
}

/* On PROBE_HIT *found is referenced. */
static enum probe stable_probe(struct stable_node *node, struct page *page, u64 hash, bool bytes,
			       struct page **found)
{
	enum probe where;

	if (probe_hash(hash, node->hash, &where))
		return where;
	*found = get_ksm_page(node);
	if (!*found)
		return PROBE_RESTART;
	where = probe_bytes(page, *found, bytes || order_bytes());
	if (where != PROBE_HIT)
		put_page(*found);
	return where;
}

/*
 * Descends to the node of page's key; PROBE_HIT with *found referenced, or where
 * a new one would hang.
 */
static __always_inline struct stable_node *stable_descend(struct page *page, u64 hash, bool bytes,
							  struct page **found,
							  struct rb_node **parent,
							  struct rb_node ***link)
{
restart:
	*link = &stable_root.rb_node;
	*parent = NULL;
	while (**link) {
		*parent = **link;
		switch (stable_probe(rb_entry(*parent, struct stable_node, node), page, hash, bytes,
				     found)) {
		case PROBE_LEFT:
			*link = &(*parent)->rb_left;
			break;
		case PROBE_RIGHT:
			*link = &(*parent)->rb_right;
			break;
		case PROBE_HIT:
			return rb_entry(*parent, struct stable_node, node);
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

	if (scanner->has_room(node))
		return found;
restart:
	list_for_each_entry(dup, &node->dups, dups) {
		if (!scanner->has_room(dup))
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

struct page *stable_tree_search(struct page *page, u64 hash, bool bytes)
{
	struct rb_node *parent, **link;
	struct stable_node *node;
	struct page *found;

	ASSERT(mutex_is_held(&scanner_mutex));
	if (PageKsm(page)) { /* merged already: KSM visits its other mappings too */
		get_page(page);
		return page;
	}
	node = stable_descend(page, hash, bytes, &found, &parent, &link);
	if (!node)
		return NULL;
	found = ring_with_room(node, found);
	if (found)
		EVENT(stable_hit, page_to_pfn(page), page_to_pfn(found));
	return found;
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

void stable_tree_insert(struct stable_node *node, struct page *kpage)
{
	struct rb_node *parent, **link;
	struct stable_node *equal;
	struct page *found;

	ASSERT(mutex_is_held(&scanner_mutex) && PageLocked(kpage));
	node->hash = order_bytes() ? 0 : merge_page_hash(kpage);
	equal = stable_descend(kpage, node->hash, true, &found, &parent, &link);
	if (equal) { /* full, or it could not be locked: stand beside it */
		put_page(found);
		ring_join(node, equal);
	} else {
		rb_link_node(&node->node, parent, link);
		rb_insert_color(&node->node, &stable_root);
		node->in_tree = true;
	}
	EVENT(stable_insert, node->pfn, node->hash);
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

void stable_tree_erase(struct stable_node *node)
{
	if (!list_empty(&node->dups))
		ring_leave(node);
	if (!node->in_tree)
		return;
	rb_erase(&node->node, &stable_root);
	node->in_tree = false;
}

static struct unstable_item *unstable_entry(struct rb_node *rb)
{
	return rb_entry(rb, struct unstable_item, node);
}

static enum probe unstable_probe(struct unstable_item *other, struct page *page, u64 hash,
				 bool bytes, struct page **found)
{
	enum probe where;

	if (probe_hash(hash, other->hash, &where))
		return where;
	*found = scanner->item_page(other);
	if (!*found) {
		unstable_tree_erase(other); /* its page has gone */
		return PROBE_RESTART;
	}
	where = probe_bytes(page, *found, bytes || order_bytes());
	if (where != PROBE_HIT)
		put_page(*found);
	return where;
}

struct unstable_item *unstable_tree_search_insert(struct unstable_item *item, struct page *page,
						  u64 hash, bool bytes, struct page **found)
{
	struct rb_node **link, *parent;

	ASSERT(mutex_is_held(&scanner_mutex));
restart:
	link = &unstable_root.rb_node;
	parent = NULL;
	while (*link) {
		parent = *link;
		switch (unstable_probe(unstable_entry(parent), page, hash, bytes, found)) {
		case PROBE_LEFT:
			link = &parent->rb_left;
			break;
		case PROBE_RIGHT:
			link = &parent->rb_right;
			break;
		case PROBE_HIT:
			EVENT(unstable_hit, page_to_pfn(page), page_to_pfn(*found));
			return unstable_entry(parent);
		case PROBE_RESTART:
			goto restart;
		}
	}
	item->hash = hash;
	rb_link_node(&item->node, parent, link);
	rb_insert_color(&item->node, &unstable_root);
	merge_counters.unstable++;
	EVENT(unstable_insert, page_to_pfn(page), hash);
	return NULL;
}

void unstable_tree_erase(struct unstable_item *item)
{
	if (unstable_cursor == item) {
		struct rb_node *next = rb_next(&item->node);

		unstable_cursor = next ? unstable_entry(next) : NULL;
	}
	rb_erase(&item->node, &unstable_root);
	merge_counters.unstable--;
	scanner->item_out(item);
}

struct unstable_item *unstable_tree_next(void)
{
	struct unstable_item *item = unstable_cursor;
	struct rb_node *next;

	if (!item) {
		next = rb_first(&unstable_root);
		if (!next)
			return NULL;
		item = unstable_entry(next);
	}
	next = rb_next(&item->node);
	unstable_cursor = next ? unstable_entry(next) : NULL;
	return item;
}

void unstable_tree_drop(void)
{
	unstable_root = RB_ROOT;
	unstable_cursor = NULL;
	merge_counters.unstable = 0;
}

/* Live pages only: a stale node's frame holds anything.  World stopped. */
static bool out_of_order(const struct stable_node *a, const struct stable_node *b)
{
	struct page *pa = pfn_to_page(a->pfn), *pb = pfn_to_page(b->pfn);
	u64 uncounted = 0;

	if (!order_bytes() && a->hash != b->hash)
		return a->hash > b->hash;
	return page_stable_node(pa) == a && page_stable_node(pb) == b &&
	       page_cmp(page_address(pa), page_address(pb), &uncounted) >= 0;
}

/* Ascending keys; equal ones stand in a ring, not in the tree. */
static int stable_order_check(void)
{
	struct stable_node *prev = NULL;
	struct rb_node *rb;
	int bad = 0;

	for (rb = rb_first(&stable_root); rb; rb = rb_next(rb)) {
		struct stable_node *node = rb_entry(rb, struct stable_node, node);

		bad += INVARIANT(!prev || !out_of_order(prev, node),
				 "stable tree: frame %lu does not stand before frame %lu",
				 prev->pfn, node->pfn);
		prev = node;
	}
	return bad;
}

int tree_check(void)
{
	struct unstable_item *prev = NULL;
	struct rb_node *rb;
	u64 count = 0;
	int bad = scanner ? stable_order_check() : 0;

	for (rb = rb_first(&unstable_root); rb; rb = rb_next(rb), count++) {
		struct unstable_item *item = unstable_entry(rb);

		bad += INVARIANT(!prev || order_bytes() || prev->hash <= item->hash,
				 "unstable tree: key %lx stands before a smaller one", prev->hash);
		prev = item;
	}
	return bad + INVARIANT(count == merge_counters.unstable,
			       "unstable tree: %lu items, %lu counted", count,
			       merge_counters.unstable);
}
