/* SPDX-License-Identifier: MIT */
/*
 * PKSM: the scanner that is told of every anonymous page.
 *
 * THEORY
 *
 * KSM searches address spaces for pages.  PKSM turns that round: a page reports
 * its own birth (page_born, in the fault) and death (page_dying, in the free
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
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "mm/merge/engine/engine.h"

#define PASS_WAKEUPS  8	 /* wake-ups for a pass over the rescan list */
#define VISIT_BATCH   64 /* pages that are judged together */
#define PRUNE_RECORDS 4	 /* records that are looked over, a wake-up */

static u64 pass_left; /* (s) visits until the pass is over */

/* unstable_tree_search_insert() for a page's own record. */
static struct page *candidate_search_insert(struct page *page, u64 hash, bool bytes)
{
	struct page *found;

	ASSERT(page->scan.where == WHERE_NONE);
	if (unstable_tree_search_insert(page_item(page), page, hash, bytes, &found))
		return found;
	page->scan.where = WHERE_UNSTABLE;
	return NULL;
}

/* A partner that was not absorbed: into the tree again after a collision, else to be retried. */
static void list_again(struct page *other, enum merge_result r)
{
	u64 hash = other->scan.hash;
	struct page *twin;

	if (r == MERGE_DIFFERS && is_collision(other, hash)) {
		twin = candidate_search_insert(other, hash, true);
		if (!twin)
			return;
		put_page(twin); /* an equal one is there: they meet when other is visited */
	}
	rescan_add(other);
}

/* The partner from the unstable tree: out of the tree, merged with page or listed again. */
static enum merge_result merge_with_candidate(struct page *page, struct page *other)
{
	enum merge_result r;

	unstable_tree_erase(page_item(other));
	r = try_to_merge_two_pages(page, other, &scope_all);
	if (r == MERGE_DONE)
		scan_forget(page);
	if (r == MERGE_DONE && !page_mapped(other))
		scan_forget(other);
	else
		list_again(other, r);
	put_page(other);
	return r;
}

static enum merge_result try_stable(struct page *page, u64 hash, bool bytes)
{
	struct page *kpage = stable_tree_search(page, hash, bytes);
	enum merge_result r;

	if (!kpage)
		return MERGE_DIFFERS;
	r = try_to_merge_with_ksm_page(page, kpage, &scope_all);
	put_page(kpage);
	if (r == MERGE_DONE)
		scan_forget(page);
	else if (r == MERGE_DIFFERS && !bytes && is_collision(page, hash))
		r = try_stable(page, hash, true);
	return r;
}

/* MERGE_DONE here also means: inserted as a candidate. */
static enum merge_result try_unstable(struct page *page, u64 hash, bool bytes)
{
	struct page *other = candidate_search_insert(page, hash, bytes);
	enum merge_result r;

	if (!other)
		return MERGE_DONE;
	r = merge_with_candidate(page, other);
	if (r == MERGE_DIFFERS && !bytes && merge_page_hash(page) == hash)
		r = try_unstable(page, hash, true);
	return r;
}

/* Zero page, stable tree, unstable tree; true if the page is provided for. */
static bool cmp_and_merge_page(struct page *page)
{
	enum merge_result r;
	u64 hash;

	if (page_is_zero(page_address(page))) {
		r = try_to_merge_zero(page, &scope_all);
		if (r == MERGE_DONE)
			scan_forget(page);
		return r == MERGE_DONE;
	}
	hash = merge_page_hash(page);
	r = try_stable(page, hash, false);
	if (r == MERGE_DIFFERS)
		r = try_unstable(page, hash, false);
	return r == MERGE_DONE;
}

/* The pages of the rescan list that are under visit; not referenced, so they may die. */
static struct {
	u32 nr;
	struct visit visit[VISIT_BATCH];
} hand; /* (s) */

