/* SPDX-License-Identifier: MIT */
/*
 * PKSM's lists: births and deaths of anonymous pages.
 *
 * THEORY
 *
 * A page reports its birth in the fault that makes it and its death in the free
 * path.  Both happen on any CPU, in any context, and must be cheap: nothing is
 * allocated, nobody waits.  Between the two the scanner has the page on a list or
 * in its tree, and holds no reference, or freed memory would wait for pksmd.  So a
 * page may die while it is listed.  Its state, one atomic word, says who has to
 * know:
 *
 *              born                    popped
 *      NONE ---------> NEW|cpu ----------------------> HELD  (rescan list, unstable
 *        ^               | dies: unlinked at once        |    tree, pksmd's hand)
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
 * Locks: born and dying run under a page-table lock or with none, so each new
 * list has an irqsave lock; the del list is lock-free (push by compare-exchange,
 * taken whole by exchange); rescan list and unstable tree are touched by the
 * holder of the scanner mutex alone.
 *
 * Invariants
 *  1. State NEW|c <=> linked in new list c.
 *  2. scan.where != NONE => state is HELD, DEAD or REBORN.
 *  3. State DEAD or REBORN <=> on the del list (or just taken from it).
 *  4. A page whose count was raised while its state is HELD cannot leave HELD
 *     until the count is dropped: dying comes after the last reference.
 *  5. A merged page's state is NONE: its node watches over it.
 *
 * Rejected: references from the lists; an item allocated in each fault (the
 * historical PKSM: slow, and it could fail); queueing after the page-table lock
 * is dropped (the page may be dead by then).
 *
 * Deliberately missing: priorities among new pages.
 *
 * Further reading: pksm.c for what is done with the pages.
 */
#include "mm/merge/pksm/lists.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/smp.h"
#include "mm/frame/violation.h"
#include "mm/merge/engine/unstable.h"

enum pksm_state { PS_NONE, PS_NEW, PS_HELD, PS_DEAD, PS_REBORN };
#define STATE_NEW(cpu) ((u16)(PS_NEW | (cpu) << 8))
#define STATE_KIND(s)  ((s)&0xff)
#define STATE_CPU(s)   ((s) >> 8)

static struct new_list {
	spinlock_t lock;	/* SCAN_LIST, irqsave */
	struct list_head pages; /* (lock) oldest first */
	u64 len;		/* (lock) */
} __aligned(64) new_lists[MAXCPU];

