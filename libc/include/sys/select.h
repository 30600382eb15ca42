/* SPDX-License-Identifier: MIT */
/* Waiting for descriptors, as sets of bits; see <poll.h>. */
#pragma once

#include <mg/times.h>

#define FD_SETSIZE 1024
#define NFDBITS	   64

typedef unsigned long fd_mask;
typedef struct {
	fd_mask fds_bits[FD_SETSIZE / NFDBITS];
} fd_set;

#define FD_ZERO(set)	  __builtin_memset((set), 0, sizeof(*(set)))
#define FD_SET(fd, set)	  ((void)((set)->fds_bits[(fd) / NFDBITS] |= 1ul << ((fd) % NFDBITS)))
#define FD_CLR(fd, set)	  ((void)((set)->fds_bits[(fd) / NFDBITS] &= ~(1ul << ((fd) % NFDBITS))))
#define FD_ISSET(fd, set) ((int)((set)->fds_bits[(fd) / NFDBITS] >> ((fd) % NFDBITS) & 1))

int select(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict exceptional,
	   struct timeval *restrict timeout);
int pselect(int n, fd_set *restrict in, fd_set *restrict out, fd_set *restrict exceptional,
	    const struct timespec *restrict timeout,
	    const unsigned long *restrict mask /* a sigset_t */);
