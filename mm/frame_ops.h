/* SPDX-License-Identifier: MIT */
/* A frame by its number: what it is, and what may be done to it.  Theory: frame_ops.c. */
#pragma once

#include <abi/kernel.h>
#include "kernel/lib/types.h"

/*
 * Does one of KCTL_FRAME_* to frame pfn, as <abi/kernel.h> says.  -EFAULT beyond the last frame;
 * -EINVAL a value that is none, or no operation on a frame.  Sleeps; no lock held.
 */
s64 frame_op(enum kctl_op op, u64 pfn, u64 arg);
