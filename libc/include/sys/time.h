/* SPDX-License-Identifier: MIT */
/* The time of day. */
#pragma once

#include <sys/types.h>

struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};

struct itimerval {
	struct timeval it_interval; /* 0: once */
	struct timeval it_value;    /* 0: never */
};

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1 /* EINVAL: the kernel keeps no processor time for a process */
#define ITIMER_PROF    2

int gettimeofday(struct timeval *tv, void *tz);
int getitimer(int which, struct itimerval *now);
int setitimer(int which, const struct itimerval *timer, struct itimerval *old);
