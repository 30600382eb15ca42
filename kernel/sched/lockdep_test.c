/* SPDX-License-Identifier: MIT */
/* Tests that the lock checker reports what it should, and only that. */
#include "kernel/sched/lockdep.h"

#if CONFIG_LOCKDEP

#include "kernel/core/ktest.h"
#include "kernel/sched/rwsem.h"

static int objects[2]; /* their addresses stand for locks that nobody else knows */

static void take(enum lock_class lock_class, int i)
{
	lockdep_acquire(lock_class, &objects[i], false, LOCK_CALLER);
}

static void try(enum lock_class lock_class, int i)
{
	lockdep_acquire(lock_class, &objects[i], true, LOCK_CALLER);
}

static void drop(enum lock_class lock_class, int i)
{
	lockdep_release(lock_class, &objects[i], LOCK_CALLER);
}

/* Runs the statement without and counts its reports. */
#define REPORTS(expected, statement) \
	do { \
		u32 seen_; \
		lockdep_dry_run_begin(); \
		statement; \
		seen_ = lockdep_dry_run_end(); \
		KT_CHECK(seen_ == (expected), "expected %d reports, seen %u: %s", expected, seen_, \
			 #statement); \
	} while (0)

KTEST(lockdep_knows_the_order)
{
	take(LOCK_MMAP, 0);
	REPORTS(0, take(LOCK_ANON_VMA, 1));
	drop(LOCK_ANON_VMA, 1);
	REPORTS(1, take(LOCK_SCANNER, 1));
	drop(LOCK_SCANNER, 1);
	REPORTS(0, try(LOCK_SCANNER, 1));
	drop(LOCK_SCANNER, 1);
	drop(LOCK_MMAP, 0);
}

KTEST(lockdep_knows_spinlocks)
{
	take(LOCK_PTE_TABLE, 0);
	REPORTS(1, take(LOCK_MM_TABLES, 1));
	drop(LOCK_MM_TABLES, 1);
	REPORTS(1, take(LOCK_ANON_VMA, 1));
	drop(LOCK_ANON_VMA, 1);
	REPORTS(0, take(LOCK_PTE_TABLE, 1)); /* SAME: fork nests them */
	drop(LOCK_PTE_TABLE, 1);
	drop(LOCK_PTE_TABLE, 0);
}

KTEST(lockdep_counts_one_of_a_class)
{
	take(LOCK_PROC_TREE, 0);
	REPORTS(1, take(LOCK_PROC_TREE, 1));
	drop(LOCK_PROC_TREE, 1);
	REPORTS(1, take(LOCK_PROC_TREE, 0));
	drop(LOCK_PROC_TREE, 0);
	drop(LOCK_PROC_TREE, 0);
	REPORTS(1, drop(LOCK_PROC_TREE, 0));
}

KTEST(lockdep_knows_interrupts)
{
	u64 flags;

	REPORTS(1, take(LOCK_BUDDY, 0)); /* IRQ class, interrupts on */
	drop(LOCK_BUDDY, 0);
	flags = irq_save();
	REPORTS(0, take(LOCK_BUDDY, 0));
	drop(LOCK_BUDDY, 0);
	REPORTS(1, take(LOCK_PTE_TABLE, 0)); /* its holder may wait for this CPU's answer */
	drop(LOCK_PTE_TABLE, 0);
	REPORTS(0, try(LOCK_PTE_TABLE, 0));
	drop(LOCK_PTE_TABLE, 0);
	irq_restore(flags);
}

KTEST(lockdep_watches_sleep)
{
	take(LOCK_PROC_TREE, 0);
	REPORTS(1, lockdep_assert_may_schedule());
	REPORTS(1, lockdep_assert_none_held("a test ends"));
	drop(LOCK_PROC_TREE, 0);
	REPORTS(0, lockdep_assert_may_schedule());
	REPORTS(0, lockdep_assert_none_held("a test ends"));
}

#endif
