/* SPDX-License-Identifier: MIT */
/* What descriptors are ready for, and waiting until one of them is. */
#pragma once

#define POLLIN	 0x001
#define POLLPRI	 0x002
#define POLLOUT	 0x004
#define POLLERR	 0x008
#define POLLHUP	 0x010
#define POLLNVAL 0x020

typedef unsigned long nfds_t;

struct pollfd {
	int fd; /* below 0: not looked at */
	short events;
	short revents; /* of events, and POLLERR, POLLHUP, POLLNVAL */
};

int poll(struct pollfd *fds, nfds_t n, int timeout_ms);
