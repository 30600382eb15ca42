/* SPDX-License-Identifier: MIT */
/*
 * execve() and its kin: the kernel parses no path.  The file's server gives its
 * bytes as a memory object, and exec(vmo, …) does the rest.
 */
#include <fcntl.h>
#include <merganser.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/request.h"

#define MAX_ARGS 256

SYS_FUNCTION(int, mg_exec, exec(vmo, argv, envp), int vmo, char *const argv[], char *const envp[])

int execve(const char *path, char *const argv[], char *const envp[])
{
	long file = __io_open(path, O_RDONLY | O_CLOEXEC, 0, IPC_APART), vmo, ret;

	if (file < 0)
		return (int)sys_ret(file);
	vmo = __io_vmo((int)file, RIGHT_READ | RIGHT_EXEC, IO_TO_RUN); /* exec closes it */
	sys_handle_close((int)file);
	if (vmo < 0)
		return (int)sys_ret(vmo == IO_NO_CONNECTION || vmo == -ENODEV ? -EACCES : vmo);
	ret = sys_exec((int)vmo, argv, envp);
	sys_handle_close((int)vmo);
	return (int)sys_ret(ret);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

/* A name without a slash is looked for in the directories of PATH. */
int execvp(const char *file, char *const argv[])
{
	const char *dirs = getenv("PATH");
	char path[256];

	if (strchr(file, '/'))
		return execv(file, argv);
	for (dirs = dirs ? dirs : "/bin"; *dirs; dirs += *dirs == ':') {
		int len = (int)strcspn(dirs, ":");

		snprintf(path, sizeof(path), "%.*s/%s", len, dirs, file);
		execv(path, argv);
		if (errno != ENOENT && errno != ENOTDIR)
			return -1;
		dirs += len;
	}
	return -1;
}

static int exec_list(int (*exec)(const char *, char *const[]), const char *path, const char *arg,
		     va_list ap)
{
	const char *argv[MAX_ARGS + 1];
	int argc = 0;

	for (; arg && argc < MAX_ARGS; arg = va_arg(ap, const char *))
		argv[argc++] = arg;
	argv[argc] = NULL;
	return arg ? (int)sys_ret(-E2BIG) : exec(path, (char *const *)argv);
}

int execl(const char *path, const char *arg, ...)
{
	va_list ap;

	va_start(ap, arg);
	return exec_list(execv, path, arg, ap);
}

int execlp(const char *file, const char *arg, ...)
{
	va_list ap;

	va_start(ap, arg);
	return exec_list(execvp, file, arg, ap);
}

/* The environment follows the NULL. */
int execle(const char *path, const char *arg, ...)
{
	const char *argv[MAX_ARGS + 1];
	int argc = 0;
	va_list ap;

	va_start(ap, arg);
	for (; arg && argc < MAX_ARGS; arg = va_arg(ap, const char *))
		argv[argc++] = arg;
	argv[argc] = NULL;
	if (arg)
		return (int)sys_ret(-E2BIG);
	return execve(path, (char *const *)argv, va_arg(ap, char *const *));
}
