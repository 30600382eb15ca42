/* SPDX-License-Identifier: MIT */
/*
 * The page lock: bit PG_locked of page->flags.
 *
 * THEORY
 *
 * What a frame is - its mapping and index, merged or not, the records of a merged page -
 * may change only under its page lock.  Whoever walks the reverse map holds it, so that
 * the page does not become another one on the way; a merge holds it from the protection
 * to the replacement.  Both sleep meanwhile, so it is a sleeping lock.
 *
 * There is one for each frame of the machine, and a wait queue is 24 bytes: with one in
 * each struct page they would cost a quarter as much as all the rest, for locks that
 * hardly anybody ever waits for.  So a lock is one bit, and waiters sleep on one of a
 * few queues, chosen by a hash of the page:
 *
 *      page 812   flags: locked waiters ----.
 *      page 37    flags: locked              '--> queues[5]: thread A (812)
 *      page 4090  flags: locked waiters ---------> queues[5]: thread B (4090)
 *
 * PG_waiters says that somebody may be there, so an unlock that nobody waits for looks
 * at no queue.  It wakes all of the queue, strangers of other pages too: everybody tries
 * again, and a thread that fails sets the flag of its page anew.
 *
 * Worked example.  A holds page 812, B wants it.
 *      B: tries: locked.  Enters queues[5], marks itself asleep.
 *      B: sets PG_waiters, tries again: locked.  schedule().
 *      A: unlocks: one subtraction clears the bit and returns the other flags.  It sees
 *         PG_waiters, clears it, wakes queues[5].
 *      B: sets PG_waiters, tries: taken.  The flag stays and costs one wake-up for nothing.
 * Had A unlocked before B set the flag, B's second try would have succeeded: so no
 * wake-up is lost, whichever of the two comes first.
 *
 * Locks: outside the root anon_vma, inside mmap_lock.  A thread that holds one page lock
 * may only try a second: two that merge the same pair from both ends would wait for
 * each other.
 *
 * Invariants
 *  1. A waiter sets PG_waiters after it is on the queue and before its last try.
 *  2. Whoever unlocks has a reference: the frame cannot become somebody else's between
 *     the clearing of the bit and the look at the queue's flag.
 *
 * Rejected: a spinlock (its holder could not sleep in an rmap walk); an owner in the
 * page (8 bytes; in debug builds the lock checker knows).
 *
 * Deliberately missing: fairness.  All try at once, and the thread that waits longest may
 * lose again; page locks are held briefly.
 *
 * Further reading: Linux's mm/filemap.c, folio_wait_bit_common(), which does hand over.
 */
#include "kernel/core/log.h"
#include "kernel/lib/hash.h"
#include "kernel/sched/lockdep.h"
#include "kernel/sched/wait.h"
#include "mm/space/pagelock.h"

#define NR_QUEUES 32

static struct wait_queue queues[NR_QUEUES];

void pagelock_init(void)
{
	for (u32 i = 0; i < NR_QUEUES; i++)
		wait_queue_init(&queues[i]);
}

static struct wait_queue *page_queue(const struct page *page)
{
	return &queues[hash64((u64)page) % NR_QUEUES];
}

static bool pagelock_try(struct page *page)
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
	return pagelock_try(page);
}

void lock_page(struct page *page)
{
	might_sleep();
	lockdep_acquire(LOCK_PAGE, page, false, LOCK_CALLER);
	if (unlikely(!pagelock_try(page)))
		wait_event(page_queue(page), flag_and_try(page));
}

bool trylock_page(struct page *page)
{
	if (!pagelock_try(page))
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
		wake_up_all(page_queue(page)); /* those who find the page locked flag it again */
	}
}
