/* SPDX-License-Identifier: MIT */
/* Changing directories: their entries, and which one is ours. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/request.h"

static int path_call(const char *path, int op)
{
	struct ipc_message m = { .op = op };

	return (int)sys_ret(__io_path(path, &m));
}

int unlink(const char *path)
{
	return path_call(path, IO_UNLINK);
}

int rmdir(const char *path)
{
	return path_call(path, IO_RMDIR);
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

/* The new path is made whole by asking where its directory is; both must be one server's. */
int rename(const char *from, const char *to)
{
	char whole[PATH_MAX];
	struct ipc_message find = { .op = IO_RESOLVE,
				    .flags = IPC_WRITABLE(1),
				    .window = { WINDOW(to), WINDOW(whole) },
				    .window_len = { (uint32_t)strnlen(to, PATH_MAX) + 1,
						    PATH_MAX } };
	struct ipc_message m = { .op = IO_RENAME, .window = { 0, WINDOW(whole) } };
	long ret = __io_call(HANDLE_ROOT, &find);

	if (ret < 0)
		return (int)sys_ret(ret == IO_NO_CONNECTION ? -EBADF : ret);
	sys_handle_close(find.handle[0]);
	m.window_len[1] = (uint32_t)strlen(whole) + 1;
	return (int)sys_ret(__io_path(from, &m));
}

int chdir(const char *path)
{
	struct ipc_message m = { .op = IO_CHDIR,
				 .window = { WINDOW(path) },
				 .window_len = { (uint32_t)strnlen(path, PATH_MAX) + 1 } };
	long ret = __io_call(HANDLE_ROOT, &m);

	if (ret < 0)
		return (int)sys_ret(ret == IO_NO_CONNECTION ? -EBADF : ret);
	ret = sys_handle_dup(m.handle[0], HANDLE_ROOT);
	sys_handle_close(m.handle[0]);
	return ret < 0 ? (int)sys_ret(ret) : 0;
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
	else
		return buf ? strcpy(buf, path) : strdup(path);
	return NULL;
}
