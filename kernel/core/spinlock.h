/* SPDX-License-Identifier: MIT */
/*
 * Ticket spinlocks.  Eight bytes, so that one fits into struct page for every
 * page table.  Each lock belongs to a class of kernel/core/lockorder.tbl, the
 * one table that gives the lock order; with CONFIG_LOCKDEP the lock checker
 * (kernel/sched/lockdep.c) is told of every acquire and release,
 * without it a lock and unlock is a handful of instructions in line.
 *
 * A plain spin_lock() leaves interrupts as they are: IPIs are served while
 * spinning and while holding.  A lock that an interrupt handler may take is
 * taken with spin_lock_irqsave() everywhere.
 */
#pragma once

#include "kernel/core/lockorder.h"
#include "kernel/core/log.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/types.h"
#include "kernel/x86/cpu.h"

typedef struct spinlock {
	u16 next;	/* (a) ticket to hand out */
	u16 owner;	/* (a) ticket being served */
	u16 lock_class; /* (c) enum lock_class */
	u16 holder;	/* debug builds: CPU number + 1 while held */
} spinlock_t;

#define SPINLOCK_INIT(which) ((spinlock_t){ .lock_class = (which) })

/* Makes *lock an unlocked lock of the class. */
static inline void spin_lock_init(spinlock_t *lock, enum lock_class lock_class)
{
	*lock = SPINLOCK_INIT(lock_class);
}

/* The bare ticket lock, unknown to the checker: only for what is built on it below. */
static inline void ticket_lock(spinlock_t *lock)
{
	u16 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_ACQUIRE);

	while (unlikely(smp_load_acquire(&lock->owner) != ticket))
		cpu_relax();
}

/* See ticket_lock().  Only the holder writes owner, so no atomic addition is needed. */
static inline void ticket_unlock(spinlock_t *lock)
{
	smp_store_release(&lock->owner, (u16)(lock->owner + 1));
}

#if CONFIG_LOCKDEP

/* Takes the lock, spinning.  Never sleeps; the holder must not sleep either. */
void spin_lock(spinlock_t *lock);
/* Releases a lock that this CPU holds. */
void spin_unlock(spinlock_t *lock);
/* True if this CPU holds the lock (release builds: if anybody does). */
bool spin_is_held(const spinlock_t *lock);

#else

/* The same without checks; the contracts stand above. */
#define spin_lock(lock)	  ticket_lock(lock)
#define spin_unlock(lock) ticket_unlock(lock)

static inline bool spin_is_held(const spinlock_t *lock)
{
	return READ_ONCE(lock->next) != READ_ONCE(lock->owner);
}

#endif

/*
 * As spin_lock(), with interrupts off; returns the old flags for the unlock.  They go off first, or
 * a handler could spin for the lock that it interrupted.
 */
static inline __must_check u64 spin_lock_irqsave(spinlock_t *lock)
{
	u64 flags = irq_save();

	spin_lock(lock);
	return flags;
}

/* Releases the lock, then restores the flags. */
static inline void spin_unlock_irqrestore(spinlock_t *lock, u64 flags)
{
	spin_unlock(lock);
	irq_restore(flags);
}

#define assert_spin_held(lock) ASSERT(spin_is_held(lock))

/* Guards: a variable takes the lock by enter(); at the end of its block name##_exit() is run. */
#define DEFINE_GUARD_EXIT(name, type, leave) \
	static inline void name##_exit(type **lock) \
	{ \
		leave(*lock); \
	}
#define GUARD_VARIABLE(name, type, enter, lock) \
	type *__cleanup(name##_exit) CONCAT(guard_, __LINE__) = ({ \
		type *lock_ = (lock); \
		enter(lock_); \
		lock_; \
	})

DEFINE_GUARD_EXIT(spin_guard, spinlock_t, spin_unlock)
/* Holds the lock until the end of the enclosing block. */
#define SPIN_GUARD(lock) GUARD_VARIABLE(spin_guard, spinlock_t, spin_lock, lock)

/* The same for spin_lock_irqsave(). */
struct irq_guard {
	spinlock_t *lock;
	u64 flags;
};
static inline void irq_guard_exit(struct irq_guard *guard)
{
	spin_unlock_irqrestore(guard->lock, guard->flags);
}
#define IRQ_GUARD(spinlock) \
	struct irq_guard __cleanup(irq_guard_exit) \
		CONCAT(guard_, __LINE__) = { (spinlock), spin_lock_irqsave(spinlock) }
