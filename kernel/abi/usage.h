/* SPDX-License-Identifier: MIT */
/* What threads have used so far; usage(who, buf) and wait4() tell it. */
#pragma once

#include <stdint.h>

struct usage {
	uint64_t cpu_ns;
	uint64_t minor_faults; /* done at once */
	uint64_t major_faults; /* that waited for a pager */
};

#define USAGE_SELF     0    /* all threads of the caller's process, those that have ended too */
#define USAGE_CHILDREN (-1) /* children that were waited for, and what they say of theirs */
#define USAGE_THREAD   1
