/* SPDX-License-Identifier: MIT */
/* Requests to servers of files, and the way from a path to its server. */
#include "unistd/request.h"

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

long __io_path(const char *path, struct ipc_message *m)
{
	char whole[PATH_MAX];
	long root = __io_resolve(path, whole), ret;

	if (root < 0)
		return root;
	m->window[0] = WINDOW(whole);
	m->window_len[0] = (uint32_t)strlen(whole) + 1;
	ret = __io_call((int)root, m);
	sys_handle_close((int)root);
	return ret;
}
