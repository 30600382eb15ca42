/* SPDX-License-Identifier: MIT */
/* An accident made to order: the test of double faults asks for it by KCTL_KSTACK_OVERFLOW. */
#include <abi/errno.h>
#include "kernel/proc/traps.h"

#if CONFIG_LOCKDEP
/* Uses up the stack; returns only in theory, so that the compiler sees no endless recursion. */
static __noinline u64 recurse(volatile u64 *above)
{
	volatile u64 frame[32];

	frame[0] = *above + 1;
	return *above ? recurse(frame) + frame[0] : 0;
}

s64 overflow_kernel_stack(void)
{
	volatile u64 first = 1;

	return recurse(&first);
}
#else
s64 overflow_kernel_stack(void)
{
	return -EINVAL;
}
#endif