LIST_HEAD(rescan_list); /* (s) */
u64 rescan_len;		/* (s) */
static u32 del_head;	/* (a) frame number + 1; 0: empty */
static s64 del_len;	/* (a) */

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
void pksm_add_new_anon_page(struct page *page)
{
	while (!new_list_add(page, PS_NONE)) {
		if (state_cas(page, PS_DEAD, PS_REBORN)) {
			EVENT(reborn, page_to_pfn(page));
			return;
		}
		/* pksmd has just reaped it: now the state is NONE; a page is born once */
		ASSERT(READ_ONCE(page->scan.state) == PS_NONE);
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
void pksm_del_anon_page(struct page *page)
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

void rescan_add(struct page *page)
{
	ASSERT(page->scan.where == WHERE_NONE);
	page->scan.where = WHERE_RESCAN;
	list_add_tail(&page->scan.link, &rescan_list);
	rescan_len++;
}

void rescan_del(struct page *page)
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
		unstable_tree_erase(page_item(page));
	page->scan.visits = 0;
	page->scan.del_next = 0; /* the link is off the list: it leads nowhere */
	while (!state_cas(page, PS_DEAD, PS_NONE) && !new_list_add(page, PS_REBORN))
		; /* it changed between DEAD and REBORN under us */
}

void pksm_reap(void)
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
void scan_forget(struct page *page)
{
	bool held = state_cas(page, PS_HELD, PS_NONE);

	BUG_ON(!held || page->scan.where != WHERE_NONE);
	page->scan.visits = 0;
}

/* Up to max pages of one CPU's new list. */
static u32 take_from(struct new_list *nl, struct page **pages, u32 max)
{
	u32 nr = 0;

	if (list_empty(&nl->pages)) /* a glance without the lock: what it misses comes next time */
		return 0;
	IRQ_GUARD(&nl->lock);
	while (nr < max && !list_empty(&nl->pages)) {
		struct page *page = list_first_entry(&nl->pages, struct page, scan.link);

		list_del(&page->scan.link);
		WRITE_ONCE(page->scan.state, PS_HELD); /* NEW is left under this lock only */
		pages[nr++] = page;
	}
	nl->len -= nr;
	return nr;
}

u32 new_lists_take(struct page **pages, u32 max)
{
	u32 nr = 0;

	for (u32 cpu = 0; cpu < nr_cpus && nr < max; cpu++)
		nr += take_from(&new_lists[cpu], pages + nr, max - nr);
	return nr;
}

u64 new_lists_len(void)
{
	u64 len = 0;

	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		len += READ_ONCE(new_lists[cpu].len);
	return len;
}

/* Pages that were born before anybody listened. */
void pksm_adopt(void)
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

/* Off every list; nobody is in the middle of dying, so the dead are on the del list. */
void pksm_forget_all(void)
{
	struct page *page, *next;

	while (new_lists_take(&page, 1))
		rescan_add(page);
	list_for_each_entry_safe(page, next, &rescan_list, scan.link) {
		rescan_del(page);
		page->scan.visits = 0;
		state_cas(page, PS_HELD, PS_NONE);
	}
	pksm_reap();
}

/* Invariant 3, with the world stopped and pksmd not reaping. */
static void check_del_list(int *bad)
{
	u64 linked = 0, dead = 0;

	for (u32 next = del_head; next && linked < max_pfn;) {
		next = pfn_to_page(next - 1)->scan.del_next;
		linked++;
	}
	for (u64 pfn = 0; pfn < max_pfn; pfn++)
		if (STATE_KIND(pfn_to_page(pfn)->scan.state) >= PS_DEAD)
			dead++;
	CHECK_THAT(bad, dead == linked && del_len == (s64)linked,
		   "pksm: %lu frames are dead or born again, %lu on the del list, %ld counted",
		   dead, linked, del_len);
}

static void check_new_list(u32 cpu, int *bad)
{
	u64 linked = 0;
	struct page *page;

	list_for_each_entry(page, &new_lists[cpu].pages, scan.link) {
		CHECK_THAT(bad,
			   page->scan.state == STATE_NEW(cpu) && page->scan.where == WHERE_NONE,
			   "pksm: frame %lu is on a new list, its state %#x, linked in %u",
			   page_to_pfn(page), page->scan.state, page->scan.where);
		linked++;
	}
	CHECK_THAT(bad, linked == new_lists[cpu].len,
		   "pksm: %lu frames on the new list of CPU %u, %lu counted", linked, cpu,
		   new_lists[cpu].len);
}

void pksm_check_lists(int *bad)
{
	u64 linked = 0;
	struct page *page;

	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		check_new_list(cpu, bad);
	list_for_each_entry(page, &rescan_list, scan.link) {
		CHECK_THAT(bad,
			   STATE_KIND(page->scan.state) >= PS_HELD &&
				   page->scan.where == WHERE_RESCAN,
			   "pksm: frame %lu is on the rescan list, its state %#x, linked in %u",
			   page_to_pfn(page), page->scan.state, page->scan.where);
		linked++;
	}
	CHECK_THAT(bad, linked == rescan_len, "pksm: %lu frames on the rescan list, %lu counted",
		   linked, rescan_len);
	check_del_list(bad);
}

void pksm_lengths(struct kstat_pksm *st)
{
	st->new_len = new_lists_len();
	st->rescan_len = rescan_len;
	st->del_len = (u64)READ_ONCE(del_len);
}

void pksm_lists_init(void)
{
	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		spin_lock_init(&new_lists[cpu].lock, LOCK_SCAN_LIST);
		INIT_LIST_HEAD(&new_lists[cpu].pages);
	}
}
