/* SPDX-License-Identifier: MIT */
/*
 * A file descriptor is a handle of the kernel: a connection, which is an open file
 * of some server (<mg/io.h>); or what a program starts with, the KCAP (the console)
 * and a memory object (standard input that is no terminal).  Unlike POSIX, the
 * offset in a memory object is kept here, in the process: fork copies it and exec
 * starts again at 0.  What libc has for itself lies from HANDLE_OWN on, where no
 * descriptor is: what a program closes or makes anew is always its own.
 */
#pragma once

#include <mg/io.h>
#include <stdbool.h>
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
/*
 * A CLOEXEC handle to the bytes of an open file, with these rights (RIGHT_*), and as many more as
 * it was opened for; else as __io_call().
 */
long __io_vmo(int handle, unsigned int rights, unsigned int more);
/*
 * Opens a file: a handle or -errno.  With IPC_APART it is of the library's own, which are never
 * short of one for a call that needs it for a moment only.
 */
long __io_open(const char *path, int flags, mode_t mode, unsigned int apart);
/* Sends it to the server of the path, which becomes window 0: its result or -errno. */
long __io_path(const char *path, struct ipc_message *m);
/*
 * The path that `path` is from the directory `dir`, a descriptor or AT_FDCWD: in buf[PATH_MAX], or
 * path itself.  0, -ENOTDIR, -EBADF, -ENOENT it has been removed, -EFAULT, -ENAMETOOLONG.
 */
long __io_at(int dir, const char **path, char *buf);
/* The bits of a mode that a new file gets. */
mode_t __umasked(mode_t mode);
struct flock;
/* Whether the process may have record locks (lock.c). */
extern bool __has_locks;
/* A program begins, which its process may have got by exec. */
void __locks_start(void);
/* In a child, which has none of its parent's locks. */
void __locks_forked(void);
/* fd is about to be closed: the locks of its file go. */
void __locks_close(int fd);
/* fcntl() with F_GETLK, F_SETLK, F_SETLKW: 0 or -errno. */
long __fcntl_lock(int fd, int command, struct flock *lock);
/* The offset in the memory object fd, or NULL beyond what is tracked. */
off_t *__fd_offset(int fd);
/* Lets one descriptor stand where the other does. */
void __fd_copy_offset(int from, int to);
