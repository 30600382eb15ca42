/* SPDX-License-Identifier: MIT */
/* What the system calls do with handles of the calling process, before and after their work. */
#pragma once

#include "kernel/ipc/kcap.h"
#include "kernel/proc/process.h"

/*
 * The object that a handle of the caller names: handle_get().  The system call keeps it in a
 * variable marked __put_object and tests it with IS_ERR(): so it is given back whichever way the
 * call returns.
 */
static inline struct object *get_object(int handle, enum object_type type, u32 rights)
{
	return handle_get(my_handles(), handle, type, rights);
}

/* 0 if the caller's handle carries the authorities (KCAP_*), else as kcap_check(). */
static inline int check_authority(int kcap, u32 authorities)
{
	return kcap_check(my_handles(), kcap, authorities);
}

/*
 * A handle of the caller to a new object, whose reference goes with it; or the error that the
 * object is (ERR_PTR), -ENOMEM if it is null, -EMFILE.
 */
s64 install_object(struct object *object, u32 rights, u32 flags);
