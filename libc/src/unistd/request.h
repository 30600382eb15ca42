/* SPDX-License-Identifier: MIT */
/*
 * A file descriptor is a handle of the kernel: a connection, which is an open file
 * of some server (<mg/io.h>); or what a program starts with, the KCAP (the console)
 * and a memory object (standard input that is no terminal).  Unlike POSIX, the
 * offset in a memory object is kept here, in the process: fork copies it and exec
 * starts again at 0.
 */
#pragma once

#include <mg/io.h>
#include <sys/types.h>

#include "sys.h"

/* The handle is no connection: whoever asked looks what else it is. */
#define IO_NO_CONNECTION (-4096l)

#define WINDOW(p) ((uintptr_t)(p))

/* Sends a request: its result or -errno; -EIO if the server has died; IO_NO_CONNECTION. */
long __io_call(int handle, struct ipc_message *m);
/* The same, without doing it again when a signal has ended it. */
static inline long __io_call_once(int handle, struct ipc_message *m)
{
	long ret = sys_ipc_call(handle, m);

	if (ret)
		return ret == -EINVAL ? IO_NO_CONNECTION : ret == -EPIPE ? -EIO : ret;
	return m->op;
}
/* The root of the server of the path, which whole[PATH_MAX] gets in its full form; or -errno. */
long __io_resolve(const char *path, char *whole);
/* A CLOEXEC handle to the bytes of an open file, with these RIGHT_*; else as __io_call(). */
long __io_vmo(int handle, unsigned int rights);
/* Sends it to the server of the path, which becomes window 0: its result or -errno. */
long __io_path(const char *path, struct ipc_message *m);
/* The offset in the memory object fd, or NULL beyond what is tracked. */
off_t *__fd_offset(int fd);
