/* SPDX-License-Identifier: MIT */
/* Messages between programs: what `call`, `recv` and `reply` carry. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What the holder of a handle may do with the object. */
#define RIGHT_READ   0x01 /* memory object, endpoint: recv, reply, copy */
#define RIGHT_WRITE  0x02 /* memory object; endpoint: connect */
#define RIGHT_EXEC   0x04
#define RIGHT_CALL   0x08 /* connection */
#define RIGHT_NOTIFY 0x10 /* connection */
#define RIGHT_RESIZE 0x20 /* memory object */
#define RIGHT_ALL    0x3f
/* No right: asks endpoint_create and connect for a handle from HANDLE_OWN on. */
#define RIGHT_APART 0x40

#define IPC_WORDS      7
#define IPC_HANDLES    4
#define IPC_WINDOWS    2
#define IPC_WINDOW_MAX 65536 /* bytes */

/*
 * flags: how many handles travel, and which windows the server may write; it may read the
 * others.  INLINE: the bytes of window 0, up to 48, travel in word[1] … word[6]: with the
 * call, or if the server writes them with the reply, as many as its op says.  APART, of a call:
 * the handles that come with the reply are to be from HANDLE_OWN on.
 */
#define IPC_NR_HANDLES	0x07
#define IPC_APART	0x08
#define IPC_WRITABLE(n) (0x10u << (n))
#define IPC_INLINE	0x40
#define IPC_FLAGS	0x7f
#define IPC_INLINE_MAX	48
#define IPC_PAGE_IN	0x80 /* by the kernel: a call of type PAGER */

/* What recv and reply_recv return, in order of delivery; PAGER if no MSG came before it. */
enum ipc_type {
	IPC_NOTIFY = 1, /* word[0]: the bits that were set since the last time */
	/* pid needs the page at byte word[0] of the badge's object: vmo_supply(), then reply */
	IPC_PAGER = 2,
	IPC_CLOSED = 3,	 /* badge: the last handle of this connection has gone */
	IPC_UNBLOCK = 4, /* token: a signal came for this caller: answer it soon */
	IPC_MSG = 5,	 /* a call, to be answered with its token */
};

#define IPC_FOREVER (~0ul) /* a timeout, in ns */

/* The place at byte offset of window n, for ipc_copy and ipc_vmo_copy. */
#define IPC_AT(n, offset) ((uint64_t)(n) << 32 | (uint32_t)(offset))

struct ipc_message {
	int32_t op;	/* what is asked; in a reply the status */
	uint32_t flags; /* IPC_NR_HANDLES, IPC_WRITABLE() */
	uint64_t word[IPC_WORDS];
	int32_t handle[IPC_HANDLES]; /* copied: the sender keeps its own */
	uint8_t rights[IPC_HANDLES]; /* of the rights to each handle these go with it */
	uint16_t pid;		     /* filled in by the kernel: the sender */
	uint16_t authorities;	     /* filled in by the kernel: KCAP_*, of its HANDLE_KCAP */
	/* So far it is what a reply changes in the caller's message. */
	uint64_t window[IPC_WINDOWS]; /* address in the client */
	uint32_t window_len[IPC_WINDOWS];
	uint64_t badge; /* filled in by the kernel: of the connection */
	uint64_t token; /* filled in by the kernel: good for one reply */
};

_Static_assert(sizeof(struct ipc_message) == 128, "a message has 128 bytes");

#define IPC_REPLY_SIZE offsetof(struct ipc_message, window)
