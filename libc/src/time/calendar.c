/* SPDX-License-Identifier: MIT */
/*
 * The calendar: seconds since 1970 to year, month, day, and back.  Days are counted in
 * years that begin on 1 March, so that the leap day is the last one of its year; 400
 * years have 146,097 days.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "alias.h"

#define DAY	      86400l
#define DAYS_IN_400   146097l
#define MARCH_TO_1970 719468l /* days from 1 March of the year 0 to 1 January 1970 */

static long divide_down(long a, long b)
{
	return a / b - (a % b < 0);
}

/* Days from 1970 to the first of a month (0 is January) of a year. */
static long days_before(long year, int month)
{
	long from_march = (month + 10) % 12;

	year -= month < 2;
	return year * 365 + divide_down(year, 4) - divide_down(year, 100) + divide_down(year, 400) +
	       (from_march * 153 + 2) / 5 - MARCH_TO_1970;
}

struct tm *gmtime_r(const time_t *restrict t, struct tm *restrict tm)
{
	long days = divide_down(*t, DAY), second = (*t % DAY + DAY) % DAY;
	long year = 1970 + divide_down(days * 400, DAYS_IN_400); /* or the one before or after */
	int month = 11;

	while (days_before(year + 1, 0) <= days)
		year++;
	while (days_before(year, 0) > days)
		year--;
	while (days_before(year, month) > days)
		month--;
	if (year - 1900 > INT_MAX || year - 1900 < INT_MIN) {
		errno = EOVERFLOW;
		return NULL;
	}
	*tm = (struct tm){ .tm_sec = (int)(second % 60),
			   .tm_min = (int)(second / 60 % 60),
			   .tm_hour = (int)(second / 3600),
			   .tm_mday = (int)(days - days_before(year, month) + 1),
			   .tm_mon = month,
			   .tm_year = (int)(year - 1900),
			   .tm_wday = (int)(((days + 4) % 7 + 7) % 7),
			   .tm_yday = (int)(days - days_before(year, 0)),
			   .tm_zone = "UTC" };
	return tm;
}

/* The fields may be out of their ranges, and are brought into them. */
time_t timegm(struct tm *tm)
{
	long years = divide_down(tm->tm_mon, 12);
	long days = days_before(tm->tm_year + 1900l + years, (int)(tm->tm_mon - years * 12));
	time_t t = (days + tm->tm_mday - 1) * DAY + tm->tm_hour * 3600l + tm->tm_min * 60l +
		   tm->tm_sec;

	return gmtime_r(&t, tm) ? t : -1;
}

time_t mktime(struct tm *tm) ALIAS(timegm);

struct tm *localtime_r(const time_t *restrict t, struct tm *restrict tm) ALIAS(gmtime_r);

static struct tm shared;

struct tm *gmtime(const time_t *t)
{
	return gmtime_r(t, &shared);
}

struct tm *localtime(const time_t *t) ALIAS(gmtime);

char *asctime_r(const struct tm *restrict tm, char *restrict buf)
{
	return strftime(buf, 26, "%a %b %e %H:%M:%S %Y\n", tm) ? buf : NULL;
}

char *asctime(const struct tm *tm)
{
	static char buf[26];

	return asctime_r(tm, buf);
}

char *ctime_r(const time_t *t, char *buf)
{
	struct tm tm;

	return localtime_r(t, &tm) ? asctime_r(&tm, buf) : NULL;
}

char *ctime(const time_t *t)
{
	struct tm *tm = localtime(t);

	return tm ? asctime(tm) : NULL;
}