static __always_inline void hand_take(struct page *page)
{
	EVENT(scan, page_to_pfn(page), page->scan.visits);
	hand.visit[hand.nr++].page = page;
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

/* A page that has been quiet for long enough: merged, a candidate, or back on the list. */
static void settle(struct page *page)
{
	if (!get_listed_page(page))
		return; /* dead: the del list takes it out */
	rescan_del(page);
	if (!cmp_and_merge_page(page))
		rescan_add(page);
	put_page(page);
	cond_resched();
}

/* Judges all in hand, then settles those that have been quiet. */
static void visit_hand(void)
{
	u64 n = MERGE_KNOB(PKSM_N);

	pages_volatile(hand.visit, hand.nr);
	for (u32 i = 0; i < hand.nr; i++)
		if (quiet_long_enough(hand.visit[i].page, hand.visit[i].verdict, n))
			settle(hand.visit[i].page);
	scanner->work->scanned += hand.nr;
	hand.nr = 0;
	cond_resched();
}

/* Up to half a hand from the new lists; from now on they stand on the rescan list. */
static u64 take_new(void)
{
	struct page *pages[VISIT_BATCH / 2];
	u32 nr = new_lists_take(pages, VISIT_BATCH / 2);

	for (u32 i = 0; i < nr; i++) {
		rescan_add(pages[i]);
		hand_take(pages[i]);
	}
	return nr;
}

/* Up to half a hand from the front of the rescan list, which becomes its end. */
static u64 take_old(u64 old)
{
	struct list_head *last = &rescan_list;
	u64 nr = 0;

	while (nr < MIN(old, (u64)VISIT_BATCH / 2) && last->next != &rescan_list) {
		last = last->next;
		hand_take(list_entry(last, struct page, scan.link));
		nr++;
	}
	if (nr)
		list_move(&rescan_list, last);
	return nr;
}

/* A pass is over when as many pages were visited as were listed at its start. */
static void count_pass(u64 visited)
{
	u64 listed = rescan_len + new_lists_len();

	if (visited < pass_left && listed) {
		pass_left -= visited;
		return;
	}
	scanner->work->full_scans++;
	pass_left = listed;
}

/*
 * Half of each hand is new and half is old, if there is enough of both.  No more
 * old ones are taken than stood on the rescan list at the start, so none is taken
 * from a list twice in a wake-up.
 */
static void scan_lists(void)
{
	u64 old = rescan_len, visited = 0, nr;
	u64 budget = MAX(MERGE_KNOB(PKSM_PAGES_TO_SCAN), (old + new_lists_len()) / PASS_WAKEUPS);

	do {
		u64 from_old = take_old(old);

		old -= from_old;
		nr = from_old + take_new();
		visit_hand();
		visited += nr;
	} while (nr && visited < budget);
	count_pass(visited);
}

/* A changed candidate starts again: its key no longer says what it holds. */
static void recheck_hand(void)
{
	pages_volatile(hand.visit, hand.nr);
	for (u32 i = 0; i < hand.nr; i++) {
		struct page *page = hand.visit[i].page;
		enum volatility v = hand.visit[i].verdict;

		if (v == PAGE_CHANGED || v == PAGE_REFUSED) {
			unstable_tree_erase(page_item(page));
			page->scan.visits = 0;
			rescan_add(page);
		}
	}
	scanner->work->scanned += hand.nr;
	scanner->work->rechecked += hand.nr;
	hand.nr = 0;
	cond_resched();
}

/* So many candidates that all are seen within period_seconds, by the time that has passed. */
static void recheck_unstable(void)
{
	static u64 last_ns; /* (s) */
	u64 now = now_ns(), ms = (now - last_ns) / NSEC_PER_MSEC;
	u64 each = merge_counters.unstable * ms / (MERGE_KNOB(PKSM_PERIOD_SECONDS) * 1000);
	u64 nr = MIN(each + 1, merge_counters.unstable);
	struct unstable_item *item;

	last_ns = now;

	while (nr-- && (item = unstable_tree_next())) {
		hand_take(item_of_page(item));
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
	u64 percent = MERGE_KNOB(PKSM_MAX_CPU_PERCENT);

	return MAX(MERGE_KNOB(PKSM_SLEEP_MILLISECS) * NSEC_PER_MSEC,
		   took * (100 - percent) / percent);
}

static bool pksm_has_room(const struct stable_node *node)
{
	return node->nr_records < MERGE_KNOB(PKSM_MAX_PAGE_SHARING);
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

static struct merge_work pksm_work;

const struct merge_scanner pksm_scanner = {
	.name = "pksm",
	.work = &pksm_work,
	.run = KNOB_PKSM_RUN,
	.order = KNOB_PKSM_ORDER,
	.filter = KNOB_PKSM_VOLATILE_FILTER,
	.page_born = pksm_add_new_anon_page,
	.start = pksm_adopt,
	.stop = pksm_stop,
	.scan = pksm_scan,
	.pause_ns = pksm_pause_ns,
	.drain = pksm_reap,
	.reset = pksm_reset,
	.has_room = pksm_has_room,
	.item_page = pksm_item_page,
	.item_out = pksm_item_out,
	.check = pksm_check,
};
