/* SPDX-License-Identifier: MIT */
/*
 * The page lock: bit PG_locked of page->flags.  A page has no room for a wait
 * queue, so waiters sleep on one of a few shared by hash, and PG_waiters says
 * that there may be one.
 */
#include "kernel/core/log.h"
#include "kernel/lib/hash.h"
#include "kernel/sched/lockdep.h"
#include "kernel/sched/runq.h"
#include "kernel/sched/sync.h"
#include "mm/frame/page.h"

#define NR_QUEUES 32

static struct wait_queue queues[NR_QUEUES];

void pagelock_init(void)
{
	for (u32 i = 0; i < NR_QUEUES; i++)
		wait_queue_init(&queues[i]);
}

static struct wait_queue *queue_of(const struct page *page)
{
	return &queues[hash64((u64)page) % NR_QUEUES];
}

static bool try_take(struct page *page)
{
	return !page_test_and_set_flag(page, PG_locked);
}

/*
 * PG_waiters is set after the waiter is on the queue and before it tries for the
 * last time: an unlock that makes this try worth while sees the flag.
 */
static bool flag_and_try(struct page *page)
{
	page_set_flag(page, PG_waiters);
	return try_take(page);
}

void lock_page(struct page *page)
{
	might_sleep();
	lockdep_acquire(LOCK_PAGE, page, false, LOCK_CALLER);
	if (unlikely(!try_take(page)))
		wait_event(queue_of(page), flag_and_try(page));
}

bool trylock_page(struct page *page)
{
	if (!try_take(page))
		return false;
	lockdep_acquire(LOCK_PAGE, page, true, LOCK_CALLER);
	return true;
}

/* PG_locked is bit 0 and set, so a subtraction clears it and tells the other flags at once. */
void unlock_page(struct page *page)
{
	u64 old;

	_Static_assert(PG_locked == 0, "unlock_page() subtracts");
	BUG_ON(!PageLocked(page));
	lockdep_release(LOCK_PAGE, page, LOCK_CALLER);
	old = __atomic_fetch_sub(&page->flags, BIT(PG_locked), __ATOMIC_SEQ_CST);
	if (unlikely(old & BIT(PG_waiters))) {
		page_clear_flag(page, PG_waiters);
		wake_up_all(queue_of(page)); /* those who find the page locked flag it again */
	}
}

bool PageLocked(const struct page *page)
{
	return page_flag(page, PG_locked);
}
