/* SPDX-License-Identifier: MIT */
/*
 * The lock checker of debug builds: a lock is taken only in the order of
 * kernel/core/lockorder.tbl, in the context that its kind asks for, and nothing
 * sleeps with a spinlock held.  A report names both chains and panics.
 */
#pragma once

#include "kernel/core/lockorder.h"
#include "kernel/sched/thread.h"

#define LOCK_CALLER ((u64)__builtin_return_address(0))

#if CONFIG_LOCKDEP

/* Starts checking.  No lock is held. */
void lockdep_init(void);
/* The caller is about to take lock (tried: has just got it); ip says where, for reports. */
void lockdep_acquire(enum lock_class lock_class, const void *lock, bool tried, u64 ip);
/* The caller gives lock back.  A page lock may have been taken by somebody else. */
void lockdep_release(enum lock_class lock_class, const void *lock, u64 ip);
/* Panics if the caller holds a lock; what says in words when that is. */
void lockdep_assert_none_held(const char *what);
/* Panics if a thread must not leave the CPU here. */
void lockdep_assert_may_schedule(void);

/*
 * For the checker's own tests: from begin on, reports about the calling thread
 * are counted instead of ending the machine; end returns how many there were.
 */
void lockdep_dry_run_begin(void);
/* See lockdep_dry_run_begin(). */
u32 lockdep_dry_run_end(void);

#else

/*
 * Without the checker only the number of mutexes and rwsems held is kept: a debugger tells by it
 * whether a thread is in the middle of something.
 */
static inline void lockdep_count(enum lock_class lock_class, int n)
{
	if (lock_class != LOCK_PAGE)
		current->held_locks += n;
}
#define lockdep_acquire(lock_class, lock, tried, ip) ((void)(ip), lockdep_count(lock_class, 1))
#define lockdep_release(lock_class, lock, ip)	     lockdep_count(lock_class, -1)
#define lockdep_init()				     ((void)0)
#define lockdep_assert_none_held(what)		     ((void)0)
#define lockdep_assert_may_schedule()		     ((void)0)

#endif
