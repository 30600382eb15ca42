/* SPDX-License-Identifier: MIT */
/* What a process has used, and what it may use. */
#pragma once

#include <abi/resource.h>
#include <sys/time.h>

#define RUSAGE_SELF	0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD	1
#define RLIMIT_CORE	4
#define RLIMIT_NPROC	6
#define RLIMIT_NOFILE	7

typedef unsigned long rlim_t;

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
 * RLIMIT_AS, DATA, MEMLOCK and STACK are obeyed, also by those who have all authority. No other can
 * be changed yet: what leaves it as it is succeeds. To raise a hard limit is EPERM; EINVAL if there
 * is no such limit, if the soft one is above the hard one, and for all else.
 */
int setrlimit(int resource, const struct rlimit *limit);

/* Both at once. Another process's are not to be had: EPERM, ESRCH. */
int prlimit(pid_t pid, int resource, const struct rlimit *limit, struct rlimit *old);
