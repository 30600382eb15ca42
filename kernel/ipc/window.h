/* SPDX-License-Identifier: MIT */
/* Windows: memory of a client that its server may read or write while the client waits. */
#pragma once

#include "kernel/ipc/endpoint.h"

/*
 * Copies n bytes between a client's window, at IPC_AT(), and pos: an address of
 * the caller, or a place in the memory object; in the direction that the client
 * allows.  Bytes done, or -ESRCH the client waits no more; -EINVAL not all inside
 * window and object, -EACCES to the object; if nothing was done -EFAULT, -ENOMEM.
 */
s64 window_copy(struct endpoint *ep, u64 token, u64 at, struct handle *vmo, u64 pos, u64 n);
