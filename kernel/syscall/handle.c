/* SPDX-License-Identifier: MIT */
/* System calls on handles, whatever they name. */
#include "kernel/syscall/handle.h"
#include "kernel/syscall/syscall.h"

s64 install_object(struct object *object, u32 rights, u32 flags)
{
	if (!object)
		return -ENOMEM;
	if (IS_ERR(object))
		return PTR_ERR(object);
	return handle_install(my_handles(), object, rights, flags);
}

/* -EBADF no such handle. */
s64 sys_handle_close(int handle)
{
	return handle_close(my_handles(), handle);
}

/* As handle_dup(). */
s64 sys_handle_dup(int handle, int to)
{
	return handle_dup(my_handles(), handle, to);
}

/* As handle_cloexec(); -EINVAL: on is none of -1, 0, 1. */
s64 sys_handle_cloexec(int handle, int on)
{
	if (on < -1 || on > 1)
		return -EINVAL;
	return handle_cloexec(my_handles(), handle, on);
}
