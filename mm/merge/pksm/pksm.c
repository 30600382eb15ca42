/* SPDX-License-Identifier: MIT */
/*
 * PKSM: the scanner that is told of every anonymous page.
 *
 * THEORY
 *
 * KSM searches address spaces for pages.  PKSM turns that round: a page reports
 * its own birth (page_born, in the fault) and death (page_died, in the free
 * path), and the scanner works on frames.  A frame is looked at once however many
 * processes map it, and a merge moves all of its PTEs, by the reverse map.
 *
 *     fault -> new list ---> visit --> rescan list <---.      one list for each CPU
 *                 (per CPU)    |            |          |      (new), the others
 *                              |  n passes unchanged   |      belong to pksmd
 *                              v                       | changed, busy, refused
 *                   zero page? stable? unstable? ------'
 *                       |         |        |
 *                    absorbed  absorbed  inserted --- re-check, once a period
 *
 * Probation.  A page is tried only after n passes without a change.  A pass over
 * the rescan list takes PASS_WAKEUPS wake-ups however long the list is: the speed
 * follows the length, so that a page's waiting time stays the same.
 *
 * pksmd takes up to VISIT_BATCH pages in hand (they stay on the rescan list),
 * judges them together (volatile.c), and settles those that have been quiet.
 *
 * Worked example.  Frame 812 is born: new list.  First visit: its dirty bit is set,
 * cleared, visits 0; on to the rescan list.  Second to fourth visit: still clear,
 * visits 1, 2, 3 = n.  It is hashed: no stable node, no candidate with that hash, so
 * it becomes a candidate itself.  Ten seconds later (period_seconds) it is looked at
 * again: its owner has written to it, so it leaves the tree for the rescan list.
 *
 * A hand of pages stays linked and is not referenced while it is judged: the PTE
 * that maps a frame keeps it alive as long as its lock is held.  Only a page that is
 * to be merged is referenced, and looked at again: is it still the one that was
 * listed?  (lists.c says what happens to those that die.)
 *
 * Locks: all of this under the scanner mutex.
 *
 * Invariants
 *  1. In a hand no page stands twice, so each deferred flush of dirty bits is done
 *     before the next look.
 *  2. A page that has been visited is on the rescan list, in the unstable tree,
 *     merged, or dead.
 *
 * Rejected: scanning in order of address (a frame mapped ten times would be visited
 * ten times); trying a page at birth (it is about to be written).
 *
 * Deliberately missing: partial hashes (they could only say "changed").
 *
 * Further reading: the chapter on merging in mm/README.md.
 */
#include "mm/merge/pksm/pksm.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "kernel/lib/hash.h"
#include "mm/merge/engine/prune.h"
#include "mm/merge/engine/unstable.h"
#include "mm/merge/engine/zero.h"
#include "mm/merge/pksm/lists.h"
#include "mm/merge/pksm/volatile.h"

#define PASS_WAKEUPS  8	 /* wake-ups for a pass over the rescan list */
#define VISIT_BATCH   64 /* pages that are judged together */
#define PRUNE_RECORDS 4	 /* records that are looked over, a wake-up */

struct pksm_knobs pksm_knobs;

static struct merge_work pksm_work; /* (s) */
static u64 pass_left;		    /* (s) visits until the pass is over */

/* The pages that are under visit; not referenced, so they may die. */
static struct {
	u32 nr;
	struct visit visit[VISIT_BATCH];
} hand; /* (s) */

void pksm_init(void)
{
	pksm_lists_init();
}

/* --- one page --------------------------------------------------------------------------------- */

/* unstable_tree_search_insert() for a page's own record. */
static struct page *candidate_search_insert(struct page *page, u64 hash, enum merge_key key)
{
	struct page *found;

	ASSERT(page->scan.where == WHERE_NONE);
	if (unstable_tree_search_insert(page_item(page), page, hash, key, &found))
		return found;
	page->scan.where = WHERE_UNSTABLE;
	return NULL;
}

/* A partner that was not absorbed: into the tree again after a collision, else to be retried. */
static void list_again(struct page *other, enum join_result r)
{
	u64 hash = other->scan.hash;
	struct page *twin;

	if (r == JOIN_DIFFERS && is_collision(other, hash)) {
		twin = candidate_search_insert(other, hash, KEY_BYTES);
		if (!twin)
			return;
		put_page(twin); /* an equal one is there: they meet when other is visited */
	}
	rescan_add(other);
}

