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
 * Lock: the scanner mutex, alone.  A page in the unstable tree may be freed at
 * any moment; its record stays linked, and the frame's next owner does not touch
 * it, until the scanner has read the del list (pksm.c).
 *
 * Invariants
 *  1. In-order, hashes do not decrease; in the stable tree equal hashes are in
 *     ascending order of bytes.
 *  2. A page is in the unstable tree exactly while scan.where says so.
 *  3. No page is in both trees: a merged page's scan record is idle.
 *
 * Rejected: ordering by bytes alone, as the first KSM did: log N comparisons a
 * search, each reading as far as the common prefix (4,000 bytes of it, for pages
 * that differ at the end).  It comes back as order=bytes for comparison.  A hash
 * table: as good, but two structures to teach, and no order to check.
 *
 * Unlike Linux, the unstable tree is not thrown away after each full scan: hash
 * order does not decay.
 *
 * Further reading: Arcangeli, Eidus, Wright, "Increasing memory density by using
 * KSM" (OLS 2009).
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/merge/engine.h"

static struct rb_root stable_root = RB_ROOT;   /* (s) */
static struct rb_root unstable_root = RB_ROOT; /* (s) */
static struct page *unstable_cursor;	       /* (s) next page for the re-check */

#define HASH_SEED 0x6d657267616e7365UL

u64 merge_page_hash(struct page *page)
{
	u64 bits = MERGE_KNOB(HASH_MASK_BITS);
	u64 hash = page_hash(page_address(page), HASH_SEED);

	merge_counters.bytes_hashed += PAGE_SIZE;
	if (bits < 64)
		hash &= BIT(bits) - 1;
	EVENT(checksum, page_to_pfn(page), hash);
	return hash;
}

int merge_page_cmp(struct page *a, struct page *b)
{
	merge_counters.bytes_compared += 2 * PAGE_SIZE;
	return page_cmp(page_address(a), page_address(b));
}

/* What a search found at a node. */
enum probe { PROBE_LEFT, PROBE_RIGHT, PROBE_HIT, PROBE_RESTART };

static enum probe probe_bytes(struct page *page, struct page *other, bool bytes)
{
	int c = bytes ? merge_page_cmp(page, other) : 0;

	return c < 0 ? PROBE_LEFT : c > 0 ? PROBE_RIGHT : PROBE_HIT;
}

/* On PROBE_HIT *found is referenced. */
static enum probe stable_probe(struct stable_node *node, struct page *page, u64 hash, bool bytes,
			       struct page **found)
{
	enum probe where;

	if (hash != node->hash)
		return hash < node->hash ? PROBE_LEFT : PROBE_RIGHT;
	*found = get_ksm_page(node);
	if (!*found)
		return PROBE_RESTART;
	where = probe_bytes(page, *found, bytes);
	if (where != PROBE_HIT)
		put_page(*found);
	return where;
}

struct page *stable_tree_search(struct page *page, u64 hash, bool bytes)
{
	struct rb_node *rb;
	struct page *found;

	ASSERT(mutex_is_held(&scanner_mutex));
restart:
	rb = stable_root.rb_node;
	while (rb) {
		switch (stable_probe(rb_entry(rb, struct stable_node, node), page, hash, bytes,
				     &found)) {
		case PROBE_LEFT:
			rb = rb->rb_left;
			break;
		case PROBE_RIGHT:
			rb = rb->rb_right;
			break;
		case PROBE_HIT:
			EVENT(stable_hit, page_to_pfn(page), page_to_pfn(found));
			return found;
		case PROBE_RESTART:
			goto restart; /* the tree has lost a node: "not found" would be a lie */
		}
	}
	return NULL;
}

void stable_tree_insert(struct stable_node *node, struct page *kpage)
{
	struct rb_node **link, *parent;
	struct page *found;

	ASSERT(mutex_is_held(&scanner_mutex) && PageLocked(kpage));
	node->hash = merge_page_hash(kpage);
restart:
	link = &stable_root.rb_node;
	parent = NULL;
	while (*link) {
		parent = *link;
		switch (stable_probe(rb_entry(parent, struct stable_node, node), kpage, node->hash,
				     true, &found)) {
		case PROBE_RIGHT:
			link = &parent->rb_right;
			break;
		case PROBE_LEFT:
			link = &parent->rb_left;
			break;
		case PROBE_HIT: /* an equal one, which could not be locked: stand beside it */
			put_page(found);
			link = &parent->rb_left;
			break;
		case PROBE_RESTART:
			goto restart;
		}
	}
	rb_link_node(&node->node, parent, link);
	rb_insert_color(&node->node, &stable_root);
	node->in_tree = true;
	EVENT(stable_insert, node->pfn, node->hash);
}

