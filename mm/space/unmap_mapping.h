/* SPDX-License-Identifier: MIT */
/* Unmapping pages of a memory object wherever they are.  Theory: unmap_mapping.c. */
#pragma once

#include "mm/vmo.h"

/*
 * Unmaps the object's pages [first, last] in every area that shows them, and flushes; with copies
 * also what private areas have in their place.  Whoever maps one of them later has seen what the
 * caller changed of the object before.  The caller holds the object, no mmap_lock, at most a page
 * lock.  Sleeps.
 */
void unmap_mapping_range(struct vmo *vmo, u64 first, u64 last, bool copies);
