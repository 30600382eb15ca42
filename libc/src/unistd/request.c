/* SPDX-License-Identifier: MIT */
/* Requests to servers of files, and the way from a path to its server. */
#include "unistd/request.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "signal/signal.h"
#include "sys.h"

long __io_call(int handle, struct ipc_message *m)
{
	struct ipc_message request = *m;

	return SYS_RESTART((*m = request, __io_call_once(handle, m)));
}

long __io_vmo(int handle, unsigned int rights, unsigned int more)
{
	struct ipc_message m = { .op = IO_VMO, .flags = IPC_APART, .word = { rights, more } };
	long ret = __io_call(handle, &m);

	if (ret < 0)
		return ret;
	sys_handle_cloexec(m.handle[0], 1);
	return m.handle[0];
}

long __io_resolve(const char *path, char *whole)
{
	struct ipc_message m = { .op = IO_RESOLVE,
				 .flags = IPC_APART | IPC_WRITABLE(1),
				 .window = { WINDOW(whole), WINDOW(whole) },
				 .window_len = { 0, PATH_MAX } };
	long ret = sys_vm_copy_string(whole, (void *)path, PATH_MAX);

	if (ret < 0)
		return ret;
	if (ret == PATH_MAX)
		return -ENAMETOOLONG;
	m.window_len[0] = (uint32_t)ret + 1;
	ret = __io_call(HANDLE_ROOT, &m);
	if (ret == IO_NO_CONNECTION)
		return -EBADF;
	return ret < 0 ? ret : m.handle[0];
}

/* Sends it to a server, with the whole path; -EREMOTE: that path goes on elsewhere by `real`. */
static long call_root(int root, const char *whole, struct ipc_message *m, char *real)
{
	struct ipc_message request = *m,
			   ask = { .op = IO_REALPATH,
				   .flags = IPC_WRITABLE(1),
				   .window = { WINDOW(whole), WINDOW(real) },
				   .window_len = { (uint32_t)strlen(whole) + 1, PATH_MAX } };
	long ret;

	m->window[0] = ask.window[0];
	m->window_len[0] = ask.window_len[0];
	ret = __io_call(root, m);
	if (ret == -EREMOTE) {
		ret = __io_call(root, &ask);
		*m = request;
		ret = ret == 1 ? -EREMOTE : ret < 0 ? ret : -EAGAIN;
	}
	sys_handle_close(root);
	return ret;
}

/* What is beyond a link or ".." may be another server's, which has none. */
long __io_path(const char *path, struct ipc_message *m)
{
	char whole[PATH_MAX], real[PATH_MAX];
	long root = __io_resolve(path, whole), ret;

	if (root < 0)
		return root;
	ret = call_root((int)root, whole, m, real);
	if (ret != -EREMOTE)
		return ret;
	root = __io_resolve(real, whole);
	return root < 0 ? root : call_root((int)root, whole, m, real);
}

long __io_at(int dir, const char **path, char *buf)
{
	struct ipc_message m = { .op = IO_FPATH,
				 .flags = IPC_WRITABLE(1),
				 .window = { 0, WINDOW(buf) },
				 .window_len = { 0, PATH_MAX } };
	char name[PATH_MAX];
	long len, ret;

	if (dir == AT_FDCWD)
		return 0;
	len = sys_vm_copy_string(name, (void *)*path, PATH_MAX);
	if (len < 0 || len == PATH_MAX)
		return len < 0 ? len : -ENAMETOOLONG;
	if (*name == '/' || !*name)
		return 0;
	ret = __io_call(dir, &m);
	if (ret)
		return ret == IO_NO_CONNECTION || ret == -ENOSYS ? -ENOTDIR : ret;
	if (strlen(buf) + 1 + (size_t)len >= PATH_MAX)
		return -ENAMETOOLONG;
	strcat(buf, "/");
	strcat(buf, name);
	*path = buf;
	return 0;
}
