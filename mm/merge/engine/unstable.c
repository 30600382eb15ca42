/* SPDX-License-Identifier: MIT */
/*
 * The unstable tree: candidates.
 *
 * THEORY
 *
 * There are two trees because there are two kinds of page.  Merged pages are write-protected
 * and their order holds still (stable.c).  Candidates, pages that did not change for a while,
 * are not protected: protecting every page would cost a fault on each one's next write.  So
 * their tree may be out of order at any moment.  It is a hint: a hit is proved by comparing
 * all bytes under write protection, a miss costs one lost chance.
 *
 *              51c0..                  key: the hash stored at insertion
 *             /      \                      (order=bytes: what the pages hold just now)
 *         0a77..    90fe..
 *
 * With order=hash a page that is written keeps its old place until the scanner's re-check
 * throws it out, and the tree never gets out of order.  With order=bytes the order decays
 * with every store, so the scanner drops the tree after each full scan.
 *
 * Worked example.  Pages 812 and 990 hold the same bytes, hash 51c0.  812 comes first: no
 * stable node, no candidate with 51c0, so it is inserted.  990 comes: the search ends at
 * 812.  try_to_merge_two_pages() reads both pages once, under protection.  Had the bytes
 * differed, both are hashed again: whichever changed leaves the tree; if neither did it is a
 * true collision, and the second search compares bytes at each node of equal hash.
 *
 * Whose page an item is, only the client knows (item_page): PKSM's items are part of
 * struct page, KSM's of an rmap_item.
 *
 * Lock: the scanner mutex, alone.  A page in the tree may be freed at any moment; its record
 * stays linked, and the frame's next owner does not touch it, until the scanner has read the
 * del list (pksm/lists.c).
 *
 * Invariants
 *  1. With order=hash the keys do not decrease in-order.
 *  2. merge_counters.unstable is the number of items in the tree.
 *
 * Rejected: protecting candidates too (one tree would do; each would cost its owner a fault).
 *
 * Unlike Linux, with order=hash the tree is not thrown away after each full scan.
 *
 * Further reading: key.c for the two orders.
 */
#include "mm/merge/engine/unstable.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "mm/frame/page_alloc.h"
#include "mm/frame/violation.h"

static struct rb_root unstable_root = RB_ROOT; /* (s) */
static struct unstable_item *unstable_cursor;  /* (s) next one for the re-check */

static struct unstable_item *unstable_entry(struct rb_node *rb)
{
	return rb_entry(rb, struct unstable_item, node);
}

/* On PROBE_HIT *found is referenced. */
static enum probe unstable_probe(struct unstable_item *other, struct page *page, u64 hash,
				 enum merge_key key, struct page **found)
{
	enum probe where = probe_hash(hash, other->hash);

	if (where != PROBE_HIT)
		return where;
	*found = engine_client->item_page(other);
	if (!*found) {
		unstable_tree_erase(other); /* its page has gone */
		return PROBE_RESTART;
	}
	where = probe_bytes(page, *found, key);
	if (where != PROBE_HIT)
		put_page(*found);
	return where;
}

struct unstable_item *unstable_tree_search_insert(struct unstable_item *item, struct page *page,
						  u64 hash, enum merge_key key, struct page **found)
{
	struct rb_node **link, *parent;

	ASSERT(mutex_is_held(&scanner_mutex));
restart:
	link = &unstable_root.rb_node;
	parent = NULL;
	while (*link) {
		parent = *link;
		switch (unstable_probe(unstable_entry(parent), page, hash, key, found)) {
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
	engine_client->item_out(item);
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

void unstable_check(int *bad)
{
	struct unstable_item *prev = NULL;
	struct rb_node *rb;
	u64 count = 0;

	for (rb = rb_first(&unstable_root); rb; rb = rb_next(rb)) {
		struct unstable_item *item = unstable_entry(rb);

		CHECK_THAT(bad, !prev || order_bytes() || prev->hash <= item->hash,
			   "unstable tree: key %lx stands before a smaller one", prev->hash);
		prev = item;
		count++;
	}
	CHECK_THAT(bad, count == merge_counters.unstable, "unstable tree: %lu items, %lu counted",
		   count, merge_counters.unstable);
}
