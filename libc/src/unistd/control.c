/* SPDX-License-Identifier: MIT */
/* What can be asked and changed of descriptors, and several buffers at once. */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/request.h"

/* F_GETFL: what the server knows; O_RDONLY for a memory object, O_WRONLY for a KCAP. */
static long get_flags(int fd)
{
	struct ipc_message m = { .op = IO_GETFL };
	long ret = __io_call(fd, &m);

	if (ret != IO_NO_CONNECTION)
		return ret;
	ret = sys_vmo_size(fd);
	return ret >= 0 ? O_RDONLY : ret == -EINVAL ? O_WRONLY : ret;
}

/* The lowest handle from `least` on: those below are taken for a moment. */
static long dup_from(int fd, int least)
{
	long copy = least < 0 || least >= sysconf(_SC_OPEN_MAX) ? -EINVAL : sys_handle_dup(fd, -1);
	long higher = copy;

	if (copy >= 0 && copy < least) {
		higher = dup_from(fd, least);
		sys_handle_close((int)copy);
	}
	if (higher >= 0)
		__fd_copy_offset(fd, (int)higher);
	return higher;
}

static long control(int fd, int command, long argument)
{
	int arg = (int)argument;
	struct ipc_message set = { .op = IO_SETFL, .word = { arg & (O_APPEND | O_NONBLOCK) } };
	long ret;

	switch (command) {
	case F_DUPFD:
		return dup_from(fd, arg);
	case F_DUPFD_CLOEXEC:
		ret = dup_from(fd, arg);
		if (ret >= 0)
			sys_handle_cloexec((int)ret, 1);
		return ret;
	case F_GETFD:
		return sys_handle_cloexec(fd, -1);
	case F_SETFD:
		ret = sys_handle_cloexec(fd, arg & FD_CLOEXEC);
		return ret < 0 ? ret : 0;
	case F_GETFL:
		return get_flags(fd);
	case F_SETFL:
		ret = __io_call(fd, &set);
		return ret == IO_NO_CONNECTION ? 0 : ret; /* it never waits; a console appends */
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		return __fcntl_lock(fd, command, (struct flock *)argument);
	default:
		return -EINVAL;
	}
}

int fcntl(int fd, int command, ...)
{
	va_list ap;
	long arg;

	va_start(ap, command);
	/* An int has its own half of it; some commands have none: then it is not looked at. */
	arg = va_arg(ap, long);
	va_end(ap);
	return (int)sys_ret(control(fd, command, arg));
}

int ioctl(int fd, unsigned long request, ...)
{
	struct ipc_message m = { .op = IO_IOCTL,
				 .flags = IPC_WRITABLE(1),
				 .word = { request },
				 .window_len = { IOCTL_ARG_SIZE, IOCTL_ARG_SIZE } };
	va_list ap;
	long ret;

	va_start(ap, request);
	m.window[0] = m.window[1] = WINDOW(va_arg(ap, void *));
	va_end(ap);
	ret = __io_call(fd, &m);
	return (int)sys_ret(ret == IO_NO_CONNECTION ? -ENOTTY : ret);
}

/* A terminal answers what its settings are. */
int isatty(int fd)
{
	char settings[IOCTL_ARG_SIZE];

	return !ioctl(fd, TCGETS, settings);
}

int tcgetattr(int fd, struct termios *termios)
{
	return ioctl(fd, TCGETS, termios);
}

int tcsetattr(int fd, int when, const struct termios *termios)
{
	return ioctl(fd, TCSETS + ((unsigned int)when & 3), termios);
}

void cfmakeraw(struct termios *t)
{
	t->c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	t->c_oflag &= ~(tcflag_t)OPOST;
	t->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	t->c_cflag = (t->c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
	t->c_cc[VMIN] = 1;
	t->c_cc[VTIME] = 0;
}

pid_t tcgetpgrp(int fd)
{
	pid_t group;

	return ioctl(fd, TIOCGPGRP, &group) ? -1 : group;
}

int tcsetpgrp(int fd, pid_t group)
{
	return ioctl(fd, TIOCSPGRP, &group);
}

int ftruncate(int fd, off_t size)
{
	struct ipc_message m = { .op = IO_TRUNCATE, .word = { (uint64_t)size } };
	long ret = size < 0 ? -EINVAL : __io_call(fd, &m);

	return (int)sys_ret(ret == IO_NO_CONNECTION ? -EINVAL : ret);
}

static long allocate(int fd, int mode, off_t offset, off_t len)
{
	struct ipc_message m = { .op = IO_ALLOCATE,
				 .word = { (unsigned int)mode, (uint64_t)offset, (uint64_t)len } };
	long ret;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	ret = __io_call(fd, &m);
	return ret == IO_NO_CONNECTION ? -ENODEV : ret;
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
	return (int)sys_ret(allocate(fd, mode, offset, len));
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
	return (int)-allocate(fd, 0, offset, len);
}

/* POSIX: not lengths whose sum no ssize_t holds. */
static bool have_lengths(const struct iovec *iov, int n)
{
	ssize_t total = 0;

	for (int i = 0; i < n; i++)
		if (iov[i].iov_len > SSIZE_MAX ||
		    __builtin_add_overflow(total, (ssize_t)iov[i].iov_len, &total))
			return false;
	return true;
}

static ssize_t each_of(int fd, const struct iovec *iov, int n, bool out)
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

static ssize_t each(int fd, const struct iovec *vector, int n, bool out)
{
	struct iovec iov[n > 0 && n <= IOV_MAX ? n : 1];

	if (n < 0 || n > IOV_MAX)
		return sys_ret(-EINVAL);
	if (!n)
		return out ? write(fd, NULL, 0) : read(fd, NULL, 0);
	if (sys_vm_copy(iov, vector, (size_t)n * sizeof(*iov)) < 0)
		return sys_ret(-EFAULT);
	return have_lengths(iov, n) ? each_of(fd, iov, n, out) : sys_ret(-EINVAL);
}

ssize_t readv(int fd, const struct iovec *iov, int n)
{
	return each(fd, iov, n, false);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return each(fd, iov, n, true);
}

int truncate(const char *path, off_t size)
{
	long file = size < 0 ? -EINVAL : __io_open(path, O_WRONLY, 0, IPC_APART), ret;
	struct ipc_message m = { .op = IO_TRUNCATE, .word = { (uint64_t)size } };

	if (file < 0)
		return (int)sys_ret(file);
	ret = __io_call((int)file, &m);
	sys_handle_close((int)file);
	return (int)sys_ret(ret);
}

int fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -1;
	return (int)sys_ret(S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode) ? -EINVAL : 0);
}

int fdatasync(int fd) ALIAS(fsync);

void sync(void)
{
}
