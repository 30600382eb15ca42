/* SPDX-License-Identifier: MIT */
/* read, write and their kin. */
#include <abi/kernel.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "signal/signal.h"
#include "sys.h"
#include "unistd/request.h"

#define OFFSETS 256

static off_t offsets[OFFSETS];

off_t *__fd_offset(int fd)
{
	return fd >= 0 && fd < OFFSETS ? &offsets[fd] : NULL;
}

void __fd_copy_offset(int from, int to)
{
	const off_t *old = __fd_offset(from);
	off_t *copy = __fd_offset(to);

	if (old && copy && *copy != *old) /* most are 0, and their page stays untouched */
		*copy = *old;
}

/* One window's worth. */
static inline __attribute__((always_inline)) long transfer_once(int fd, int op, const void *buf,
								size_t n, size_t offset)
{
	unsigned int flags = op == IO_READ ? IPC_WRITABLE(0) : 0;
	long got;

	if (n <= IPC_INLINE_MAX)
		flags |= IPC_INLINE;
	do {
		struct ipc_message m = {
			.op = op, .flags = flags, .word = { offset }, .window = { WINDOW(buf) }
		};

		m.window_len[0] = n < IPC_WINDOW_MAX ? (uint32_t)n : IPC_WINDOW_MAX;
		__sig_forget();
		got = __io_call_once(fd, &m);
		if (__builtin_expect(got == -EFAULT, 0) && flags & IPC_INLINE) {
			flags &= ~IPC_INLINE; /* what fits may stand before the hole */
			got = -EINTR;
			__sig_forget();
		}
	} while (got == -EINTR && !__sig_ran[1]);
	return got;
}

/* Whether to go on after a full window: a read that would wait has got enough. */
static bool has_more(int fd, int op)
{
	struct ipc_message m = { .op = IO_POLL };
	long ready = op == IO_READ ? __io_call(fd, &m) : POLLIN;

	return ready > 0 && ready & POLLIN;
}

/* The rest, when the first window was full: what was done in all. */
static __attribute__((noinline)) long transfer_more(int fd, int op, const void *buf, size_t n,
						    size_t offset)
{
	size_t done = IPC_WINDOW_MAX;
	long got = IPC_WINDOW_MAX;

	while (got == IPC_WINDOW_MAX && done < n && has_more(fd, op)) {
		got = transfer_once(fd, op, (const char *)buf + done, n - done,
				    offset == IO_HERE ? offset : offset + done);
		done += got > 0 ? (size_t)got : 0;
	}
	if (got == -EPIPE)
		raise(SIGPIPE);
	return (long)done;
}

/* What was done, or why nothing was; IO_NO_CONNECTION. */
static long transfer(int fd, int op, const void *buf, size_t n, size_t offset)
{
	long got = transfer_once(fd, op, buf, n, offset);

	if (got == IPC_WINDOW_MAX)
		return transfer_more(fd, op, buf, n, offset);
	if (got == -EPIPE)
		raise(SIGPIPE);
	return got;
}

ssize_t read(int fd, void *buf, size_t n)
{
	long got = transfer(fd, IO_READ, buf, n, IO_HERE);
	off_t *pos = __fd_offset(fd);

	if (got != IO_NO_CONNECTION)
		return sys_ret(got);
	got = sys_vmo_read(fd, buf, n, pos ? (size_t)*pos : 0);
	if (got > 0 && pos)
		*pos += got;
	return sys_ret(got == -EINVAL ? -EBADF : got); /* a KCAP: for writing only */
}

ssize_t pread(int fd, void *buf, size_t n, off_t offset)
{
	long got = offset < 0 ? -EINVAL : transfer(fd, IO_READ, buf, n, (size_t)offset);

	if (got == IO_NO_CONNECTION)
		got = sys_vmo_read(fd, buf, n, (size_t)offset);
	return sys_ret(got);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	long done = transfer(fd, IO_WRITE, buf, n, IO_HERE);

	if (done == IO_NO_CONNECTION) {
		done = sys_klog(fd, KLOG_OWN, buf, n);
		if (done == -EINVAL)
			done = -EBADF; /* an object of memory: for reading only */
	}
	return sys_ret(done);
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t offset)
{
	long done = offset < 0 ? -EINVAL : transfer(fd, IO_WRITE, buf, n, (size_t)offset);

	return sys_ret(done == IO_NO_CONNECTION ? -ESPIPE : done);
}

/* lseek() in a memory object. */
static long seek_object(int fd, off_t offset, int whence)
{
	long size = sys_vmo_size(fd);
	off_t *pos = __fd_offset(fd);
	off_t base;

	if (size < 0 || !pos)
		return size == -EINVAL ? -ESPIPE : size < 0 ? size : -EBADF;
	base = whence == SEEK_CUR ? *pos : whence == SEEK_END ? size : 0;
	if (whence < SEEK_SET || whence > SEEK_END || base + offset < 0)
		return -EINVAL;
	*pos = base + offset;
	return *pos;
}

off_t lseek(int fd, off_t offset, int whence)
{
	struct ipc_message m = { .op = IO_SEEK, .word = { (uint64_t)offset, (uint64_t)whence } };
	long ret = __io_call(fd, &m);

	if (ret == IO_NO_CONNECTION)
		return sys_ret(seek_object(fd, offset, whence));
	return ret < 0 ? sys_ret(ret) : (off_t)m.word[0];
}

/*
 * Of the library's own none can be closed, as POSIX has it, but the authority, which a program may
 * want to be without.  It goes for good, since another handle to it would give it back.
 */
int close(int fd)
{
	if (fd == HANDLE_KCAP)
		return (int)sys_ret(sys_kcap_drop_bound(KCAP_ALL));
	if (fd >= HANDLE_OWN)
		return (int)sys_ret(-EBADF);
	if (__builtin_expect(__has_locks, 0))
		__locks_close(fd);
	return (int)sys_ret(sys_handle_close(fd));
}

static int dup_to(int fd, int to)
{
	long copy = sys_handle_dup(fd, to);

	if (copy >= 0)
		__fd_copy_offset(fd, (int)copy);
	return (int)sys_ret(copy);
}

int dup(int fd)
{
	return dup_to(fd, -1);
}

int dup2(int fd, int to)
{
	if (to < 0 || to >= HANDLE_OWN)
		return (int)sys_ret(-EBADF);
	if (__has_locks && fd != to && sys_handle_cloexec(fd, -1) >= 0)
		__locks_close(to);
	return dup_to(fd, to);
}

int dup3(int fd, int to, int flags)
{
	int copy;

	if (fd == to || flags & ~O_CLOEXEC)
		return (int)sys_ret(-EINVAL);
	copy = dup2(fd, to);
	if (copy >= 0 && flags)
		sys_handle_cloexec(copy, 1);
	return copy;
}
