/* SPDX-License-Identifier: MIT */
/* Settings of the calling process: PR_SET_MEMORY_MERGE, PR_GET_MEMORY_MERGE. */
#pragma once

#include <abi/mman.h>

/*
 * Four arguments follow the option, unsigned long; those that it does not use must be 0.  The
 * macro adds those that a call leaves out.  -1 with EINVAL: unknown option, or one of them not 0;
 * ENOMEM: PR_SET_MEMORY_MERGE, 0 found no frames to part merged pages with.
 */
int prctl(int option, ...);
#define __prctl_five(option, a, b, c, d, ...) \
	(prctl)(option, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), \
		(unsigned long)(d))
#define prctl(...) __prctl_five(__VA_ARGS__, 0, 0, 0, 0, 0)
