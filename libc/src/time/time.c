/* SPDX-License-Identifier: MIT */
/* Clocks and sleeping. */
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"

#define NSEC_PER_SEC 1000000000l

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	return (int)sys_ret(sys_clock_gettime(clock, ts));
}

/* Seconds as nanoseconds; more than the kernel can count is for ever. */
static size_t seconds_ns(size_t seconds, size_t nsec)
{
	size_t ns;

	if (__builtin_mul_overflow(seconds, (size_t)NSEC_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, nsec, &ns))
		return ~(size_t)0;
	return ns;
}

/* Nothing interrupts a sleep in this slice, so nothing is ever left of it. */
int nanosleep(const struct timespec *want, struct timespec *left)
{
	if (want->tv_sec < 0 || want->tv_nsec < 0 || want->tv_nsec >= NSEC_PER_SEC)
		return (int)sys_ret(-EINVAL);
	if (left)
		*left = (struct timespec){ 0, 0 };
	return (int)sys_ret(sys_nanosleep(seconds_ns((size_t)want->tv_sec, (size_t)want->tv_nsec)));
}

unsigned int sleep(unsigned int seconds)
{
	sys_nanosleep((size_t)seconds * NSEC_PER_SEC);
	return 0;
}

int usleep(useconds_t us)
{
	return (int)sys_ret(sys_nanosleep((size_t)us * 1000));
}

time_t time(time_t *out)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *tv, void *tz)
{
	struct timespec now;
	int ret = clock_gettime(CLOCK_REALTIME, &now);

	(void)tz;
	if (!ret)
		*tv = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return ret;
}

/* Time since boot: the kernel keeps no processor time for a process yet. */
clock_t clock(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now))
		return -1;
	return now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / 1000;
}

double difftime(time_t a, time_t b)
{
	return (double)(a - b);
}
