/* SPDX-License-Identifier: MIT */
/* For in-kernel tests: threads that are started together and waited for. */
#pragma once

#include "kernel/sched/rwsem.h"

struct crew {
	spinlock_t lock;       /* WAITQ */
	int at_work;	       /* (lock) threads that have not ended */
	void (*fn)(void *arg); /* (c) */
	void *arg;	       /* (c) */
};

/* Starts n threads of the class that each run fn(arg); crew_join() must follow. */
void crew_start(struct crew *c, int n, enum sched_class sched_class, void (*fn)(void *), void *arg);
/* Starts one more thread of the same kind on the CPUs of the mask. */
void crew_add(struct crew *c, enum sched_class sched_class, u64 affinity);
/* Waits until all have ended; looks every tick.  The crew may go away afterwards. */
void crew_join(struct crew *c);
