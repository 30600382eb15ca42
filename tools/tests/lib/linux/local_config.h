/* SPDX-License-Identifier: MIT */
/*
 * What Linux's cow.c asks beyond libc: on Linux this file says whether there is liburing, which
 * here there is not.  A file in memory is a file of ours, which are all in memory; a pipe takes
 * bytes by copying them, since nothing lets a program keep a page pinned.
 */
#pragma once

#include <errno.h>
#include <linux/ioctl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

static inline int linux_memfd_create(const char *name, unsigned int flags)
{
	char path[] = "/tmp/memfdXXXXXX";
	int fd;

	(void)name;
	if (flags) {
		errno = EINVAL;
		return -1;
	}
	fd = mkstemp(path);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static inline int linux_fallocate(int fd, int mode, off_t offset, off_t len)
{
	if (mode || offset || lseek(fd, 0, SEEK_END) > len) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return ftruncate(fd, len);
}

static inline ssize_t linux_vmsplice(int fd, const struct iovec *iov, size_t n, unsigned int flags)
{
	(void)flags;
	return writev(fd, iov, (int)n);
}

/* For huge pages only. */
static inline void *linux_mremap(void)
{
	errno = ENOSYS;
	return (void *)-1;
}

#define memfd_create	 linux_memfd_create
#define fallocate	 linux_fallocate
#define vmsplice	 linux_vmsplice
#define mremap(old, ...) linux_mremap()
