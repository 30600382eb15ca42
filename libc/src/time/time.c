/* SPDX-License-Identifier: MIT */
/* Clocks and sleeping. */
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "signal/signal.h"
#include "sys.h"

#define NSEC_PER_SEC 1000000000l
#define SECONDS_MAX  4000000000l /* more is as good as never */

/* What is left of a sleep until `end`. */
static long ns_left(long end)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return end - (now.tv_sec * NSEC_PER_SEC + now.tv_nsec);
}

/* Sleeps ns nanoseconds, unless a handler runs: the rest then, else 0. */
static long sleep_for(long ns)
{
	long end = -ns_left(0) + ns, left = ns;

	__sig_forget();
	while (left > 0 && sys_nanosleep((size_t)left) == -EINTR && !__sig_ran[0])
		left = ns_left(end);
	left = ns_left(end);
	return __sig_ran[0] && left > 0 ? left : 0;
}

/* -1 and what is left if a handler ran. */
int nanosleep(const struct timespec *request, struct timespec *left)
{
	struct timespec want;
	long rest;

	if (sys_vm_copy(&want, request, sizeof(want)) < 0)
		return (int)sys_ret(-EFAULT);
	if (want.tv_sec < 0 || want.tv_nsec < 0 || want.tv_nsec >= NSEC_PER_SEC)
		return (int)sys_ret(-EINVAL);
	rest = sleep_for(want.tv_sec > SECONDS_MAX ? SECONDS_MAX * NSEC_PER_SEC :
						     want.tv_sec * NSEC_PER_SEC + want.tv_nsec);
	if (!rest)
		return 0;
	want = (struct timespec){ rest / NSEC_PER_SEC, rest % NSEC_PER_SEC };
	if (left && sys_vm_copy(left, &want, sizeof(want)) < 0)
		return (int)sys_ret(-EFAULT);
	return (int)sys_ret(-EINTR);
}

unsigned int sleep(unsigned int seconds)
{
	return (unsigned int)((sleep_for(seconds * NSEC_PER_SEC) + NSEC_PER_SEC - 1) /
			      NSEC_PER_SEC);
}

int usleep(useconds_t us)
{
	return sleep_for(us * 1000l) ? (int)sys_ret(-EINTR) : 0;
}

time_t time(time_t *out)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (out && sys_vm_copy(out, &now.tv_sec, sizeof(*out)) < 0)
		return sys_ret(-EFAULT);
	return now.tv_sec;
}

int gettimeofday(struct timeval *tv, void *tz)
{
	struct timespec now;
	struct timeval copy;

	(void)tz;
	clock_gettime(CLOCK_REALTIME, &now);
	copy = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
	return tv && sys_vm_copy(tv, &copy, sizeof(copy)) < 0 ? (int)sys_ret(-EFAULT) : 0;
}

double difftime(time_t a, time_t b)
{
	return (double)(a - b);
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
	struct timespec now, finest = { 0, 1 };

	if (clock_gettime(clock, &now)) /* whether there is one */
		return -1;
	if (resolution && sys_vm_copy(resolution, &finest, sizeof(finest)) < 0)
		return (int)sys_ret(-EFAULT);
	return 0;
}

static char utc[] = "UTC";
char *tzname[2] = { utc, utc };
long timezone;
int daylight;

/* Local time is UTC. */
void tzset(void)
{
}
