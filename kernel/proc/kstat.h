/* SPDX-License-Identifier: MIT */
/* Counters for programs: what kstat() reports. */
#pragma once

#include <abi/kernel.h>
#include "kernel/lib/types.h"

/*
 * Copies the figures to the user's buf and returns their size in bytes.  PROCS
 * and SLABS give as many records as fit.  -EINVAL: no such figures, or a buffer
 * smaller than (one of) them; -EFAULT.
 */
s64 kstat_read(int what, void *ubuf, u64 size);
