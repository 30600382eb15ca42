/* SPDX-License-Identifier: MIT */
/* <mg/ipc.h>: messages. */
#include <mg/ipc.h>

#include "sys.h"

SYS_FUNCTION(int, mg_endpoint_create, endpoint_create(0), void)
SYS_FUNCTION(int, mg_connect, connect(endpoint, badge, (int)rights), int endpoint, uint64_t badge,
	     unsigned int rights)
SYS_FUNCTION(int, mg_handle_dup, handle_dup(handle, to), int handle, int to)
SYS_FUNCTION(int, mg_call, ipc_call(connection, msg), int connection, struct ipc_message *msg)
SYS_FUNCTION(int, mg_recv, ipc_recv(endpoint, msg, timeout), int endpoint, struct ipc_message *msg,
	     uint64_t timeout)
SYS_FUNCTION(int, mg_reply, ipc_reply(endpoint, msg), int endpoint, const struct ipc_message *msg)
SYS_FUNCTION(int, mg_reply_recv, ipc_reply_recv(endpoint, msg, timeout), int endpoint,
	     struct ipc_message *msg, uint64_t timeout)
SYS_FUNCTION(int, mg_notify, ipc_notify(connection, bits), int connection, uint64_t bits)
SYS_FUNCTION(ssize_t, mg_ipc_copy, ipc_copy(endpoint, token, IPC_AT(window, offset), buf, n),
	     int endpoint, uint64_t token, int window, size_t offset, void *buf, size_t n)
SYS_FUNCTION(ssize_t, mg_ipc_vmo_copy,
	     ipc_vmo_copy(endpoint, token, IPC_AT(window, offset), vmo, (size_t)vmo_offset, n),
	     int endpoint, uint64_t token, int window, size_t offset, int vmo, off_t vmo_offset,
	     size_t n)
