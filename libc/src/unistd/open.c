/* SPDX-License-Identifier: MIT */
/*
 * Opening a member of the initrd: its bytes are copied into a VMO of their
 * own, which is the file.  Read-only; the fs server takes this over later.
 */
#include <fcntl.h>
#include <merganser.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/handles.h"
#include "unistd/initrd.h"

int open(const char *path, int flags, ...)
{
	struct initrd_entry e;
	int vmo;

	if (mg_initrd_find(path, &e)) /* what does not exist cannot be made either */
		return flags & O_CREAT && *path && errno == ENOENT ? (int)sys_ret(-EROFS) : -1;
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return (int)sys_ret(-EEXIST);
	if (e.type == '5') /* unlike POSIX a directory has no descriptor: opendir() needs none */
		return (int)sys_ret(-EISDIR);
	if (flags & O_DIRECTORY)
		return (int)sys_ret(-ENOTDIR);
	if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC)
		return (int)sys_ret(-EROFS);
	vmo = __initrd_vmo(&e);
	if (__fd_offset(vmo))
		*__fd_offset(vmo) = 0;
	return vmo;
}

int access(const char *path, int mode)
{
	struct initrd_entry e;

	if (mg_initrd_find(path, &e))
		return -1;
	if (mode & W_OK)
		return (int)sys_ret(-EROFS);
	if (mode & X_OK && !(e.mode & 0111))
		return (int)sys_ret(-EACCES);
	return 0;
}
