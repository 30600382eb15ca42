/* SPDX-License-Identifier: MIT */
/*
 * Messages between programs: see <abi/ipc.h> for what one holds.  All return -1
 * and errno on failure.
 */
#pragma once

#include <abi/ipc.h>
#include <sys/types.h>

/* A handle to a new endpoint, at which this process receives; fork does not copy it. */
int mg_endpoint_create(void);
/* A handle to a new connection to the endpoint; rights RIGHT_CALL, RIGHT_NOTIFY. */
int mg_connect(int endpoint, uint64_t badge, unsigned int rights);
/*
 * Makes `to` another handle for what `handle` is, closing what it was; -1: the lowest free one.
 * Unlike dup2() it reaches the library's own (HANDLE_OWN).
 */
int mg_handle_dup(int handle, int to);
/* Sends the message and waits for the reply, which takes its place: 0. */
int mg_call(int connection, struct ipc_message *msg);
/* Waits for a message, at most timeout ns (IPC_FOREVER): its enum ipc_type. */
int mg_recv(int endpoint, struct ipc_message *msg, uint64_t timeout);
/* Answers the call whose token msg bears: 0; ESRCH: the caller has gone. */
int mg_reply(int endpoint, const struct ipc_message *msg);
/* mg_reply(), and if that has succeeded mg_recv(). */
int mg_reply_recv(int endpoint, struct ipc_message *msg, uint64_t timeout);
/* Sets bits in the notification word of the connection's endpoint. */
int mg_notify(int connection, uint64_t bits);
/*
 * Copies n bytes between the window of the client who waits with this token, from
 * offset on, and buf, or a memory object: in the direction that the client allows
 * (IPC_WRITABLE).  The bytes done.
 */
ssize_t mg_ipc_copy(int endpoint, uint64_t token, int window, size_t offset, void *buf, size_t n);
ssize_t mg_ipc_vmo_copy(int endpoint, uint64_t token, int window, size_t offset, int vmo,
			off_t vmo_offset, size_t n);
