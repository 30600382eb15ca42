/* SPDX-License-Identifier: MIT */
/* Messages in the kernel: letters, and what travels in them. */
#pragma once

#include "kernel/ipc/endpoint.h"

/* A message in the kernel, with a reference to each object whose handle travels in it. */
struct letter {
	struct ipc_message m;
	struct handle carried[IPC_HANDLES]; /* the first IPC_NR_HANDLES of m.flags */
};

/* Hands on what travels with the message. */
static inline void letter_copy_carried(struct letter *to, const struct letter *from)
{
	for (u32 i = 0; i < (from->m.flags & IPC_NR_HANDLES); i++)
		to->carried[i] = from->carried[i];
}
/* Drops what the letter carries. */
void letter_drop(struct letter *letter);

/*
 * A message of the calling process, whose table is given, has been read into the letter: holds the
 * objects of its handles and, of a call, takes the bytes that travel INLINE.  -EINVAL unknown
 * flags, too many handles, a window too long; -EFAULT; of a handle -EBADF, -EINVAL if NOFORK.
 */
int letter_load(struct letter *letter, struct handle_table *table, bool call);
/*
 * Writes the first size bytes of a letter to the calling process, which gets handles
 * to what it carries, with HANDLE_APART (else 0) among its library's own.  -EMFILE, -EFAULT: the
 * objects are dropped.
 */
int letter_unload(struct letter *letter, struct handle_table *table, void *umsg, size_t size,
		  u32 apart);
/* Of a call that is over: what came INLINE goes to window 0.  -EFAULT. */
int letter_give_inline(const struct letter *letter);
