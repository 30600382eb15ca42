/* SPDX-License-Identifier: MIT */
/*
 * KSM's items: one for each page of an address space that it has seen.
 *
 * THEORY
 *
 * KSM decides at a visit by what it saw at the last one: the checksum of the page, whether
 * it stood in a tree, how often it failed to merge.  All this is kept in an *rmap_item* for
 * each address, and the items of an address space in a list by address:
 *
 *     mm_slot.rmap_list -> rmap_item -> rmap_item -> rmap_item
 *                           0x403000     0x404000     0x410000
 *                           STABLE       UNSTABLE|7   (none)
 *                             |            '-- stood in unstable tree number 7
 *                             '-- a site of a stable node
 *
 * The flags stand in the low bits of the address, which is a multiple of 4096.
 *
 * A *site* is an item on a node: it feeds the counters, no more.  The reverse map goes by the
 * node's records (engine/record.c), so losing a site never loses a PTE, and pages that fork
 * shares are found without sites of their own.  Counters change when ksmd notices, on its
 * next visit, not at the write that parted a page.
 *
 * A *candidate* is an item with UNSTABLE.  With order=bytes the whole tree is dropped after
 * each full scan; nobody visits its items, they are told by the tree's number.
 *
 * Worked example.  P's 0x403000 and Q's 0x10000 are sites of frame 812: shared 1, sharing 1,
 * one site counted for each process.  Q writes; nothing changes here.  At ksmd's next visit
 * of 0x10000 the PTE maps 813: the site is taken off, sharing 0; P's goes on.
 *
 * Lock: the scanner mutex, alone.
 *
 * Invariants
 *  1. Items of a list are in ascending order of address, at most one each.
 *  2. Nodes with sites = ksm.shared; all sites = ksm.shared + ksm.sharing = the sum of nr_sites
 *     of all slots, and of all nodes.
 *  3. Items with UNSTABLE = ksm.unshared; those of them with this tree's number are the items
 *     in the unstable tree.
 *
 * Rejected: sites as the reverse map (as in Linux): dropping one would have to find another
 * way to its PTE.  One list for all items (leaving would search it); an item for each page
 * from the start.
 *
 * Deliberately missing: memory nodes.
 *
 * Further reading: cursor.c, which walks the list together with the page tables.
 */
#include "mm/merge/ksm/items.h"

#include "kernel/core/event.h"
#include "mm/frame/slab.h"
#include "mm/frame/violation.h"
#include "mm/space/mm.h"

struct ksm_counters ksm;
u64 tree_seqnr;

static struct kmem_cache *item_cache;

void ksm_items_init(void)
{
	item_cache = kmem_cache_create("rmap_item", sizeof(struct rmap_item), 8, SLAB_ACCOUNT);
	BUG_ON(!item_cache);
}

/* --- sites ------------------------------------------------------------------------------------ */

/* The item leaves its node, which has so many other sites. */
static void site_gone(struct rmap_item *item, u64 others)
{
	if (others)
		ksm.sharing--;
	else
		ksm.shared--;
	item->slot->nr_sites--;
	item->address &= PAGE_MASK;
	list_del(&item->site);
	EVENT(ksm_remove_rmap_item, item->head->pfn, item->address, item->slot->mm->pid);
}

void stable_tree_append(struct rmap_item *item, struct stable_node *node)
{
	item->head = node;
	item->address |= STABLE_FLAG;
	list_add_tail(&item->site, &node->sites);
	if (node->nr_sites)
		ksm.sharing++;
	else
		ksm.shared++;
	node->nr_sites++;
	item->slot->nr_sites++;
	item->age = 0;
	item->remaining_skips = 0;
}

void ksm_node_gone(struct stable_node *node)
{
	struct rmap_item *item, *next;

	if (node->in_tree || !list_empty(&node->dups))
		EVENT(ksm_remove_ksm_page, node->pfn);
	list_for_each_entry_safe(item, next, &node->sites, site) {
		node->nr_sites--;
		site_gone(item, node->nr_sites);
	}
}

/* --- candidates ------------------------------------------------------------------------------- */

void item_is_candidate(struct rmap_item *item)
{
	item->address |= UNSTABLE_FLAG | (tree_seqnr & SEQNR_MASK);
	ksm.unshared++;
}

/*
 * No candidate any more.  It is one until ksmd comes back to it, though the tree it stood in
 * may have gone.
 */
static void candidate_gone(struct rmap_item *item)
{
	item->address &= PAGE_MASK;
	ksm.unshared--;
}

void ksm_item_out(struct unstable_item *item)
{
	candidate_gone(container_of(item, struct rmap_item, item));
}

void ksm_drop_unstable_tree(void)
{
	unstable_tree_drop();
	tree_seqnr++;
}

void remove_rmap_item_from_tree(struct rmap_item *item)
{
	if (item->address & STABLE_FLAG) {
		item->head->nr_sites--;
		site_gone(item, item->head->nr_sites);
	} else if (item->address & UNSTABLE_FLAG) {
		if (in_this_unstable_tree(item))
			unstable_tree_erase(&item->item); /* ends in ksm_item_out() */
		else
			candidate_gone(item);
	}
}

/* --- lists ------------------------------------------------------------------------------------ */

void remove_trailing_rmap_items(struct rmap_item **list)
{
	while (*list) {
		struct rmap_item *item = *list;

		*list = item->next;
		remove_rmap_item_from_tree(item);
		item->slot->nr_items--;
		ksm.items--;
		kmem_cache_free(item_cache, item);
		cond_resched();
	}
}

struct rmap_item *get_next_rmap_item(struct mm_slot *slot, struct rmap_item **link, u64 addr)
{
	struct rmap_item *item = *link;

	while (item && item_address(item) < addr) {
		*link = item->next;
		item->next = NULL;
		remove_trailing_rmap_items(&item);
		item = *link;
	}
	if (item && item_address(item) == addr)
		return item;
	item = kmem_cache_zalloc(item_cache);
	if (!item)
		return NULL;
	item->slot = slot;
	item->address = addr;
	item->next = *link;
	*link = item;
	slot->nr_items++;
	ksm.items++;
	return item;
}

/* --- checks ----------------------------------------------------------------------------------- */

u64 ksm_check_sites(int *bad)
{
	struct stable_node *node;
	struct rmap_item *item;
	u64 with_sites = 0, sites = 0;

	list_for_each_entry(node, &stable_nodes, all) {
		u64 n = 0;

		list_for_each_entry(item, &node->sites, site)
			n++;
		CHECK_THAT(bad, n == node->nr_sites, "merged frame %lu: %lu sites, %u counted",
			   node->pfn, n, node->nr_sites);
		if (n)
			with_sites++;
		sites += n;
	}
	CHECK_THAT(bad, with_sites == ksm.shared && sites == ksm.shared + ksm.sharing,
		   "ksm: %lu nodes with %lu sites, counted %lu shared, %lu sharing", with_sites,
		   sites, ksm.shared, ksm.sharing);
	return sites;
}
