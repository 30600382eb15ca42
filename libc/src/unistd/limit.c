/* SPDX-License-Identifier: MIT */
/* Limits, none of which can be changed yet. */
#include <errno.h>
#include <sys/resource.h>

#include "sys.h"

int setrlimit(int resource, const struct rlimit *limit)
{
	struct rlimit now, want;

	if (getrlimit(resource, &now))
		return -1;
	if (sys_vm_copy(&want, limit, sizeof(want)) < 0)
		return (int)sys_ret(-EFAULT);
	if (want.rlim_cur > want.rlim_max)
		return (int)sys_ret(-EINVAL);
	if (want.rlim_max > now.rlim_max)
		return (int)sys_ret(-EPERM);
	if (want.rlim_cur != now.rlim_cur || want.rlim_max != now.rlim_max)
		return (int)sys_ret(-EINVAL);
	return 0;
}
