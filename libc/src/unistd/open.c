/* SPDX-License-Identifier: MIT */
/* Opening files, and making pipes. */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/request.h"

static mode_t mask = 022;

/* Unlike POSIX, it is not inherited through exec. */
mode_t umask(mode_t bits)
{
	mode_t old = mask;

	mask = bits & 0777;
	return old;
}

mode_t __umasked(mode_t mode)
{
	return mode & ~mask;
}

static int take_flags(int fd, int flags)
{
	if (flags & O_CLOEXEC)
		sys_handle_cloexec(fd, 1);
	return fd;
}

/* Whether there is a descriptor free; asked before anything is made that would stay. */
static long need_descriptor(void)
{
	long fd = sys_handle_dup(HANDLE_ROOT, -1);

	return fd < 0 ? fd : sys_handle_close((int)fd);
}

long __io_open(const char *path, int flags, mode_t mode, unsigned int apart)
{
	struct ipc_message m = { .op = IO_OPEN,
				 .flags = apart,
				 .word = { (uint64_t)(flags & ~O_CLOEXEC), mode & ~mask } };
	long ret = flags & (O_CREAT | O_TRUNC) && !apart ? need_descriptor() : 0;

	if (!ret)
		ret = __io_path(path, &m);
	return ret < 0 ? ret : take_flags(m.handle[0], flags);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return (int)sys_ret(__io_open(path, flags, mode, 0));
}

int openat(int dir, const char *path, int flags, ...)
{
	char buf[PATH_MAX];
	long ret = __io_at(dir, &path, buf);
	mode_t mode = 0;
	va_list ap;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return (int)sys_ret(ret ? ret : __io_open(path, flags, mode, 0));
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	struct ipc_message m = { .op = IO_MKDIR, .word = { __umasked(mode) } };
	char buf[PATH_MAX];
	long ret = __io_at(dir, &path, buf);

	return (int)sys_ret(ret ? ret : __io_path(path, &m));
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int pipe2(int fd[2], int flags)
{
	struct ipc_message m = { .op = IO_PIPE, .word = { (uint64_t)(flags & ~O_CLOEXEC) } };
	long ret = __io_path("/", &m);
	int made[2];

	if (ret < 0)
		return (int)sys_ret(ret);
	made[0] = take_flags(m.handle[0], flags);
	made[1] = take_flags(m.handle[1], flags);
	ret = sys_vm_copy(fd, made, sizeof(made));
	if (ret < 0) {
		close(made[0]);
		close(made[1]);
		return (int)sys_ret(ret);
	}
	return 0;
}

int pipe(int fd[2])
{
	return pipe2(fd, 0);
}