void stable_tree_erase(struct stable_node *node)
{
	rb_erase(&node->node, &stable_root);
	node->in_tree = false;
}

static struct page *unstable_page(struct rb_node *rb)
{
	return container_of(rb, struct page, scan.node);
}

static enum probe unstable_probe(struct page *other, struct page *page, u64 hash, bool bytes)
{
	enum probe where;

	if (hash != other->scan.hash)
		return hash < other->scan.hash ? PROBE_LEFT : PROBE_RIGHT;
	if (!get_listed_page(other)) {
		unstable_tree_erase(other); /* it has died: the del list will find it in no tree */
		return PROBE_RESTART;
	}
	where = probe_bytes(page, other, bytes);
	if (where != PROBE_HIT)
		put_page(other);
	return where;
}

static void unstable_tree_link(struct page *page, u64 hash, struct rb_node *parent,
			       struct rb_node **link)
{
	ASSERT(page->scan.where == WHERE_NONE);
	page->scan.hash = hash;
	page->scan.where = WHERE_UNSTABLE;
	rb_link_node(&page->scan.node, parent, link);
	rb_insert_color(&page->scan.node, &unstable_root);
	merge_counters.unstable++;
	EVENT(unstable_insert, page_to_pfn(page), hash);
}

struct page *unstable_tree_search_insert(struct page *page, u64 hash, bool bytes)
{
	struct rb_node **link, *parent;

	ASSERT(mutex_is_held(&scanner_mutex));
restart:
	link = &unstable_root.rb_node;
	parent = NULL;
	while (*link) {
		struct page *other = unstable_page(*link);

		parent = *link;
		switch (unstable_probe(other, page, hash, bytes)) {
		case PROBE_LEFT:
			link = &parent->rb_left;
			break;
		case PROBE_RIGHT:
			link = &parent->rb_right;
			break;
		case PROBE_HIT:
			EVENT(unstable_hit, page_to_pfn(page), page_to_pfn(other));
			return other;
		case PROBE_RESTART:
			goto restart;
		}
	}
	unstable_tree_link(page, hash, parent, link);
	return NULL;
}

void unstable_tree_erase(struct page *page)
{
	ASSERT(page->scan.where == WHERE_UNSTABLE);
	if (unstable_cursor == page) {
		struct rb_node *next = rb_next(&page->scan.node);

		unstable_cursor = next ? unstable_page(next) : NULL;
	}
	rb_erase(&page->scan.node, &unstable_root);
	page->scan.where = WHERE_NONE;
	merge_counters.unstable--;
}

struct page *unstable_tree_next(void)
{
	struct page *page = unstable_cursor;
	struct rb_node *next;

	if (!page) {
		next = rb_first(&unstable_root);
		if (!next)
			return NULL;
		page = unstable_page(next);
	}
	next = rb_next(&page->scan.node);
	unstable_cursor = next ? unstable_page(next) : NULL;
	return page;
}

static int stable_order_check(void)
{
	struct stable_node *prev = NULL;
	struct rb_node *rb;
	int bad = 0;

	for (rb = rb_first(&stable_root); rb; rb = rb_next(rb)) {
		struct stable_node *node = rb_entry(rb, struct stable_node, node);

		if (prev && prev->hash > node->hash) {
			pr_err("stable tree: hash of frame %lu stands before a smaller one",
			       prev->pfn);
			bad++;
		}
		prev = node;
	}
	return bad;
}

int tree_check(void)
{
	struct page *prev = NULL;
	struct rb_node *rb;
	u64 count = 0;
	int bad = stable_order_check();

	for (rb = rb_first(&unstable_root); rb; rb = rb_next(rb), count++) {
		struct page *page = unstable_page(rb);

		if (page->scan.where != WHERE_UNSTABLE ||
		    (prev && prev->scan.hash > page->scan.hash)) {
			pr_err("unstable tree: frame %lu is misplaced", page_to_pfn(page));
			bad++;
		}
		prev = page;
	}
	if (count != merge_counters.unstable) {
		pr_err("unstable tree: %lu pages, %lu counted", count, merge_counters.unstable);
		bad++;
	}
	return bad;
}
