/* SPDX-License-Identifier: MIT */
/* The system's name, and what a process has used and may use. */
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"

#define STACK_SIZE (8ul << 20) /* as exec maps it */

int uname(struct utsname *name)
{
	*name = (struct utsname){ "Merganser", "merganser", "0", "0", "x86_64" };
	return 0;
}

int getrusage(int who, struct rusage *usage)
{
	clock_t used = who == RUSAGE_SELF ? clock() : 0;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN)
		return (int)sys_ret(-EINVAL);
	*usage = (struct rusage){ .ru_utime = { used / CLOCKS_PER_SEC, used % CLOCKS_PER_SEC } };
	return 0;
}

int getrlimit(int resource, struct rlimit *limit)
{
	rlim_t most = RLIM_INFINITY;

	if (resource < 0 || resource >= RLIM_NLIMITS)
		return (int)sys_ret(-EINVAL);
	if (resource == RLIMIT_STACK)
		most = STACK_SIZE;
	else if (resource == RLIMIT_NOFILE)
		most = (rlim_t)sysconf(_SC_OPEN_MAX);
	*limit = (struct rlimit){ most, most };
	return 0;
}
