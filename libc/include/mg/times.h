/* SPDX-License-Identifier: MIT */
/* The structures of time that several headers have in common. */
#pragma once

#include <sys/types.h>

struct timespec {
	time_t tv_sec;
	long tv_nsec;
};

struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};
