/* SPDX-License-Identifier: MIT */
/* Spinlocks of debug builds: they check which CPU holds them, and tell the lock checker. */
#include "kernel/core/spinlock.h"
#include "kernel/core/lock_hooks.h"

#if CONFIG_LOCKDEP

struct lock_hooks lock_hooks;

#define CALLER ((u64)__builtin_return_address(0))

void spin_lock(spinlock_t *lock)
{
	if (spin_is_held(lock))
		panic("spinlock %p is taken twice by the same CPU", (void *)lock);
	if (likely(lock_hooks.acquire))
		lock_hooks.acquire(lock->lock_class, lock, false, CALLER);
	ticket_lock(lock);
	WRITE_ONCE(lock->holder, cpu_id() + 1);
	this_cpu()->spin_depth++;
}

void spin_unlock(spinlock_t *lock)
{
	if (!spin_is_held(lock))
		panic("spinlock %p is released by a CPU that does not hold it", (void *)lock);
	WRITE_ONCE(lock->holder, 0);
	this_cpu()->spin_depth--;
	ticket_unlock(lock);
	if (likely(lock_hooks.release))
		lock_hooks.release(lock->lock_class, lock, CALLER);
}

bool spin_is_held(const spinlock_t *lock)
{
	return READ_ONCE(lock->holder) == cpu_id() + 1;
}

#endif
