/* SPDX-License-Identifier: MIT */
/* The time of day. */
#pragma once

#include <mg/times.h>
#include <sys/select.h>

struct itimerval {
	struct timeval it_interval; /* 0: once */
	struct timeval it_value;    /* 0: never */
};

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1 /* EINVAL: the kernel keeps no processor time for a process */
#define ITIMER_PROF    2

#define timerisset(t) ((t)->tv_sec || (t)->tv_usec)
#define timerclear(t) ((void)((t)->tv_sec = (t)->tv_usec = 0))
#define timercmp(a, b, op) \
	((a)->tv_sec == (b)->tv_sec ? (a)->tv_usec op(b)->tv_usec : (a)->tv_sec op(b)->tv_sec)
#define timeradd(a, b, sum) \
	do { \
		(sum)->tv_sec = (a)->tv_sec + (b)->tv_sec; \
		(sum)->tv_usec = (a)->tv_usec + (b)->tv_usec; \
		if ((sum)->tv_usec >= 1000000) { \
			(sum)->tv_sec++; \
			(sum)->tv_usec -= 1000000; \
		} \
	} while (0)
#define timersub(a, b, rest) \
	do { \
		(rest)->tv_sec = (a)->tv_sec - (b)->tv_sec; \
		(rest)->tv_usec = (a)->tv_usec - (b)->tv_usec; \
		if ((rest)->tv_usec < 0) { \
			(rest)->tv_sec--; \
			(rest)->tv_usec += 1000000; \
		} \
	} while (0)

int utimes(const char *path, const struct timeval times[2]);
int futimes(int fd, const struct timeval times[2]);
int lutimes(const char *path, const struct timeval times[2]);
int gettimeofday(struct timeval *tv, void *tz);
int getitimer(int which, struct itimerval *now);
int setitimer(int which, const struct itimerval *timer, struct itimerval *old);