/* Joins the page to an equal merged one, if there is one with room. */
static enum page_fate try_stable(struct page *page, u64 hash)
{
	for (enum merge_key key = KEY_HASH; key <= KEY_BYTES; key++) {
		struct page *kpage = stable_tree_search(page, hash, key);
		enum join_result r;

		if (!kpage)
			return FATE_ALONE;
		r = try_to_merge_with_ksm_page(page, kpage, &scope_all);
		put_page(kpage);
		if (r == JOIN_DONE) {
			scan_forget(page);
			return FATE_MERGED;
		}
		if (r != JOIN_DIFFERS)
			return FATE_AGAIN;
		if (key == KEY_HASH && !is_collision(page, hash))
			break;
	}
	return FATE_ALONE;
}

/*
 * An equal candidate leaves the unstable tree and the two become one merged page; without
 * one the page is a candidate.
 */
static enum page_fate try_unstable(struct page *page, u64 hash)
{
	for (enum merge_key key = KEY_HASH; key <= KEY_BYTES; key++) {
		struct page *other = candidate_search_insert(page, hash, key);
		enum join_result r;

		if (!other)
			return FATE_CANDIDATE;
		unstable_tree_erase(page_item(other));
		r = try_to_merge_two_pages(page, other, &scope_all);
		if (r == JOIN_DONE)
			scan_forget(page);
		if (r == JOIN_DONE && !page_mapped(other))
			scan_forget(other);
		else
			list_again(other, r);
		put_page(other);
		if (r == JOIN_DONE)
			return FATE_MERGED;
		if (r != JOIN_DIFFERS)
			return FATE_AGAIN;
		if (key == KEY_HASH && merge_page_hash(page) != hash)
			break;
	}
	return FATE_AGAIN;
}

/*
 * A page that has been quiet for long enough: zero page, stable tree, unstable tree.  It is
 * merged then, or a candidate, or it goes back to the rescan list.
 */
static void cmp_and_merge_page(struct page *page)
{
	enum page_fate fate = FATE_AGAIN;
	u64 hash;

	if (!get_listed_page(page))
		return; /* dead: the del list takes it out */
	rescan_del(page);
	if (page_is_zero(page_address(page))) {
		if (try_to_merge_zero(page, &scope_all) == JOIN_DONE) {
			scan_forget(page);
			fate = FATE_MERGED;
		}
	} else {
		hash = merge_page_hash(page);
		fate = try_stable(page, hash);
		if (fate == FATE_ALONE)
			fate = try_unstable(page, hash);
	}
	if (fate == FATE_AGAIN)
		rescan_add(page);
	put_page(page);
	cond_resched();
}

/* --- a wake-up -------------------------------------------------------------------------------- */

static __always_inline void hand_add(struct page *page)
{
	EVENT(scan, page_to_pfn(page), page->scan.visits);
	hand.visit[hand.nr].page = page;
	hand.nr++;
}

/* Up to half a hand from the new lists; from now on they stand on the rescan list. */
static void hand_add_new(void)
{
	struct page *pages[VISIT_BATCH / 2];
	u32 nr = new_lists_take(pages, VISIT_BATCH / 2);

	for (u32 i = 0; i < nr; i++) {
		rescan_add(pages[i]);
		hand_add(pages[i]);
	}
}

/* Up to half a hand, and no more than most, from the front of the rescan list, now its end. */
static u64 hand_add_old(u64 most)
{
	struct list_head *last = &rescan_list;
	u64 nr = 0;

	most = MIN(most, (u64)VISIT_BATCH / 2);
	while (nr < most && last->next != &rescan_list) {
		last = last->next;
		hand_add(list_entry(last, struct page, scan.link));
		nr++;
	}
	if (nr)
		list_move(&rescan_list, last);
	return nr;
}

/* The hand is empty again; what was in it has been judged. */
static void hand_done(void)
{
	pksm_work.scanned += hand.nr;
	hand.nr = 0;
	cond_resched();
}

static __always_inline bool quiet_long_enough(struct page *page, enum volatility verdict, u64 n)
{
	if (verdict == PAGE_CHANGED || verdict == PAGE_REFUSED) /* then a search is in vain */
		page->scan.visits = 0;
	if (verdict != PAGE_UNCHANGED)
		return false;
	if (page->scan.visits < n)
		page->scan.visits++;
	return page->scan.visits >= n;
}

/* A pass is over when as many pages were visited as were listed at its start. */
static void count_pass(u64 visited)
{
	u64 listed = rescan_len + new_lists_len();

	if (visited < pass_left && listed) {
		pass_left -= visited;
		return;
	}
	pksm_work.full_scans++;
	pass_left = listed;
}

