/* SPDX-License-Identifier: MIT */
/* A host thread plays a CPU. */
#pragma once

#include "kernel/lib/types.h"

#define MAXCPU 8

extern __thread u32 host_cpu;

static inline u32 cpu_id(void)
{
	return host_cpu;
}
