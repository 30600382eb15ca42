/* SPDX-License-Identifier: MIT */
/*
 * Calls that would change a directory.  The initrd cannot be changed: EROFS, or what
 * POSIX says before that.  The fs server takes all this over.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/initrd.h"

/* -1, with the reason why what has this path cannot go away; wrong: of a file or a directory. */
static int refuse(const char *path, char type, int wrong)
{
	struct initrd_entry e;

	if (mg_initrd_find(path, &e))
		return -1;
	return (int)sys_ret(e.type == type ? -wrong : -EROFS);
}

int unlink(const char *path)
{
	return refuse(path, '5', EISDIR);
}

int rmdir(const char *path)
{
	return refuse(path, '0', ENOTDIR);
}

int remove(const char *path)
{
	return refuse(path, 0, 0);
}

int rename(const char *from, const char *to)
{
	(void)to;
	return remove(from);
}

int mkdir(const char *path, mode_t mode)
{
	struct initrd_entry e;

	(void)mode;
	if (!mg_initrd_find(path, &e))
		return (int)sys_ret(-EEXIST);
	return *path && errno == ENOENT ? (int)sys_ret(-EROFS) : -1;
}
