/* SPDX-License-Identifier: MIT */
/* Opening files, and making pipes. */
#include <fcntl.h>
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

static int take_flags(int fd, int flags)
{
	if (flags & O_CLOEXEC)
		sys_handle_cloexec(fd, 1);
	return fd;
}

int open(const char *path, int flags, ...)
{
	struct ipc_message m = { .op = IO_OPEN, .word = { (uint64_t)(flags & ~O_CLOEXEC) } };
	va_list ap;
	long ret;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		m.word[1] = va_arg(ap, mode_t) & ~mask;
		va_end(ap);
	}
	ret = __io_path(path, &m);
	return ret < 0 ? (int)sys_ret(ret) : take_flags(m.handle[0], flags);
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return (int)sys_ret(
		__io_path(path, &(struct ipc_message){ .op = IO_MKDIR, .word = { mode & ~mask } }));
}

int pipe2(int fd[2], int flags)
{
	struct ipc_message m = { .op = IO_PIPE, .word = { (uint64_t)(flags & ~O_CLOEXEC) } };
	long ret = __io_path("/", &m);

	if (ret < 0)
		return (int)sys_ret(ret);
	fd[0] = take_flags(m.handle[0], flags);
	fd[1] = take_flags(m.handle[1], flags);
	return 0;
}

int pipe(int fd[2])
{
	return pipe2(fd, 0);
}
