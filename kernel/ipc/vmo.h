/* SPDX-License-Identifier: MIT */
/* Memory objects: bytes that a handle names.  Legend: (c) constant after creation. */
#pragma once

#include "kernel/ipc/handle.h"
#include "mm/object/filemap.h"

struct connection;
struct endpoint;

struct vmo_object {
	struct object object;
	struct filemap map;
	struct connection *pager; /* (c) counted; null: none */
};

/* An object of size zero bytes; one reference.  -EFBIG above FILEMAP_MAX, -ENOMEM (ERR_PTR). */
struct vmo_object *vmo_create(u64 size);
/*
 * The same, but what the object holds comes from a pager: page by page, when it is needed, it is
 * asked for at the endpoint, with this badge.  -EFBIG, -ENOMEM (ERR_PTR).
 */
struct vmo_object *vmo_create_paged(u64 size, struct endpoint *ep, u64 badge);
/*
 * Enters n bytes at ubuf into the object for which the call with this token waits, from the page on
 * that it needs.  -ESRCH nobody waits; else as filemap_supply().
 */
int vmo_supply(struct endpoint *ep, u64 token, const void *ubuf, u64 n);
/* An object over size bytes at the page-aligned phys, which stay where they are.  NULL if short. */
struct vmo_object *vmo_create_module(u64 phys, u64 size);

static inline struct vmo_object *to_vmo_object(struct object *object)
{
	return container_of(object, struct vmo_object, object);
}
