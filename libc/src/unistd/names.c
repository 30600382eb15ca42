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
	return (int)sys_ret(__io_path(path, &(struct ipc_message){ .op = op }));
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

/* Both must be one server's. */
int rename(const char *from, const char *to)
{
	char whole[PATH_MAX];
	struct ipc_message m = { .op = IO_RENAME, .window = { 0, WINDOW(whole) } };
	long root = __io_resolve(to, whole);

	if (root < 0)
		return (int)sys_ret(root);
	sys_handle_close((int)root);
	m.window_len[1] = (uint32_t)strlen(whole) + 1;
	return (int)sys_ret(__io_path(from, &m));
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

/* There are no symbolic links yet: no file is one. */
ssize_t readlink(const char *restrict path, char *restrict buf, size_t size)
{
	(void)buf, (void)size;
	return access(path, F_OK) ? -1 : sys_ret(-EINVAL);
}

/* There are no symbolic links: what the name space makes of the path is it, if it is there. */
char *realpath(const char *restrict path, char *restrict whole)
{
	char buf[PATH_MAX];
	size_t len;
	long root;

	if (!path || !*path) {
		errno = path ? ENOENT : EINVAL;
		return NULL;
	}
	if (access(path, F_OK))
		return NULL;
	root = __io_resolve(path, buf);
	if (root < 0) {
		errno = (int)-root;
		return NULL;
	}
	sys_handle_close((int)root);
	len = strlen(buf);
	if (len > 1 && buf[len - 1] == '/')
		buf[len - 1] = '\0';
	return whole ? strcpy(whole, buf) : strdup(buf);
}
