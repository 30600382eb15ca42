/* SPDX-License-Identifier: MIT */
/* read, write and their kin over VMO handles and the console. */
#include "unistd/handles.h"

#include <abi/kernel.h>
#include <string.h>
#include <unistd.h>

#include "signal/signal.h"
#include "sys.h"

static off_t offsets[HANDLES_TRACKED];

off_t *__fd_offset(int fd)
{
	return fd >= 0 && fd < HANDLES_TRACKED ? &offsets[fd] : NULL;
}

ssize_t read(int fd, void *buf, size_t n)
{
	off_t *pos = __fd_offset(fd);
	long got;

	if (!pos)
		return sys_ret(-EBADF);
	got = sys_vmo_read(fd, buf, n, (size_t)*pos);
	if (got == -EINVAL) /* no VMO: the console */
		return sys_ret(SYS_RESTART(sys_kread(fd, buf, n)));
	if (got > 0)
		*pos += got;
	return sys_ret(got);
}

ssize_t pread(int fd, void *buf, size_t n, off_t offset)
{
	if (offset < 0)
		return sys_ret(-EINVAL);
	return sys_ret(sys_vmo_read(fd, buf, n, (size_t)offset));
}

/* Standard error is the KCAP in HANDLE_STDERR; every other KCAP handle is standard output. */
ssize_t write(int fd, const void *buf, size_t n)
{
	long done = sys_klog(fd, fd == HANDLE_STDERR ? KLOG_ERR : KLOG_OUT, buf, n);

	return sys_ret(done == -EINVAL ? -EBADF : done); /* a file: open for reading only */
}

off_t lseek(int fd, off_t offset, int whence)
{
	long size = sys_vmo_size(fd);
	off_t *pos = __fd_offset(fd);
	off_t base;

	if (size == -EINVAL)
		return sys_ret(-ESPIPE);
	if (size < 0 || !pos)
		return sys_ret(size < 0 ? size : -EBADF);
	base = whence == SEEK_CUR ? *pos : whence == SEEK_END ? size : 0;
	if (whence < SEEK_SET || whence > SEEK_END || base + offset < 0)
		return sys_ret(-EINVAL);
	*pos = base + offset;
	return *pos;
}

int close(int fd)
{
	return (int)sys_ret(sys_handle_close(fd));
}

static int dup_to(int fd, int to)
{
	long copy = sys_handle_dup(fd, to);

	if (copy >= 0 && __fd_offset((int)copy) && __fd_offset(fd))
		*__fd_offset((int)copy) = *__fd_offset(fd);
	return (int)sys_ret(copy);
}

int dup(int fd)
{
	return dup_to(fd, -1);
}

int dup2(int fd, int to)
{
	if (to < 0)
		return (int)sys_ret(-EBADF);
	return dup_to(fd, to);
}

int isatty(int fd)
{
	long size = sys_vmo_size(fd);

	if (size == -EINVAL)
		return 1; /* the console */
	sys_ret(size < 0 ? size : -ENOTTY);
	return 0;
}
