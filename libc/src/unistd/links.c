/* SPDX-License-Identifier: MIT */
/* Requests with two paths: further names of files, new ones, and what symbolic links say. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/request.h"

/* A path is longer than any text: 0, with len, or -EFAULT, -ENAMETOOLONG. */
static long copy_text(char *out, const char *text)
{
	long len = sys_vm_copy_string(out, (void *)text, PATH_MAX);

	return len == PATH_MAX ? -ENAMETOOLONG : len < 0 ? len : 0;
}

int symlinkat(const char *text, int dir, const char *path)
{
	char copy[PATH_MAX], buf[PATH_MAX];
	struct ipc_message m = { .op = IO_SYMLINK, .window = { 0, WINDOW(copy) } };
	long ret = copy_text(copy, text);

	if (!ret)
		ret = __io_at(dir, &path, buf);
	m.window_len[1] = ret ? 0 : (uint32_t)strlen(copy) + 1;
	return (int)sys_ret(ret ? ret : __io_path(path, &m));
}

int symlink(const char *text, const char *path)
{
	return symlinkat(text, AT_FDCWD, path);
}

ssize_t readlinkat(int dir, const char *restrict path, char *restrict text, size_t size)
{
	char buf[PATH_MAX];
	struct ipc_message m = { .op = IO_READLINK,
				 .flags = IPC_WRITABLE(1),
				 .window = { 0, WINDOW(text) },
				 .window_len = { 0, size < PATH_MAX ? (uint32_t)size : PATH_MAX } };
	const char *name = path;
	long ret = size ? __io_at(dir, &name, buf) : -EINVAL;

	return sys_ret(ret ? ret : __io_path(name, &m));
}

ssize_t readlink(const char *restrict path, char *restrict text, size_t size)
{
	return readlinkat(AT_FDCWD, path, text, size);
}

/* The second path of a request goes with the first to one server, which may find it elsewhere. */
static long two_paths(const char *from, int dir, const char *to, struct ipc_message *m)
{
	char buf[PATH_MAX], whole[PATH_MAX];
	long ret = __io_at(dir, &to, buf), root;

	if (ret)
		return ret;
	root = __io_resolve(to, whole);
	if (root < 0)
		return root;
	sys_handle_close((int)root);
	m->window[1] = WINDOW(whole);
	m->window_len[1] = (uint32_t)strlen(whole) + 1;
	ret = __io_path(from, m);
	return ret == -EAGAIN ? -EXDEV : ret;
}

int linkat(int from_dir, const char *from, int dir, const char *to, int flags)
{
	char buf[PATH_MAX];
	struct ipc_message m = { .op = IO_LINK,
				 .word = { flags & AT_SYMLINK_FOLLOW ? IO_FOLLOW : 0 } };
	long ret = flags & ~AT_SYMLINK_FOLLOW ? -EINVAL : __io_at(from_dir, &from, buf);

	return (int)sys_ret(ret ? ret : two_paths(from, dir, to, &m));
}

int link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_dir, const char *from, int dir, const char *to)
{
	char buf[PATH_MAX];
	struct ipc_message m = { .op = IO_RENAME };
	long ret = __io_at(from_dir, &from, buf);

	return (int)sys_ret(ret ? ret : two_paths(from, dir, to, &m));
}

int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* Asks for the path without links and dots: 0, or -errno. */
static long real_path(const char *path, char *real)
{
	char whole[PATH_MAX];
	struct ipc_message m = { .op = IO_REALPATH,
				 .flags = IPC_WRITABLE(1),
				 .window = { WINDOW(whole), WINDOW(real) },
				 .window_len = { 0, PATH_MAX } };
	long root = __io_resolve(path, whole), ret;

	if (root < 0)
		return root;
	m.window_len[0] = (uint32_t)strlen(whole) + 1;
	ret = __io_call((int)root, &m);
	sys_handle_close((int)root);
	if (ret == -ENOSYS) /* a server that has no links, and took out the dots */
		strcpy(real, whole);
	return ret == -ENOSYS ? 0 : ret;
}

char *realpath(const char *restrict path, char *restrict out)
{
	char real[PATH_MAX], rest[PATH_MAX];
	long ret = path ? real_path(path, real) : -EINVAL;
	size_t len;

	if (ret == 1) /* there it has neither links nor dots */
		ret = real_path(strcpy(rest, real), real);
	if (ret < 0) {
		errno = (int)-ret;
		return NULL;
	}
	if (access(real, F_OK))
		return NULL;
	len = strlen(real);
	if (len > 1 && real[len - 1] == '/')
		real[len - 1] = '\0';
	return out ? strcpy(out, real) : strdup(real);
}
