/* SPDX-License-Identifier: MIT */
/* SIGALRM at a time: one timer a process, alarm() and setitimer() share it. */
#include <sys/time.h>
#include <unistd.h>

#include "sys.h"

#define NSEC_PER_SEC  1000000000l
#define NSEC_PER_USEC 1000l
#define AS_IT_WAS     ((size_t)-1)

static struct timeval last_interval; /* the kernel tells only what is left of the first */

static struct timeval to_timeval(long ns)
{
	long us = (ns + NSEC_PER_USEC - 1) / NSEC_PER_USEC;

	return (struct timeval){ us / 1000000, us % 1000000 };
}

static long to_ns(const struct timeval *tv)
{
	if (tv->tv_sec < 0 || tv->tv_usec < 0 || tv->tv_usec >= 1000000)
		return -1;
	return tv->tv_sec > 1000000000 ? 1000000000 * NSEC_PER_SEC :
					 tv->tv_sec * NSEC_PER_SEC + tv->tv_usec * NSEC_PER_USEC;
}

unsigned int alarm(unsigned int seconds)
{
	long left = sys_alarm(seconds * NSEC_PER_SEC, 0);

	last_interval = (struct timeval){ 0, 0 };
	return (unsigned int)((left + NSEC_PER_SEC - 1) / NSEC_PER_SEC);
}

useconds_t ualarm(useconds_t us, useconds_t interval)
{
	long left = sys_alarm(us * NSEC_PER_USEC, interval * NSEC_PER_USEC);

	last_interval = to_timeval(interval * NSEC_PER_USEC);
	return (useconds_t)((left + NSEC_PER_USEC - 1) / NSEC_PER_USEC);
}

/* Tells of a timer with so many ns left. */
static int give(struct itimerval *to, long left)
{
	struct itimerval timer = { last_interval, to_timeval(left) };

	return sys_vm_copy(to, &timer, sizeof(timer)) < 0 ? (int)sys_ret(-EFAULT) : 0;
}

int getitimer(int which, struct itimerval *now)
{
	if (which != ITIMER_REAL)
		return (int)sys_ret(-EINVAL);
	return give(now, sys_alarm(AS_IT_WAS, 0));
}

int setitimer(int which, const struct itimerval *new_timer, struct itimerval *old)
{
	struct itimerval timer;
	long first, interval, left;
	int ret = 0;

	if (sys_vm_copy(&timer, new_timer, sizeof(timer)) < 0)
		return (int)sys_ret(-EFAULT);
	first = to_ns(&timer.it_value);
	interval = to_ns(&timer.it_interval);
	if (which != ITIMER_REAL || first < 0 || interval < 0)
		return (int)sys_ret(-EINVAL);
	left = sys_alarm((size_t)first, (size_t)interval);
	if (old)
		ret = give(old, left);
	last_interval = timer.it_interval;
	return ret;
}
