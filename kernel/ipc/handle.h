/* SPDX-License-Identifier: MIT */
/*
 * Kernel objects and the per-process table of handles to them.  A handle is a
 * small non-negative integer: it is the POSIX file descriptor.
 *
 * Legend: (a) atomic; (c) constant after creation; (h) the table's lock, a leaf:
 * look up, take a reference, drop; (e) ipc_lock.
 */
#pragma once

#include <abi/errno.h>
#include <abi/ipc.h>
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"

#define MAX_HANDLES	   256	 /* of a program */
#define MAX_SERVER_HANDLES 32768 /* of a server, which has some for each client */
#define NR_OWN		   17	 /* from HANDLE_OWN on */
#define NR_OWN_ANY	   16	 /* of these, where HANDLE_APART puts what comes */

enum object_type { OBJ_VMO, OBJ_KCAP, OBJ_ENDPOINT, OBJ_CONNECTION, OBJ_IRQ };

/* What every object begins with. */
struct object {
	/* (c) The last reference has gone: frees the object.  No spinlock held. */
	void (*destroy)(struct object *object);
	enum object_type type; /* (c) */
	atomic_t refcount;     /* (a) handles, and users for the time of a system call */
};

#define HANDLE_CLOEXEC 0x1 /* closed by exec */
#define HANDLE_NOFORK  0x2 /* not copied by fork, not sent in a message */
#define HANDLE_APART   0x4 /* to handle_install(): among the library's own, while they have room */

/* One slot; free while object is null. */
struct handle {
	struct object *object; /* (h) counted */
	u16 rights;	       /* (h) RIGHT_* of <abi/ipc.h>; of a KCAP: KCAP_* */
	u16 flags;	       /* (h) HANDLE_CLOEXEC, HANDLE_NOFORK */
};

struct handle_table {
	spinlock_t lock;      /* LOCK_HANDLES */
	u32 used;	      /* (h) slots that have been filled once; the others hold nothing */
	u32 used_near;	      /* (h) of these the ones in the first page */
	u32 lowest;	      /* (h) no slot before it is free */
	u32 size, max;	      /* (h) slots that there are, and how many there may be */
	struct handle *slots; /* (h) the first page of them: MAX_HANDLES */
	struct handle **more; /* (h) null, or by page: the others; the first one is not used */
	struct handle own[NR_OWN]; /* (h) handles from HANDLE_OWN on */
	/* (h) KCAP_*: no KCAP here has another right; never grows, copied by fork */
	u16 bounding_set;
	/* (h) the rights of the KCAP in HANDLE_KCAP, 0 without; read without the lock */
	u16 authorities;
	u32 closed; /* (e) closed connections that wait at endpoints of the process */
};

/* Starts an object's life with one reference, the caller's. */
void object_init(struct object *object, enum object_type type,
		 void (*destroy)(struct object *object));
/* Takes one more reference to an object that the caller can reach. */
static inline void object_get(struct object *object)
{
	atomic_inc(&object->refcount);
}
/* Drops a reference; the last one destroys the object.  No spinlock held. */
static inline void object_put(struct object *object)
{
	if (atomic_dec_and_test(&object->refcount))
		object->destroy(object);
}
/* For __put_object: drops the reference unless it is an error. */
static inline void object_put_cleanup(struct object **object)
{
	if (!IS_ERR(*object))
		object_put(*object);
}
/* Of a variable for what handle_get() gives: puts the object at the end of the block. */
#define __put_object __cleanup(object_put_cleanup)

/* An empty table.  -ENOMEM. */
int handle_table_init(struct handle_table *table);
/* Makes *dst a copy of src but for NOFORK handles.  -ENOMEM, nothing to undo. */
int handle_table_clone(struct handle_table *dst, struct handle_table *src);
/* Closes everything and frees the slots.  Others may still look, and find an empty table. */
void handle_table_destroy(struct handle_table *table);
/* Lets the table grow, as it is filled, to MAX_SERVER_HANDLES. */
void handle_table_widen(struct handle_table *table);
/* The page of slots in which that of this number is, of those that there are. */
static inline struct handle *handle_page(const struct handle_table *table, u32 handle)
{
	return likely(handle < MAX_HANDLES) ? table->slots : table->more[handle / MAX_HANDLES];
}
/* Closes the CLOEXEC handles. */
void handle_table_exec(struct handle_table *table);

/*
 * Gives the object the lowest free handle, which is returned; with HANDLE_APART the lowest
 * from HANDLE_OWN on.  Takes over the caller's reference, which is dropped on failure.
 * -EMFILE table full, or no memory for a larger one.
 */
int handle_install(struct handle_table *table, struct object *object, u32 rights, u32 flags);
/*
 * The object that a handle names, with a reference for the caller; in this order
 * -EBADF no such handle, -EINVAL another type, -EACCES a right is missing
 * (as ERR_PTR).
 */
struct object *handle_get(struct handle_table *table, int handle, enum object_type type,
			  u32 rights);
/*
 * The slot of a handle that may leave the process, with a reference to its
 * object for the caller.  -EBADF; -EINVAL a NOFORK handle.
 */
int handle_copy(struct handle_table *table, int handle, struct handle *copy);
/* Closes a handle.  -EBADF. */
int handle_close(struct handle_table *table, int handle);
/*
 * Makes `to` another handle for the same object and returns it, closing what it
 * was before; -1 asks for the lowest free one below HANDLE_OWN.  CLOEXEC is not copied.
 * -EBADF: no such handle, or `to` outside the slots that there are; -EMFILE: nothing changed.
 */
int handle_dup(struct handle_table *table, int handle, int to);
/*
 * Takes these authorities (KCAP_*) out of the bounding set, and from each KCAP in the table.  One
 * that comes later, however it comes, loses them on its way in.
 */
void handle_drop_authorities(struct handle_table *table, u32 authorities);
/* Makes exec close the handle (on = 1) or not (0); -1: no change.  What was so before; -EBADF. */
int handle_cloexec(struct handle_table *table, int handle, int on);
