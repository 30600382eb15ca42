/* SPDX-License-Identifier: MIT */
/* What is known of a file: what the header of its member says, and the size of a VMO. */
#include <string.h>
#include <sys/stat.h>

#include "sys.h"
#include "unistd/initrd.h"

#define BLOCK 4096

int stat(const char *restrict path, struct stat *restrict st)
{
	struct initrd_entry e;

	if (mg_initrd_find(path, &e))
		return -1;
	*st = (struct stat){ .st_ino = __initrd_ino(e.name, strlen(e.name)),
			     .st_mode = (e.type == '5' ? S_IFDIR : S_IFREG) | e.mode,
			     .st_nlink = 1,
			     .st_size = e.size,
			     .st_blksize = BLOCK,
			     .st_blocks = (e.size + 511) / 512 };
	return 0;
}

/* There are no symbolic links. */
int lstat(const char *restrict path, struct stat *restrict st)
{
	return stat(path, st);
}

int fstat(int fd, struct stat *st)
{
	long size = sys_vmo_size(fd);

	if (size < 0 && size != -EINVAL)
		return (int)sys_ret(size);
	*st = (struct stat){ .st_ino = (ino_t)fd,
			     .st_mode = size < 0 ? S_IFCHR | 0600 : S_IFREG | 0400,
			     .st_nlink = 1,
			     .st_size = size < 0 ? 0 : size,
			     .st_blksize = BLOCK,
			     .st_blocks = size < 0 ? 0 : (size + 511) / 512 };
	return 0;
}
