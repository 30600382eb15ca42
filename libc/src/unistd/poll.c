/* SPDX-License-Identifier: MIT */
/*
 * poll(): each server is asked what its file is ready for.  If nothing is, they are
 * asked again and given a connection to an endpoint of ours, which they notify when
 * that may have changed; there we wait.
 */
#include <mg/ipc.h>
#include <poll.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"
#include "unistd/request.h"

static short ask(int fd, int watcher)
{
	struct ipc_message m = { .op = IO_POLL };
	long ready;

	if (watcher >= 0) {
		m.flags = 1;
		m.handle[0] = watcher;
		m.rights[0] = RIGHT_NOTIFY;
	}
	ready = __io_call(fd, &m);
	if (ready == IO_NO_CONNECTION) /* the console, a memory object */
		return POLLIN | POLLOUT;
	return ready == -EBADF ? POLLNVAL : ready < 0 ? POLLERR : (short)ready;
}

/* How many are ready. */
static int ask_all(struct pollfd *fds, nfds_t n, int watcher)
{
	int ready = 0;

	for (struct pollfd *p = fds; p < fds + n; p++) {
		p->revents = 0;
		if (p->fd >= 0)
			p->revents =
				ask(p->fd, watcher) & (p->events | POLLERR | POLLHUP | POLLNVAL);
		ready += p->revents != 0;
	}
	return ready;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* As ask_all(), but waits until now() is end if none is ready; -errno: -ETIMEDOUT, -EINTR … */
static int ask_or_wait(struct pollfd *fds, nfds_t n, uint64_t end)
{
	long ep = sys_endpoint_create(RIGHT_APART);
	long watcher = ep < 0 ? ep : sys_connect((int)ep, 0, RIGHT_NOTIFY | RIGHT_APART);
	uint64_t time = end == IPC_FOREVER ? 0 : now();
	struct ipc_message m;
	long ret = watcher;

	if (watcher >= 0)
		ret = ask_all(fds, n, (int)watcher);
	if (!ret)
		ret = sys_ipc_recv(ep, &m, end == IPC_FOREVER ? end : end > time ? end - time : 0);
	else if (ret > 0)
		ret = 0;
	sys_handle_close(watcher);
	sys_handle_close(ep);
	return (int)ret;
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	uint64_t end = timeout_ms < 0 ? IPC_FOREVER : now() + (uint64_t)timeout_ms * 1000000;
	int ready, ret = 0;

	if (n > (nfds_t)sysconf(_SC_OPEN_MAX))
		return (int)sys_ret(-EINVAL);
	if (sys_vm_copy(fds, fds, n * sizeof(*fds)) < 0) /* to be read and written */
		return (int)sys_ret(-EFAULT);
	while (!(ready = ask_all(fds, n, -1)) && timeout_ms && ret != -ETIMEDOUT) {
		ret = ask_or_wait(fds, n, end);
		if (ret < 0 && ret != -ETIMEDOUT)
			return (int)sys_ret(ret);
	}
	return ready;
}
