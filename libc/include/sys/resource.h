/* SPDX-License-Identifier: MIT */
/* What a process has used, and what it may use. */
#pragma once

#include <sys/time.h>

#define RUSAGE_SELF	0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD	1
#define RLIM_INFINITY	(~0ul)
#define RLIMIT_DATA	2
#define RLIMIT_STACK	3
#define RLIMIT_CORE	4
#define RLIMIT_NPROC	6
#define RLIMIT_NOFILE	7
#define RLIMIT_AS	9
#define RLIM_NLIMITS	16

typedef unsigned long rlim_t;

struct rlimit {
	rlim_t rlim_cur, rlim_max;
};

/* Kept are ru_utime, all time on a CPU, and the two counts of page faults; the others are 0. */
struct rusage {
	struct timeval ru_utime, ru_stime;
	long ru_maxrss, ru_ixrss, ru_idrss, ru_isrss, ru_minflt, ru_majflt, ru_nswap;
	long ru_inblock, ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals, ru_nvcsw, ru_nivcsw;
};

#define PRIO_PROCESS 0
#define PRIO_PGRP    1
#define PRIO_USER    2
#define PRIO_MIN     (-20)
#define PRIO_MAX     20

/* All processes have priority 0, and no other: EACCES. */
int getpriority(int which, id_t who);
int setpriority(int which, id_t who, int priority);
int getrusage(int who, struct rusage *usage);
int getrlimit(int resource, struct rlimit *limit);

/*
 * No limit can be changed yet. What leaves one as it is succeeds; to raise it is EPERM; EINVAL
 * if there is no such limit, if the soft one is above the hard one, and for all else.
 */
int setrlimit(int resource, const struct rlimit *limit);
