/* SPDX-License-Identifier: MIT */
/* What the files of mm/object share with each other: slots and frames. */
#pragma once

#include "mm/object/filemap.h"

/* In a slot: a page that was cut out where a pager would bring one; it is zeros. */
#define HOLE ((void *)1)

/* Whether a slot of a leaf, or of the root, holds a frame. */
static inline bool is_frame(const void *slot)
{
	return (u64)slot > (u64)HOLE;
}

/* Where page index is entered; NULL: there is no leaf for it.  Good as long as the map is. */
void **filemap_find_slot(const struct filemap *map, u64 index);
/* The same, with a leaf made if there is none; NULL if memory is short. */
void **filemap_get_slot(struct filemap *map, u64 index);
/* The frame in a slot, with a reference for the caller, or NULL. */
struct page *filemap_get_frame(void **slot);
/*
 * A frame is not the map's any more, but for the reference, which the caller puts.  Page lock held,
 * mapped nowhere, in no slot.
 */
void filemap_let_go(struct filemap *map, struct page *page);
/* Has the page of a byte brought, if it is awaited.  As vmo_ops.page_in. */
int filemap_page_in(struct filemap *map, u64 offset);
