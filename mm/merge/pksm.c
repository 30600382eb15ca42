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
 * Lists hold no reference, so a page may die while it is listed.  Its state, one
 * atomic word, says who has to know:
 *
 *              born                    popped
 *      NONE ---------> NEW|cpu ----------------------> HELD  (rescan, unstable tree,
 *        ^               | dies: unlinked at once        |    or in pksmd's hand)
 *        |<--------------'                               | dies: pushed on del list
 *        |                 reaped                        v
 *        |<------------------------------------------- DEAD <------.
 *        |                                               | born    | dies
 *        '--- NEW|cpu <-- reaped ------------------- REBORN -------'
 *
 * The dying page's frame goes to the buddy allocator at once; only its record
 * stays linked until pksmd reads the del list.  The record's fields are shared
 * with nothing, and the del link is a field of its own, so whatever the frame
 * serves next cannot tread on them.  A frame is on the del list exactly while its
 * state is DEAD or REBORN: reborn and dead again, it is not linked twice.
 *
 * Worked example.  Frame 812 stands in the unstable tree (HELD) when its process
 * exits: HELD -> DEAD, pushed.  The frame is used for a new anonymous page of
 * another process before pksmd runs: DEAD -> REBORN, not linked.  pksmd reads
 * the del list: erases 812 from the tree, REBORN -> NEW, new list: the new page
 * is scanned as the new page that it is.
 *
 * pksmd takes up to VISIT_BATCH pages in hand (they stay on the rescan list),
 * judges them together (volatile.c), and settles those that have been quiet.
 *
 * Locks: born and dying run under a page-table lock or with none, in any context,
 * so each new list has an irqsave lock; the del list is lock-free (push by
 * compare-exchange, taken whole by exchange); rescan list and unstable tree are
 * touched by the holder of the scanner mutex alone.
 *
 * Invariants
 *  1. State NEW|c <=> linked in new list c.
 *  2. scan.where != NONE => state is HELD, DEAD or REBORN.
 *  3. State DEAD or REBORN <=> on the del list (or just taken from it).
 *  4. A page whose count was raised while its state is HELD cannot leave HELD
 *     until the count is dropped: dying comes after the last reference.
 *  5. A merged page's state is NONE: its node watches over it.
 *
 * Rejected: references from the lists (freed memory would wait for pksmd); an
 * item allocated in each fault (the historical PKSM: slow, and it could fail);
 * queueing after the page-table lock is dropped (the page may be dead by then).
 *
 * Deliberately missing: partial hashes (they could only say "changed").
 *
 * Further reading: the chapter on merging in mm/README.md.
 */
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "kernel/x86/smp.h"
#include "mm/merge/engine.h"

enum pksm_state { PS_NONE, PS_NEW, PS_HELD, PS_DEAD, PS_REBORN };
#define STATE_NEW(cpu) ((u16)(PS_NEW | (cpu) << 8))
#define STATE_KIND(s)  ((s)&0xff)
#define STATE_CPU(s)   ((s) >> 8)

#define PASS_WAKEUPS  8	 /* wake-ups for a pass over the rescan list */
#define VISIT_BATCH   64 /* pages that are judged together */
#define PRUNE_RECORDS 16 /* records that are looked over, a wake-up */

static struct new_list {
	spinlock_t lock;	/* SCAN_LIST, irqsave */
	struct list_head pages; /* (lock) oldest first */
	u64 len;		/* (lock) */
} __aligned(64) new_lists[MAXCPU];

static LIST_HEAD(rescan_list); /* (s) */
static u64 rescan_len;	       /* (s) */
static u32 del_head;	       /* (a) frame number + 1; 0: empty */
static s64 del_len;	       /* (a) */
static u64 pass_left;	       /* (s) visits until the pass is over */

static bool state_cas(struct page *page, u16 from, u16 to)
{
	return __atomic_compare_exchange_n(&page->scan.state, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

/* From state `from` onto this CPU's new list; false if the state was another. */
static bool new_list_add(struct page *page, u16 from)
{
	u32 cpu = cpu_id();
	struct new_list *nl = &new_lists[cpu];
	u64 flags = spin_lock_irqsave(&nl->lock);
	bool ok = state_cas(page, from, STATE_NEW(cpu));

	if (ok) {
		list_add_tail(&page->scan.link, &nl->pages);
		nl->len++;
	}
	spin_unlock_irqrestore(&nl->lock, flags);
	if (ok)
		EVENT(new_list, page_to_pfn(page), cpu);
	return ok;
}

/* pksm_add_new_anon_page: under the page-table lock, so the page cannot die meanwhile. */
static void pksm_add_new_anon_page(struct page *page)
{
	while (!new_list_add(page, PS_NONE)) {
		if (state_cas(page, PS_DEAD, PS_REBORN)) {
			EVENT(reborn, page_to_pfn(page));
			return;
		}
		/* pksmd has just reaped it: now the state is NONE */
	}
}

/* Unlinks a page from new list cpu; false if it has left that list. */
static bool new_list_del(struct page *page, u16 state, u16 to)
{
	struct new_list *nl = &new_lists[STATE_CPU(state)];
	u64 flags = spin_lock_irqsave(&nl->lock);
	bool ok = state_cas(page, state, to);

	if (ok) {
		list_del(&page->scan.link);
		nl->len--;
	}
	spin_unlock_irqrestore(&nl->lock, flags);
	return ok;
}

static void del_list_push(struct page *page)
{
	u32 old = __atomic_load_n(&del_head, __ATOMIC_RELAXED);

	do {
		page->scan.del_next = old;
	} while (!__atomic_compare_exchange_n(&del_head, &old, page_to_pfn(page) + 1, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	__atomic_fetch_add(&del_len, 1, __ATOMIC_RELAXED);
	EVENT(del_list, page_to_pfn(page));
}

/* pksm_del_anon_page: no reference exists; the frame goes to the buddy as soon as we return. */
static void pksm_del_anon_page(struct page *page)
{
	for (;;) {
		u16 state = READ_ONCE(page->scan.state);

		switch (STATE_KIND(state)) {
		case PS_NONE:
			return;
		case PS_NEW:
			if (new_list_del(page, state, PS_NONE))
				return;
			break;
		case PS_HELD:
			if (!state_cas(page, PS_HELD, PS_DEAD))
				break;
			del_list_push(page);
			return;
		case PS_REBORN: /* on the del list already */
			if (state_cas(page, PS_REBORN, PS_DEAD))
				return;
			break;
		case PS_DEAD: /* dead before, and this life was never reported */
			return;
		}
	}
}

static void rescan_add(struct page *page)
{
	ASSERT(page->scan.where == WHERE_NONE);
	page->scan.where = WHERE_RESCAN;
	list_add_tail(&page->scan.link, &rescan_list);
	rescan_len++;
}

static void rescan_del(struct page *page)
{
	list_del(&page->scan.link);
	rescan_len--;
	page->scan.where = WHERE_NONE;
}

/* One page from the del list: out of whatever it is linked in, then its next life. */
static void reap_page(struct page *page)
{
	if (page->scan.where == WHERE_RESCAN)
		rescan_del(page);
	else if (page->scan.where == WHERE_UNSTABLE)
		unstable_tree_erase(page);
	page->scan.visits = 0;
	while (!state_cas(page, PS_DEAD, PS_NONE) && !new_list_add(page, PS_REBORN))
		; /* it changed between DEAD and REBORN under us */
}

static void pksm_reap(void)
{
	u32 next = __atomic_exchange_n(&del_head, 0, __ATOMIC_SEQ_CST);

	while (next) {
		struct page *page = pfn_to_page(next - 1);

		next = page->scan.del_next; /* before its state lets it be pushed again */
		__atomic_fetch_sub(&del_len, 1, __ATOMIC_RELAXED);
		reap_page(page);
	}
}

/*
 * The count cannot be raised from zero, and dying marks the state before the
 * frame is used anew: HELD with a reference in hand is the page that was listed.
 */
bool get_listed_page(struct page *page)
{
	if (!get_page_unless_zero(page))
		return false;
	if (READ_ONCE(page->scan.state) == PS_HELD)
		return true;
	put_page(page);
	return false;
}

/* The page's further life is a node's business, or its end is ours.  Referenced. */
static void forget(struct page *page)
{
	bool held = state_cas(page, PS_HELD, PS_NONE);

	BUG_ON(!held || page->scan.where != WHERE_NONE);
	page->scan.visits = 0;
}

/*
 * Equal hash, different bytes: either a page has changed since it was hashed, or
 * it is a true collision, and bytes must decide the order.
 */
static bool collided(struct page *page, u64 hash)
{
	if (merge_page_hash(page) != hash)
		return false;
	merge_counters.collisions++;
	return true;
}

/* A partner that was not absorbed: into the tree again after a collision, else to be retried. */
static void list_again(struct page *other, enum merge_result r)
{
	u64 hash = other->scan.hash;
	struct page *twin;

	if (r == MERGE_DIFFERS && collided(other, hash)) {
		twin = unstable_tree_search_insert(other, hash, true);
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

	unstable_tree_erase(other);
	r = try_to_merge_two_pages(page, other);
	if (r == MERGE_DONE)
		forget(page);
	if (r == MERGE_DONE && !page_mapped(other))
		forget(other);
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
	r = try_to_merge_with_ksm_page(page, kpage);
	put_page(kpage);
	if (r == MERGE_DONE)
		forget(page);
	else if (r == MERGE_DIFFERS && !bytes && collided(page, hash))
		r = try_stable(page, hash, true);
	return r;
}

/* MERGE_DONE here also means: inserted as a candidate. */
static enum merge_result try_unstable(struct page *page, u64 hash, bool bytes)
{
	struct page *other = unstable_tree_search_insert(page, hash, bytes);
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
		r = try_to_merge_zero(page);
		if (r == MERGE_DONE)
			forget(page);
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

static bool quiet_long_enough(struct page *page, enum volatility verdict)
{
	if (verdict == PAGE_CHANGED || verdict == PAGE_REFUSED) /* then a search is in vain */
		page->scan.visits = 0;
	if (verdict != PAGE_UNCHANGED)
		return false;
	if (page->scan.visits < MERGE_KNOB(PKSM_N))
		page->scan.visits++;
	return page->scan.visits >= MERGE_KNOB(PKSM_N);
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
	pages_volatile(hand.visit, hand.nr);
	for (u32 i = 0; i < hand.nr; i++)
		if (quiet_long_enough(hand.visit[i].page, hand.visit[i].verdict))
			settle(hand.visit[i].page);
	merge_counters.scanned += hand.nr;
	hand.nr = 0;
	cond_resched();
}

/* The oldest page of one CPU's new list, in our hand, or NULL. */
static struct page *pop_new_of(struct new_list *nl)
{
	struct page *page = NULL;
	u64 flags;

	if (list_empty(&nl->pages)) /* a glance without the lock: what it misses comes next time */
		return NULL;
	flags = spin_lock_irqsave(&nl->lock);
	if (!list_empty(&nl->pages)) {
		page = list_first_entry(&nl->pages, struct page, scan.link);
		list_del(&page->scan.link);
		nl->len--;
		WRITE_ONCE(page->scan.state, PS_HELD); /* NEW is left under this lock only */
	}
	spin_unlock_irqrestore(&nl->lock, flags);
	return page;
}

static struct page *pop_new(void)
{
	struct page *page = NULL;

	for (u32 cpu = 0; cpu < nr_cpus && !page; cpu++)
		page = pop_new_of(&new_lists[cpu]);
	return page;
}

/* Up to half a hand from the new lists; from now on they stand on the rescan list. */
static u64 take_new(void)
{
	struct page *page;
	u64 nr = 0;

	while (nr < VISIT_BATCH / 2 && (page = pop_new())) {
		rescan_add(page);
		hand_take(page);
		nr++;
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

static u64 new_len(void)
{
	u64 len = 0;

	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		len += READ_ONCE(new_lists[cpu].len);
	return len;
}

/* A pass is over when as many pages were visited as were listed at its start. */
static void count_pass(u64 visited)
{
	u64 listed = rescan_len + new_len();

	if (visited < pass_left && listed) {
		pass_left -= visited;
		return;
	}
	merge_counters.full_scans++;
	pass_left = listed;
}

/*
 * Half of each hand is new and half is old, if there is enough of both.  No more
 * old ones are taken than stood on the rescan list at the start, so no page is
 * visited twice in a wake-up.
 */
static void scan_lists(void)
{
	u64 old = rescan_len, visited = 0, nr;
	u64 budget = MAX(MERGE_KNOB(PKSM_PAGES_TO_SCAN), (old + new_len()) / PASS_WAKEUPS);

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
			unstable_tree_erase(page);
			page->scan.visits = 0;
			rescan_add(page);
		}
	}
	merge_counters.scanned += hand.nr;
	hand.nr = 0;
	cond_resched();
}

/* So many candidates that all are seen within period_seconds. */
static void recheck_unstable(void)
{
	u64 period_ms = MERGE_KNOB(PKSM_PERIOD_SECONDS) * 1000;
	u64 each = merge_counters.unstable * MAX(MERGE_KNOB(PKSM_SLEEP_MILLISECS), 1UL);
	u64 nr = MIN(each / period_ms + 1, merge_counters.unstable);
	struct page *page;

	while (nr-- && (page = unstable_tree_next())) {
		hand_take(page);
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
	struct page *page;

	pksm_reap();
	while ((page = unstable_tree_next())) {
		unstable_tree_erase(page);
		rescan_add(page);
	}
}

/* Pages that were born before anybody listened. */
static void pksm_adopt(void)
{
	for (u64 pfn = 0; pfn < max_pfn; pfn++) {
		struct page *page = pfn_to_page(pfn);

		if (!get_page_unless_zero(page))
			continue;
		if (PageAnon(page) && !PageKsm(page))
			new_list_add(page, PS_NONE); /* false: listed already */
		put_page(page);
	}
}

static int pksm_check(void)
{
	u64 linked = 0;
	struct page *page;
	int bad = 0;

	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		list_for_each_entry(page, &new_lists[cpu].pages, scan.link)
			bad += page->scan.state != STATE_NEW(cpu) || page->scan.where != WHERE_NONE;
	}
	list_for_each_entry(page, &rescan_list, scan.link) {
		bad += page->scan.where != WHERE_RESCAN || STATE_KIND(page->scan.state) < PS_HELD;
		linked++;
	}
	bad += linked != rescan_len;
	if (bad)
		pr_err("pksm: %d pages stand in the wrong list", bad);
	return bad;
}

void pksm_lengths(struct kstat_pksm *st)
{
	st->new_len = new_len();
	st->rescan_len = rescan_len;
	st->del_len = (u64)READ_ONCE(del_len);
}

void pksm_init(void)
{
	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		spin_lock_init(&new_lists[cpu].lock, LOCK_SCAN_LIST);
		INIT_LIST_HEAD(&new_lists[cpu].pages);
	}
}

const struct merge_scanner pksm_scanner = {
	.name = "pksm",
	.page_born = pksm_add_new_anon_page,
	.page_dying = pksm_del_anon_page,
	.scan = pksm_scan,
	.drain = pksm_reap,
	.reset = pksm_reset,
	.adopt = pksm_adopt,
	.check = pksm_check,
};
