/* SPDX-License-Identifier: MIT */
/*
 * execve() and its kin: the kernel parses no path.  The program is found in
 * the initrd here, its bytes go into a VMO, and exec(vmo, …) does the rest.
 */
#include <merganser.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/initrd.h"

#define MAX_ARGS 256

int mg_exec(int vmo, char *const argv[], char *const envp[])
{
	return (int)sys_ret(sys_exec(vmo, argv, envp));
}

int execve(const char *path, char *const argv[], char *const envp[])
{
	struct initrd_entry e;
	long ret;
	int vmo;

	if (mg_initrd_find(path, &e))
		return -1;
	if (e.type != '0' || !(e.mode & 0111))
		return (int)sys_ret(-EACCES);
	vmo = __initrd_vmo(&e);
	if (vmo < 0)
		return -1;
	/* The kernel closes the VMO's handle itself: exec starts with HANDLE_* and inherited ones. */
	ret = sys_exec(vmo, argv, envp);
	sys_handle_close(vmo);
	return (int)sys_ret(ret);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

/* A name without a slash is looked for in bin/: PATH comes with directories. */
int execvp(const char *file, char *const argv[])
{
	char path[256];

	if (strchr(file, '/'))
		return execv(file, argv);
	snprintf(path, sizeof(path), "bin/%s", file);
	return execv(path, argv);
}

static int collect(const char *arg, va_list ap, const char **argv)
{
	int argc = 0;

	for (; arg && argc < MAX_ARGS; arg = va_arg(ap, const char *))
		argv[argc++] = arg;
	argv[argc] = NULL;
	return arg ? -E2BIG : 0;
}

int execl(const char *path, const char *arg, ...)
{
	const char *argv[MAX_ARGS + 1];
	va_list ap;
	int ret;

	va_start(ap, arg);
	ret = collect(arg, ap, argv);
	va_end(ap);
	return ret ? (int)sys_ret(ret) : execv(path, (char *const *)argv);
}

int execlp(const char *file, const char *arg, ...)
{
	const char *argv[MAX_ARGS + 1];
	va_list ap;
	int ret;

	va_start(ap, arg);
	ret = collect(arg, ap, argv);
	va_end(ap);
	return ret ? (int)sys_ret(ret) : execvp(file, (char *const *)argv);
}
