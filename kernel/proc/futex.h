/* SPDX-License-Identifier: MIT */
/* futex: sleeping until a word in user memory has another value. */
#pragma once

#include "kernel/lib/types.h"

/* Makes the queues.  Boot. */
void futex_init(void);
/*
 * Sleeps, at most ns, if *word is `value`, until a futex_wake().  -EAGAIN: it is not;
 * -ETIMEDOUT; -EINTR a signal; -EINVAL not aligned; -EFAULT.
 */
int futex_wait(int *word, int value, u64 ns);
/*
 * Wakes the first n that wait for this word; how many there were.  -EINVAL not aligned;
 * -EFAULT.
 */
int futex_wake(int *word, int n);
