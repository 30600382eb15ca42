/* SPDX-License-Identifier: MIT */
/* Limits: the kernel keeps those of memory; the others cannot be changed yet. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sys.h"

static bool is_of_memory(int resource)
{
	return resource == RLIMIT_AS || resource == RLIMIT_DATA || resource == RLIMIT_MEMLOCK ||
	       resource == RLIMIT_STACK;
}

int getrlimit(int resource, struct rlimit *limit)
{
	struct rlimit now = { RLIM_INFINITY, RLIM_INFINITY };

	if (resource < 0 || resource >= RLIM_NLIMITS)
		return (int)sys_ret(-EINVAL);
	if (is_of_memory(resource))
		sys_prlimit(resource, NULL, &now);
	else if (resource == RLIMIT_NOFILE)
		now.rlim_cur = now.rlim_max = (rlim_t)sysconf(_SC_OPEN_MAX);
	return sys_vm_copy(limit, &now, sizeof(now)) < 0 ? (int)sys_ret(-EFAULT) : 0;
}

int setrlimit(int resource, const struct rlimit *limit)
{
	struct rlimit now, want;

	if (getrlimit(resource, &now))
		return -1;
	if (sys_vm_copy(&want, limit, sizeof(want)) < 0)
		return (int)sys_ret(-EFAULT);
	if (is_of_memory(resource))
		return (int)sys_ret(sys_prlimit(resource, &want, NULL));
	if (want.rlim_cur > want.rlim_max)
		return (int)sys_ret(-EINVAL);
	if (want.rlim_max > now.rlim_max)
		return (int)sys_ret(-EPERM);
	if (want.rlim_cur != now.rlim_cur || want.rlim_max != now.rlim_max)
		return (int)sys_ret(-EINVAL);
	return 0;
}

int prlimit(pid_t pid, int resource, const struct rlimit *limit, struct rlimit *old)
{
	struct rlimit now;

	if (pid && pid != getpid())
		return (int)sys_ret(kill(pid, 0) ? -errno : -EPERM);
	if (getrlimit(resource, &now) || (limit && setrlimit(resource, limit)))
		return -1;
	return old && sys_vm_copy(old, &now, sizeof(now)) < 0 ? (int)sys_ret(-EFAULT) : 0;
}
