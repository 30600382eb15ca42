/* SPDX-License-Identifier: MIT */
/*
 * Clocks and the calendar.  CLOCK_REALTIME is what the machine's clock on a battery said at boot,
 * in UTC, and what has passed since; nobody sets it.  Local time is UTC.
 */
#pragma once

#include <mg/times.h>
#include <stddef.h>

#define CLOCKS_PER_SEC		 1000000L
#define CLOCK_REALTIME		 0
#define CLOCK_MONOTONIC		 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID	 3
#define CLOCK_MONOTONIC_RAW	 CLOCK_MONOTONIC /* nobody adjusts it */

struct tm {
	int tm_sec, tm_min, tm_hour;
	int tm_mday, tm_mon, tm_year; /* from 1, from 0, since 1900 */
	int tm_wday, tm_yday, tm_isdst;
	long tm_gmtoff;
	const char *tm_zone;
};

int clock_gettime(clockid_t clock, struct timespec *ts);
int nanosleep(const struct timespec *want, struct timespec *left);
time_t time(time_t *out);
clock_t clock(void);
double difftime(time_t a, time_t b);

time_t mktime(struct tm *tm);
time_t timegm(struct tm *tm);
struct tm *gmtime(const time_t *t);
struct tm *gmtime_r(const time_t *restrict t, struct tm *restrict tm);
struct tm *localtime(const time_t *t);
struct tm *localtime_r(const time_t *restrict t, struct tm *restrict tm);
char *asctime(const struct tm *tm);
char *asctime_r(const struct tm *restrict tm, char *restrict buf);
char *ctime(const time_t *t);
char *ctime_r(const time_t *t, char *buf);
char *strptime(const char *restrict s, const char *restrict fmt, struct tm *restrict tm);
int clock_getres(clockid_t clock, struct timespec *resolution);
void tzset(void);
extern char *tzname[2];
extern long timezone;
extern int daylight;
size_t strftime(char *restrict s, size_t size, const char *restrict fmt,
		const struct tm *restrict tm) __attribute__((format(strftime, 3, 0)));
