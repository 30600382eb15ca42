/* SPDX-License-Identifier: MIT */
/*
 * Memory objects: bytes that a handle names.  Either a boot module (its frames
 * are there already, read only) or frames of its own, that come with the first
 * write to them: what was never written reads as zeros.
 */
#pragma once

#include "kernel/ipc/handle.h"
#include "kernel/x86/layout.h"

#define VMO_LEVELS   2 /* of tables above the data */
#define VMO_FANOUT   (PAGE_SIZE / sizeof(void *))
#define VMO_MAX_SIZE (VMO_FANOUT * VMO_FANOUT * PAGE_SIZE) /* 1 GiB */

/* One frame: a root points to leaves, a leaf to frames of data. */
struct vmo_table {
	void *frame[VMO_FANOUT]; /* (a) set once */
};

struct vmo {
	struct object object;
	u64 size;		/* (c) bytes */
	u64 phys;		/* (c) boot module: its page-aligned physical address */
	struct vmo_table *root; /* (c) own frames; null for a boot module */
	atomic64_t frames;	/* (a) of its own, tables included */
};

/* An object of size zero bytes; one reference.  -EFBIG above VMO_MAX_SIZE, -ENOMEM (ERR_PTR). */
struct vmo *vmo_create(u64 size);
/* An object over size bytes at the page-aligned phys, which stay where they are.  NULL if short. */
struct vmo *vmo_create_module(u64 phys, u64 size);

static inline struct vmo *to_vmo(struct object *object)
{
	return container_of(object, struct vmo, object);
}

/*
 * The kernel's address of byte offset, good to the end of its page; NULL where
 * nothing was ever written.  offset below the size.
 */
const void *vmo_data(struct vmo *vmo, u64 offset);
/* The same for writing, a frame of zeros where there was none; NULL if memory is short.  Own frames. */
void *vmo_make_data(struct vmo *vmo, u64 offset);
/* Copies [offset, offset + n) to kernel memory.  -EINVAL: not all of it lies inside. */
int vmo_read_kernel(struct vmo *vmo, u64 offset, void *buf, size_t n);

/*
 * The frames of the objects in a handle table; an object that others hold too
 * counts in part, evenly.  Takes the table's lock.
 */
u64 vmo_frames_held(struct handle_table *table);

/*
 * Copy between the object and user memory; the number of bytes done, less than
 * n at the end of the object.  Both return what was done if only part could be.
 * Read: 0 at and beyond the end, -EFAULT.  Write: -EFBIG at and beyond the end,
 * -EFAULT, -ENOMEM; the object must have frames of its own.  Both stop early
 * (-EINTR) when the caller is to die.  May sleep.
 */
s64 vmo_read(struct vmo *vmo, u64 offset, void *ubuf, size_t n);
s64 vmo_write(struct vmo *vmo, u64 offset, const void *ubuf, size_t n);
