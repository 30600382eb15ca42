/* SPDX-License-Identifier: MIT */
/* <mg/ipc.h>: messages. */
#include <mg/ipc.h>

#include "sys.h"

int mg_endpoint_create(void)
{
	return (int)sys_ret(sys_endpoint_create());
}

int mg_connect(int endpoint, uint64_t badge, unsigned int rights)
{
	return (int)sys_ret(sys_connect(endpoint, badge, (int)rights));
}

int mg_call(int connection, struct ipc_message *msg)
{
	return (int)sys_ret(sys_ipc_call(connection, msg));
}

int mg_recv(int endpoint, struct ipc_message *msg, uint64_t timeout)
{
	return (int)sys_ret(sys_ipc_recv(endpoint, msg, timeout));
}

int mg_reply(int endpoint, const struct ipc_message *msg)
{
	return (int)sys_ret(sys_ipc_reply(endpoint, msg));
}

int mg_reply_recv(int endpoint, struct ipc_message *msg, uint64_t timeout)
{
	return (int)sys_ret(sys_ipc_reply_recv(endpoint, msg, timeout));
}

int mg_notify(int connection, uint64_t bits)
{
	return (int)sys_ret(sys_ipc_notify(connection, bits));
}

ssize_t mg_ipc_copy(int endpoint, uint64_t token, int window, size_t offset, void *buf, size_t n)
{
	return sys_ret(sys_ipc_copy(endpoint, token, IPC_AT(window, offset), buf, n));
}

ssize_t mg_ipc_vmo_copy(int endpoint, uint64_t token, int window, size_t offset, int vmo,
			off_t vmo_offset, size_t n)
{
	return sys_ret(sys_ipc_vmo_copy(endpoint, token, IPC_AT(window, offset), vmo,
					(size_t)vmo_offset, n));
}
