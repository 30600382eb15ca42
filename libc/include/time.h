/* SPDX-License-Identifier: MIT */
/* Clocks. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#define CLOCKS_PER_SEC	1000000L
#define CLOCK_REALTIME	0
#define CLOCK_MONOTONIC 1

struct timespec {
	time_t tv_sec;
	long tv_nsec;
};

int clock_gettime(clockid_t clock, struct timespec *ts);
int nanosleep(const struct timespec *want, struct timespec *left);
time_t time(time_t *out);
clock_t clock(void);
double difftime(time_t a, time_t b);
