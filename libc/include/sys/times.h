/* SPDX-License-Identifier: MIT */
/* Time that processes have used, in ticks of which sysconf(_SC_CLK_TCK) make a second. */
#pragma once

#include <sys/types.h>

struct tms {
	clock_t tms_utime, tms_stime;	/* of the process: all of it in utime */
	clock_t tms_cutime, tms_cstime; /* of the children it has waited for */
};

clock_t times(struct tms *tms);
