/* SPDX-License-Identifier: MIT */
/* What is known of a file. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/request.h"

#define BLOCK 4096

int stat(const char *restrict path, struct stat *restrict st)
{
	return fstatat(AT_FDCWD, path, st, 0);
}

int lstat(const char *restrict path, struct stat *restrict st)
{
	return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

int fstatat(int dir, const char *restrict path, struct stat *restrict st, int flags)
{
	struct ipc_message m = { .op = IO_STAT,
				 .flags = IPC_WRITABLE(1),
				 .word = { flags & AT_SYMLINK_NOFOLLOW ? IO_NOFOLLOW : 0 },
				 .window = { 0, WINDOW(st) },
				 .window_len = { 0, sizeof(*st) } };
	const char *name = path;
	char buf[PATH_MAX];
	long ret = flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) ? -EINVAL : 0;

	if (!ret && flags & AT_EMPTY_PATH && dir != AT_FDCWD && !*path)
		return fstat(dir, st);
	if (!ret)
		ret = __io_at(dir, &name, buf);
	return (int)sys_ret(ret ? ret : __io_path(name, &m));
}

/* fstat() of a memory object or the console. */
static long stat_object(int fd, struct stat *st)
{
	long size = sys_vmo_size(fd);

	if (size < 0 && size != -EINVAL)
		return size;
	*st = (struct stat){ .st_ino = (ino_t)fd,
			     .st_mode = size < 0 ? S_IFCHR | 0600 : S_IFREG | 0400,
			     .st_nlink = 1,
			     .st_size = size < 0 ? 0 : size,
			     .st_blksize = BLOCK,
			     .st_blocks = size < 0 ? 0 : (size + 511) / 512 };
	return 0;
}

int fstat(int fd, struct stat *st)
{
	struct ipc_message m = { .op = IO_FSTAT,
				 .flags = IPC_WRITABLE(1),
				 .window = { 0, WINDOW(st) },
				 .window_len = { 0, sizeof(*st) } };
	long ret = __io_call(fd, &m);

	return (int)sys_ret(ret == IO_NO_CONNECTION ? stat_object(fd, st) : ret);
}

/* One user: the effective one (AT_EACCESS) is the real one. */
int faccessat(int dir, const char *path, int mode, int flags)
{
	struct ipc_message m = { .op = IO_ACCESS,
				 .word = { (uint64_t)mode,
					   flags & AT_SYMLINK_NOFOLLOW ? IO_NOFOLLOW : 0 } };
	char buf[PATH_MAX];
	long ret = mode & ~(R_OK | W_OK | X_OK) || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW) ?
			   -EINVAL :
			   __io_at(dir, &path, buf);

	return (int)sys_ret(ret ? ret : __io_path(path, &m));
}

int access(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, 0);
}
