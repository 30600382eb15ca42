/* SPDX-License-Identifier: MIT */
/* What kstat() reports of frames and slabs. */
#pragma once

#include <abi/kernel.h>
#include "kernel/lib/types.h"

/* Sets all that is about frames and objects; the machine's own figures stay as they are. */
void frame_stat(struct kstat_mem *st);
/* Figures of the n-th slab cache in order of creation; false if there are not so many. */
bool slab_stat(u32 n, struct kstat_slab *st);
/*
 * Sets states to the enum frame_state of KSTAT_FRAMES_RECORD frames from pfn on; false beyond the
 * last.
 */
bool frame_states(u64 pfn, u8 *states);