/*
 * Takes pages in hand, judges them together, and tries those that have been quiet, until the
 * budget is used up.  Half of each hand is new and half is old, if there is enough of both.
 * No more old ones are taken than stood on the rescan list at the start, so none is taken
 * from a list twice in a wake-up.
 */
static void scan_lists(void)
{
	u64 old = rescan_len, visited = 0, n = pksm_knobs.n;
	u64 budget = MAX(pksm_knobs.pages_to_scan, (old + new_lists_len()) / PASS_WAKEUPS);
	u32 nr;

	do {
		old -= hand_add_old(old);
		hand_add_new();
		nr = hand.nr;
		pages_volatile(hand.visit, nr, pksm_knobs.volatile_filter);
		for (u32 i = 0; i < nr; i++)
			if (quiet_long_enough(hand.visit[i].page, hand.visit[i].verdict, n))
				cmp_and_merge_page(hand.visit[i].page);
		visited += nr;
		hand_done();
	} while (nr && visited < budget);
	count_pass(visited);
}

/* A changed candidate starts again: its key no longer says what it holds. */
static void recheck_hand(void)
{
	pages_volatile(hand.visit, hand.nr, pksm_knobs.volatile_filter);
	for (u32 i = 0; i < hand.nr; i++) {
		struct page *page = hand.visit[i].page;
		enum volatility v = hand.visit[i].verdict;

		if (v == PAGE_CHANGED || v == PAGE_REFUSED) {
			unstable_tree_erase(page_item(page));
			page->scan.visits = 0;
			rescan_add(page);
		}
	}
	pksm_work.rechecked += hand.nr;
	hand_done();
}

/* So many candidates that all are seen within period_seconds, by the time that has passed. */
static void recheck_unstable(void)
{
	static u64 last_ns; /* (s) */
	u64 now = now_ns(), ms = (now - last_ns) / NSEC_PER_MSEC;
	u64 each = merge_counters.unstable * ms / (pksm_knobs.period_seconds * 1000);
	u64 nr = MIN(each + 1, merge_counters.unstable);

	last_ns = now;
	for (; nr; nr--) {
		struct unstable_item *item = unstable_tree_next();

		if (!item)
			break;
		hand_add(item_of_page(item));
		if (hand.nr == VISIT_BATCH)
			recheck_hand();
	}
	recheck_hand();
}

static void pksm_scan(void)
{
	pksm_reap();
	stable_drop_stale();
	scan_lists();
	recheck_unstable();
	stable_prune_some(PRUNE_RECORDS);
}

/* --- the scanner ------------------------------------------------------------------------------ */

static void pksm_reset(void)
{
	struct unstable_item *item;

	pksm_reap();
	while ((item = unstable_tree_next())) {
		unstable_tree_erase(item);
		rescan_add(item_of_page(item));
	}
}

static void pksm_stop(void)
{
	pksm_reset();
	pksm_forget_all();
}

static u64 pksm_pause_ns(u64 took)
{
	u64 percent = pksm_knobs.max_cpu_percent;

	return MAX(pksm_knobs.sleep_millisecs * NSEC_PER_MSEC, took * (100 - percent) / percent);
}

static void pksm_stat(void *st)
{
	pksm_lengths(st);
}

static bool pksm_has_room(const struct stable_node *node)
{
	return node->records.nr < pksm_knobs.max_page_sharing;
}

static struct page *pksm_item_page(struct unstable_item *item)
{
	struct page *page = item_of_page(item);

	return get_listed_page(page) ? page : NULL;
}

static void pksm_item_out(struct unstable_item *item)
{
	ASSERT(item_of_page(item)->scan.where == WHERE_UNSTABLE);
	item_of_page(item)->scan.where = WHERE_NONE;
}

const struct merge_scanner pksm_scanner = {
	.name = "pksm",
	.run = &pksm_knobs.run,
	.engine = {
		.order = &pksm_knobs.order,
		.work = &pksm_work,
		.has_room = pksm_has_room,
		.item_page = pksm_item_page,
		.item_out = pksm_item_out,
	},
	.page_born = pksm_add_new_anon_page,
	.page_died = pksm_del_anon_page,
	.start = pksm_adopt,
	.stop = pksm_stop,
	.scan = pksm_scan,
	.pause_ns = pksm_pause_ns,
	.drain = pksm_reap,
	.reset = pksm_reset,
	.stat = pksm_stat,
	.check = pksm_check_lists,
};
