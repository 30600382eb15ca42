/* SPDX-License-Identifier: MIT */
/* What is known of a file. */
#include <sys/stat.h>
#include <unistd.h>

#include "alias.h"
#include "sys.h"
#include "unistd/request.h"

#define BLOCK 4096

int stat(const char *restrict path, struct stat *restrict st)
{
	struct ipc_message m = { .op = IO_STAT,
				 .flags = IPC_WRITABLE(1),
				 .window = { 0, WINDOW(st) },
				 .window_len = { 0, sizeof(*st) } };

	return (int)sys_ret(__io_path(path, &m));
}

/* There are no symbolic links. */
int lstat(const char *restrict path, struct stat *restrict st) ALIAS(stat);

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

int access(const char *path, int mode)
{
	struct ipc_message m = { .op = IO_ACCESS, .word = { (uint64_t)mode } };

	return (int)sys_ret(mode & ~(R_OK | W_OK | X_OK) ? -EINVAL : __io_path(path, &m));
}
