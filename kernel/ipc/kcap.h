/* SPDX-License-Identifier: MIT */
/* KCAP: a handle to the kernel's own authorities, as the bits KCAP_* of <abi/kernel.h>. */
#pragma once

#include <abi/kernel.h>
#include "kernel/ipc/handle.h"

/* A new object with these authorities and one reference, or NULL if memory is short. */
struct object *kcap_create(u32 authorities);
/*
 * 0 if the handle is a KCAP that holds the authority; in this order -EBADF no
 * such handle, -EINVAL not a KCAP, -EPERM the authority is missing.
 */
int kcap_check(struct handle_table *table, int handle, u32 authority);
