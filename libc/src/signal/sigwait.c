/* SPDX-License-Identifier: MIT */
/* Taking signals without a handler. */
#include <signal.h>
#include <time.h>

#include "signal/signal.h"
#include "sys.h"

#define NSEC_PER_SEC 1000000000l
#define FOREVER	     (~0ul)
#define SECONDS_MAX  4000000000l

/* The signal, or -errno; -EINTR if a handler has run. */
static long wait_for(const sigset_t *set, siginfo_t *info, size_t ns)
{
	sigset_t copy;

	if (sys_vm_copy(&copy, set, sizeof(copy)) < 0)
		return -EFAULT;
	return SYS_UNTIL_HANDLER(sys_sigtimedwait(copy, info, ns));
}

/* The error itself, and not in errno.  Other signals do not end it. */
int sigwait(const sigset_t *restrict set, int *restrict sig)
{
	int error = errno;
	long ret;

	do
		ret = wait_for(set, NULL, FOREVER);
	while (ret == -EINTR);
	errno = error;
	if (ret < 0)
		return (int)-ret;
	*sig = (int)ret;
	return 0;
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	return (int)sys_ret(wait_for(set, info, FOREVER));
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
		 const struct timespec *restrict timeout)
{
	struct timespec t;

	if (!timeout)
		return sigwaitinfo(set, info);
	if (sys_vm_copy(&t, timeout, sizeof(t)) < 0)
		return (int)sys_ret(-EFAULT);
	if (t.tv_sec < 0 || t.tv_nsec < 0 || t.tv_nsec >= NSEC_PER_SEC)
		return (int)sys_ret(-EINVAL);
	if (t.tv_sec > SECONDS_MAX)
		t.tv_sec = SECONDS_MAX;
	return (int)sys_ret(wait_for(set, info, (size_t)(t.tv_sec * NSEC_PER_SEC + t.tv_nsec)));
}
