/* SPDX-License-Identifier: MIT */
/* Questions about descriptors, and several buffers at once. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sys.h"

/* O_RDONLY for a file, O_RDWR for the console; -errno if fd is not open. */
static int access_of(int fd)
{
	long size = sys_vmo_size(fd);

	return size >= 0 ? O_RDONLY : size == -EINVAL ? O_RDWR : (int)size;
}

/* What would change the behaviour of a descriptor is not there: ENOSYS. */
int fcntl(int fd, int command, ...)
{
	int access = access_of(fd), arg;
	va_list ap;

	va_start(ap, command);
	arg = va_arg(ap, int);
	va_end(ap);
	if (access < 0)
		return (int)sys_ret(access);
	if (command == F_DUPFD && !arg)
		return dup(fd);
	if (command == F_GETFL)
		return access;
	return command == F_GETFD ? 0 : (int)sys_ret(-ENOSYS);
}

static ssize_t each(int fd, const struct iovec *iov, int n, bool out)
{
	ssize_t total = 0;

	for (int i = 0; i < n; i++) {
		ssize_t done = out ? write(fd, iov[i].iov_base, iov[i].iov_len) :
				     read(fd, iov[i].iov_base, iov[i].iov_len);

		if (done < 0)
			return total ? total : done;
		total += done;
		if ((size_t)done < iov[i].iov_len)
			break;
	}
	return total;
}

ssize_t readv(int fd, const struct iovec *iov, int n)
{
	return each(fd, iov, n, false);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return each(fd, iov, n, true);
}
