/* SPDX-License-Identifier: MIT */
/* Limits of a process, with Linux's numbers; the kernel keeps those of its address space. */
#pragma once

#include <stdint.h>

#define RLIMIT_DATA    2
#define RLIMIT_STACK   3
#define RLIMIT_MEMLOCK 8
#define RLIMIT_AS      9
#define RLIM_NLIMITS   16

#define RLIM_INFINITY (~0ul)

struct rlimit {
	unsigned long rlim_cur, rlim_max;
};
