/* SPDX-License-Identifier: MIT */
/*
 * Tests of the page lock: that it excludes, that no wake-up is lost, that the lock
 * checker follows it.
 *
 * THEORY
 *
 * Four threads take the same page's lock 400 times each, and count how many are inside:
 *
 *      lock, holders++ (was 0?), sometimes sched_yield(), holders--, unlock
 *
 * The yield lets others find the page locked and go to sleep; so the queue, the flag
 * PG_waiters and the wake-up are all in use.  A lost wake-up is a test that never ends;
 * afterwards nobody waits, and the flag should say so.
 *
 * Worked example.  With the wake-up taken out of unlock_page() the second thread sleeps
 * for ever at its first contention, and crew_join() with it.
 *
 * The lock checker is told of page locks like of any other, but two rules are theirs: a
 * second one may only be tried, and since another context may release a page lock, one
 * that is no longer locked is no longer held.
 *
 * Deliberately missing: page locks under merging and forking at once (user/tests).
 */
#include "kernel/core/ktest.h"
#include "kernel/sched/crew_test.h"
#include "kernel/sched/lockdep.h"
#include "mm/frame/page_alloc.h"
#include "mm/space/pagelock.h"

static int holders; /* threads in the critical section */

static void lock_page_often(void *arg)
{
	struct page *page = arg;

	for (int i = 0; i < 400; i++) {
		lock_page(page);
		int others = holders++;

		KT_CHECK(others == 0, "%d others hold the page", others);
		if (i % 40 == 0)
			sched_yield();
		holders--;
		unlock_page(page);
	}
}

KTEST(page_lock_excludes)
{
	struct page *page = alloc_pages(0);
	struct crew crew;
	bool got;

	KT_CHECK(page, "no frame");
	if (!page)
		return;
	crew_start(&crew, 4, SCHED_NORMAL, lock_page_often, page);
	crew_join(&crew);
	KT_CHECK(!PageLocked(page) && !page_flag(page, PG_waiters), "flags %lx", page->flags);
	got = trylock_page(page);
	KT_CHECK(got, "a free page was not locked");
	if (got)
		unlock_page(page);
	free_pages(page, 0);
}

#if CONFIG_LOCKDEP

/* Locks the page; the lock checker is to complain so many times. */
static void lock_reported(struct page *page, u32 expected)
{
	u32 seen;

	lockdep_dry_run_begin();
	lock_page(page);
	seen = lockdep_dry_run_end();
	KT_CHECK(seen == expected, "expected %u reports, seen %u", expected, seen);
}

/* A second page lock may only be tried; one that somebody else has released is forgotten. */
KTEST(lockdep_follows_page_locks)
{
	struct page *a = alloc_pages(0), *b = alloc_pages(0);
	bool got;

	KT_CHECK(a && b, "no frames");
	if (!a || !b)
		return;
	lock_reported(a, 0);
	lockdep_dry_run_begin();
	got = trylock_page(b);
	KT_CHECK(!lockdep_dry_run_end(), "a page lock that was only tried was reported");
	if (got)
		unlock_page(b);
	lock_reported(b, 1);
	unlock_page(b);
	page_clear_flag(a, PG_locked); /* as if released by another thread */
	lock_reported(b, 0);
	unlock_page(b);
	free_pages(a, 0);
	free_pages(b, 0);
}

#endif
