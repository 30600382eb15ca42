/* SPDX-License-Identifier: MIT */
/* What processes have used: getrusage(), times(), and the clocks of a processor's time. */
#include "unistd/usage.h"

#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"

#define NSEC_PER_SEC  1000000000ul
#define NSEC_PER_TICK (NSEC_PER_SEC / 100)

struct rusage __rusage(const struct usage *usage)
{
	return (struct rusage){ .ru_utime = { (time_t)(usage->cpu_ns / NSEC_PER_SEC),
					      (suseconds_t)(usage->cpu_ns % NSEC_PER_SEC / 1000) },
				.ru_minflt = (long)usage->minor_faults,
				.ru_majflt = (long)usage->major_faults };
}

int getrusage(int who, struct rusage *usage)
{
	struct usage used;
	struct rusage copy;
	long ret = sys_usage(who, &used);

	if (!ret) {
		copy = __rusage(&used);
		ret = sys_vm_copy(usage, &copy, sizeof(copy));
	}
	return ret < 0 ? (int)sys_ret(ret) : 0;
}

static uint64_t cpu_ns(int who)
{
	struct usage used;

	sys_usage(who, &used);
	return used.cpu_ns;
}

clock_t clock(void)
{
	return (clock_t)(cpu_ns(USAGE_SELF) / (NSEC_PER_SEC / CLOCKS_PER_SEC));
}

clock_t times(struct tms *tms)
{
	struct tms now = { .tms_utime = (clock_t)(cpu_ns(USAGE_SELF) / NSEC_PER_TICK),
			   .tms_cutime = (clock_t)(cpu_ns(USAGE_CHILDREN) / NSEC_PER_TICK) };
	struct timespec up;

	if (tms && sys_vm_copy(tms, &now, sizeof(now)) < 0)
		return sys_ret(-EFAULT);
	clock_gettime(CLOCK_MONOTONIC, &up);
	return up.tv_sec * 100 + up.tv_nsec / (long)NSEC_PER_TICK;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	struct timespec copy;
	uint64_t ns;

	if (clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID)
		return (int)sys_ret(sys_clock_gettime(clock, ts));
	ns = cpu_ns(clock == CLOCK_PROCESS_CPUTIME_ID ? USAGE_SELF : USAGE_THREAD);
	copy = (struct timespec){ (time_t)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC) };
	return sys_vm_copy(ts, &copy, sizeof(copy)) < 0 ? (int)sys_ret(-EFAULT) : 0;
}
