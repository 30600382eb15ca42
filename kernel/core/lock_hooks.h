/* SPDX-License-Identifier: MIT */
/* Between the spinlocks of debug builds and the lock checker above (kernel/sched/lockdep.c). */
#pragma once

#include "kernel/core/lockorder.h"
#include "kernel/lib/types.h"

#define HELD_LOCKS_MAX 16

/* The lock checker's memory of one lock that a thread holds. */
struct held_lock {
	const void *lock;
	u64 ip; /* where it was taken */
	enum lock_class lock_class;
};

/* What the lock checker wants to know of spinlocks; null until it runs. */
struct lock_hooks {
	/* About to take lock (tried: it has just been taken); ip is the code that asks. */
	void (*acquire)(enum lock_class lock_class, const void *lock, bool tried, u64 ip);
	void (*release)(enum lock_class lock_class, const void *lock, u64 ip);
};
extern struct lock_hooks lock_hooks;
