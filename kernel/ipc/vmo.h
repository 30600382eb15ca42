/* SPDX-License-Identifier: MIT */
/* Memory objects: bytes that a handle names. */
#pragma once

#include "kernel/ipc/handle.h"
#include "mm/cache/filemap.h"

struct vmo {
	struct object object;
	struct filemap map;
};

/* An object of size zero bytes; one reference.  -EFBIG above FILEMAP_MAX, -ENOMEM (ERR_PTR). */
struct vmo *vmo_create(u64 size);
/* An object over size bytes at the page-aligned phys, which stay where they are.  NULL if short. */
struct vmo *vmo_create_module(u64 phys, u64 size);

static inline struct vmo *to_vmo(struct object *object)
{
	return container_of(object, struct vmo, object);
}

/*
 * The frames of the objects in a handle table; an object that others hold too
 * counts in part, evenly.  Takes the table's lock.
 */
u64 vmo_frames_held(struct handle_table *table);
