/* SPDX-License-Identifier: MIT */
/* select() and pselect(): poll() with the descriptors as sets of bits. */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

#include "sys.h"

static bool is_in(int fd, const fd_set *set)
{
	return set && FD_ISSET(fd, set);
}

/* The descriptors of the sets; their number. */
static nfds_t collect(struct pollfd *fds, int n, const fd_set *in, const fd_set *out,
		      const fd_set *exceptional)
{
	nfds_t nr = 0;

	for (int fd = 0; fd < n; fd++) {
		short events =
			(short)((is_in(fd, in) ? POLLIN : 0) | (is_in(fd, out) ? POLLOUT : 0));

		if (events || is_in(fd, exceptional))
			fds[nr++] = (struct pollfd){ .fd = fd, .events = events };
	}
	return nr;
}

/* Leaves in the set what the events say is ready; how many. */
static int keep(fd_set *set, const struct pollfd *fds, nfds_t nr, short asked, short events)
{
	int ready = 0;
	fd_set result;

	if (!set)
		return 0;
	FD_ZERO(&result);
	for (nfds_t i = 0; i < nr; i++)
		if (fds[i].events & asked && fds[i].revents & events) {
			FD_SET(fds[i].fd, &result);
			ready++;
		}
	*set = result;
	return ready;
}

/* Whether a set is there and can be written. */
static bool is_there(fd_set *set)
{
	return !set || sys_vm_copy(set, set, sizeof(*set)) >= 0;
}

static int select_ms(int n, fd_set *in, fd_set *out, fd_set *exceptional, int ms)
{
	struct pollfd *fds;
	nfds_t nr;
	int ready;

	if (n < 0 || n > FD_SETSIZE)
		return (int)sys_ret(-EINVAL);
	if (!is_there(in) || !is_there(out) || !is_there(exceptional))
		return (int)sys_ret(-EFAULT);
	fds = calloc((size_t)n + 1, sizeof(*fds));
	if (!fds)
		return -1;
	nr = collect(fds, n, in, out, exceptional);
	ready = poll(fds, nr, ms);
	for (nfds_t i = 0; ready > 0 && i < nr; i++)
		if (fds[i].revents & POLLNVAL)
			ready = (int)sys_ret(-EBADF);
	if (ready >= 0) {
		ready = keep(in, fds, nr, POLLIN, POLLIN | POLLHUP | POLLERR) +
			keep(out, fds, nr, POLLOUT, POLLOUT | POLLERR);
		if (exceptional) /* nothing here has exceptional conditions */
			FD_ZERO(exceptional);
	}
	free(fds);
	return ready;
}

#define MS_MAX 0x7fffffff

/* Milliseconds, rounded up; -1 without end. */
static int milliseconds(const struct timespec *t)
{
	if (!t)
		return -1;
	return t->tv_sec >= MS_MAX / 1000 ?
		       MS_MAX :
		       (int)(t->tv_sec * 1000 + (t->tv_nsec + 999999) / 1000000);
}

int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict exceptional,
	   struct timeval *restrict timeout)
{
	struct timespec t = { 0 };
	struct timeval us;

	if (timeout) {
		if (sys_vm_copy(&us, timeout, sizeof(us)) < 0)
			return (int)sys_ret(-EFAULT);
		if (us.tv_sec < 0 || us.tv_usec < 0)
			return (int)sys_ret(-EINVAL);
		t = (struct timespec){ us.tv_sec + us.tv_usec / 1000000,
				       us.tv_usec % 1000000 * 1000 };
	}
	return select_ms(n, in, out, exceptional, milliseconds(timeout ? &t : NULL));
}

/* Unlike POSIX, mask and wait are two steps: a signal between them does not end the wait. */
int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict exceptional,
	    const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
	sigset_t old;
	int ready;

	if (timeout &&
	    (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec > 999999999))
		return (int)sys_ret(-EINVAL);
	if (mask)
		sigprocmask(SIG_SETMASK, mask, &old);
	ready = select_ms(n, in, out, exceptional, milliseconds(timeout));
	if (mask) {
		int error = errno;

		sigprocmask(SIG_SETMASK, &old, NULL);
		errno = error;
	}
	return ready;
}
