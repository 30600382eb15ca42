/* SPDX-License-Identifier: MIT */
/* Changing directories: their entries, and which one is ours. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/request.h"

int unlinkat(int dir, const char *path, int flags)
{
	struct ipc_message m = { .op = flags & AT_REMOVEDIR ? IO_RMDIR : IO_UNLINK };
	char buf[PATH_MAX];
	long ret = flags & ~AT_REMOVEDIR ? -EINVAL : __io_at(dir, &path, buf);

	return (int)sys_ret(ret ? ret : __io_path(path, &m));
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char *path)
{
	int error = errno;

	if (!unlink(path))
		return 0;
	if (errno != EISDIR)
		return -1;
	errno = error;
	return rmdir(path);
}

int chdir(const char *path)
{
	char copy[PATH_MAX];
	struct ipc_message m = { .op = IO_CHDIR, .flags = IPC_APART, .window = { WINDOW(copy) } };
	long ret = sys_vm_copy_string(copy, (void *)path, PATH_MAX);

	if (ret < 0 || ret == PATH_MAX)
		return (int)sys_ret(ret < 0 ? ret : -ENAMETOOLONG);
	m.window_len[0] = (uint32_t)ret + 1;
	ret = __io_call(HANDLE_ROOT, &m);
	if (ret < 0)
		return (int)sys_ret(ret == IO_NO_CONNECTION ? -EBADF : ret);
	ret = sys_handle_dup(m.handle[0], HANDLE_ROOT);
	sys_handle_close(m.handle[0]);
	return ret < 0 ? (int)sys_ret(ret) : 0;
}

int fchdir(int fd)
{
	const char *here = ".";
	char buf[PATH_MAX];
	long ret = __io_at(fd, &here, buf);

	if (fd == AT_FDCWD)
		ret = -EBADF;
	return ret ? (int)sys_ret(ret) : chdir(here);
}

char *getcwd(char *buf, size_t size)
{
	char path[PATH_MAX];
	struct ipc_message m = { .op = IO_GETCWD,
				 .flags = IPC_WRITABLE(0),
				 .window = { WINDOW(path) },
				 .window_len = { PATH_MAX } };
	long ret = __io_call(HANDLE_ROOT, &m);

	if (ret == IO_NO_CONNECTION || ret < 0)
		errno = ret == IO_NO_CONNECTION ? EBADF : (int)-ret;
	else if (buf && size < (size_t)ret)
		errno = size ? ERANGE : EINVAL;
	else if (!buf)
		return strdup(path);
	else if (sys_vm_copy(buf, path, (size_t)ret) < 0)
		errno = EFAULT;
	else
		return buf;
	return NULL;
}
