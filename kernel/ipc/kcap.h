/* SPDX-License-Identifier: MIT */
/* A handle to the kernel's own authorities, as the bits KCAP_* of <abi/kernel.h>. */
#pragma once

#include "kernel/ipc/handle.h"

/*
 * A new KCAP handle with these authorities.  stream: where write() to it and to its copies goes,
 * KLOG_OUT or KLOG_ERR.  -EMFILE table full.
 */
int kcap_install(struct handle_table *table, u32 authorities, int stream);
/* The stream of a KCAP handle, or as kcap_check() with no authority. */
int kcap_stream(struct handle_table *table, int handle);
/*
 * 0 if the handle is a KCAP that holds the authorities; in this order -EBADF no
 * such handle, -EINVAL not a KCAP, -EPERM an authority is missing.
 */
int kcap_check(struct handle_table *table, int handle, u32 authorities);
