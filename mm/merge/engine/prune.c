/* SPDX-License-Identifier: MIT */
/*
 * Pruning: records that lead nowhere any more.
 *
 * THEORY
 *
 * Every process that leaves a merged page, by a write, by munmap or by its end, leaves its
 * record behind: to take it along, each of them would have to find out whether another PTE
 * needs it.  So records are looked over later, a few at each wake-up, in rotation:
 *
 *     stable_nodes:   [n1] -> [n2] -> [n3]          n1's records:  a  b  c  d
 *                      ^ first                                          ^ prune_at
 *
 *     4 records a wake-up: c, d; n1 goes to the end of the list; then two of n2.
 *
 * A record dies when a walk under the merged page's lock finds no PTE through it.  No PTE can
 * appear meanwhile that only this record reaches: fork copies an existing one into the same
 * anon_vma's tree, and a merge appends its record under this lock.
 *
 * Worked example.  Frame 812 is shared by P and Q, records {A, 0x403} and {D, 0x10}.  Q
 * writes and gets a copy.  Nothing is told; pages_sharing, which counts records, is one too
 * many.  When the rotation comes to {D, 0x10}, D's areas are asked, none maps 812 there, and
 * the record goes, with its reference to D.
 *
 * Locks: scanner mutex -> merged page's lock (tried) -> root anon_vma -> page-table lock.
 *
 * Invariants
 *  1. A pass over all nodes' records looks at each once.
 *  2. What one call costs is bounded by its budget, plus one look at each node.
 *
 * Rejected: pruning in the fault that parts a page (it would walk for each write); when a
 * node is full (then it is late, and one page pays for all).
 *
 * Deliberately missing: any order but the rotation's.
 *
 * Further reading: stable_node_chains_prune_millisecs in any Linux's ksm.rst.
 */
#include "mm/merge/engine/prune.h"

#include "kernel/core/log.h"
#include "mm/pgtable/pgtable.h"
#include "mm/rmap/rmap.h"
#include "mm/space/pagelock.h"

/* Whether a PTE is reached. */
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
 * Looks at up to budget records, from where the last call stopped; returns what is left of
 * the budget.  Merged page's lock held.
 */
static u64 prune_records(struct record_set *set, struct page *kpage, u64 budget)
{
	ASSERT(PageLocked(kpage));
	if (!set->prune_at)
		set->prune_at = rb_first(&set->root);
	while (budget && set->prune_at) {
		struct rmap_record *rec = rb_entry(set->prune_at, struct rmap_record, node);
		bool found = false;
		struct rmap_walk_control rwc = { .rmap_one = found_one, .arg = &found };

		set->prune_at = rb_next(set->prune_at);
		rmap_walk_record(kpage, set, rec, &rwc);
		if (!found)
			record_remove(set, rec);
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
		budget = prune_records(&node->records, kpage, budget);
		unlock_page(kpage);
	}
	if (!node->records.prune_at)
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
		if (!nodes)
			return; /* those that were moved to the end have been seen */
		nodes--;
		if (!list_empty(&node->dups))
			prune_node(node, node->records.nr);
		cond_resched();
	}
}
