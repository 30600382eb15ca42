/* SPDX-License-Identifier: MIT */
/* Text to dates, in the words of the C locale: strftime() the other way. */
#include <ctype.h>
#include <langinfo.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* A number of at most so many digits, in a range; NULL: there is none. */
static const char *take_number(const char *s, int digits, long least, long most, long *value)
{
	long n = 0;
	int seen = 0;

	while (isspace((unsigned char)*s))
		s++;
	for (; seen < digits && isdigit((unsigned char)*s); seen++)
		n = n * 10 + (*s++ - '0');
	*value = n;
	return seen && n >= least && n <= most ? s : NULL;
}

/* One of n names, whole or its short form, which stand in a row from these items on. */
static const char *take_name(const char *s, nl_item whole, nl_item brief, int n, int *which)
{
	for (int form = 0; form < 2; form++)
		for (int i = 0; i < n; i++) {
			const char *name = nl_langinfo((form ? brief : whole) + i);
			size_t len = strlen(name);

			if (!strncasecmp(s, name, len)) {
				*which = i;
				return s + len;
			}
		}
	return NULL;
}

/* +hhmm, +hh:mm, +hh or Z. */
static const char *take_zone(const char *s, struct tm *tm)
{
	bool west = *s == '-';
	long hours, minutes = 0;

	if (*s == 'Z') {
		tm->tm_gmtoff = 0;
		return s + 1;
	}
	if (*s != '+' && *s != '-')
		return NULL;
	s = take_number(s + 1, 2, 0, 14, &hours);
	if (s && *s == ':')
		s++;
	if (s && isdigit((unsigned char)*s))
		s = take_number(s, 2, 0, 59, &minutes);
	if (s)
		tm->tm_gmtoff = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
	return s;
}

/* What is known so far beside the fields of struct tm. */
struct state {
	long century;  /* -1: not given */
	long year;     /* of the century; -1 */
	bool pm, half; /* 12-hour clock */
	bool have_day, have_month, have_yday;
};

static const char *parse(const char *s, const char *fmt, struct tm *tm, struct state *st);

static const char *longer(char conv)
{
	switch (conv) {
	case 'c':
		return "%a %b %e %H:%M:%S %Y";
	case 'D':
	case 'x':
		return "%m/%d/%y";
	case 'F':
		return "%Y-%m-%d";
	case 'r':
		return "%I:%M:%S %p";
	case 'R':
		return "%H:%M";
	case 'T':
	case 'X':
		return "%H:%M:%S";
	default:
		return NULL;
	}
}

/* clang-format off */
/* A conversion that is a number, into *value; its range; false: it is none. */
static bool is_number(char conv, int *digits, long *least, long *most)
{
	static const struct { char conv; int digits; long least, most; } numbers[] = {
		{ 'C', 2, 0, 99 }, { 'd', 2, 1, 31 }, { 'e', 2, 1, 31 }, { 'H', 2, 0, 23 },
		{ 'k', 2, 0, 23 }, { 'I', 2, 1, 12 }, { 'l', 2, 1, 12 }, { 'j', 3, 1, 366 },
		{ 'm', 2, 1, 12 }, { 'M', 2, 0, 59 }, { 'S', 2, 0, 61 }, { 'u', 1, 1, 7 },
		{ 'U', 2, 0, 53 }, { 'V', 2, 1, 53 }, { 'w', 1, 0, 6 }, { 'W', 2, 0, 53 },
		{ 'y', 2, 0, 99 }, { 'Y', 4, 0, 9999 }, { 'g', 2, 0, 99 }, { 'G', 4, 0, 9999 },
		{ 's', 18, 0, 999999999999999999 },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].conv == conv) {
			*digits = numbers[i].digits;
			*least = numbers[i].least;
			*most = numbers[i].most;
			return true;
		}
	return false;
}

static void set_number(struct tm *tm, struct state *st, char conv, long n)
{
	switch (conv) {
	case 'C': st->century = n; break;
	case 'y': st->year = n; break;
	case 'Y': tm->tm_year = (int)n - 1900; st->century = st->year = -1; break;
	case 'd': case 'e': tm->tm_mday = (int)n; st->have_day = true; break;
	case 'H': case 'k': tm->tm_hour = (int)n; st->half = false; break;
	case 'I': case 'l': tm->tm_hour = (int)n % 12; st->half = true; break;
	case 'j': tm->tm_yday = (int)n - 1; st->have_yday = true; break;
	case 'm': tm->tm_mon = (int)n - 1; st->have_month = true; break;
	case 'M': tm->tm_min = (int)n; break;
	case 'S': tm->tm_sec = (int)n; break;
	case 's': localtime_r(&n, tm); break;
	case 'u': tm->tm_wday = (int)n % 7; break;
	case 'w': tm->tm_wday = (int)n; break;
	default: break; /* weeks tell nothing by themselves */
	}
}
/* clang-format on */

static const char *convert(const char *s, char conv, struct tm *tm, struct state *st)
{
	const char *more = longer(conv);
	long least, most, n;
	int digits, which;

	if (more)
		return parse(s, more, tm, st);
	if (is_number(conv, &digits, &least, &most)) {
		s = take_number(s, digits, least, most, &n);
		if (s)
			set_number(tm, st, conv, n);
		return s;
	}
	switch (conv) {
	case 'a':
	case 'A':
		return take_name(s, DAY_1, ABDAY_1, 7, &tm->tm_wday);
	case 'b':
	case 'B':
	case 'h':
		st->have_month = true;
		return take_name(s, MON_1, ABMON_1, 12, &tm->tm_mon);
	case 'p':
	case 'P':
		s = take_name(s, AM_STR, AM_STR, 2, &which);
		st->pm = s && which;
		return s;
	case 'z':
		while (isspace((unsigned char)*s))
			s++;
		return take_zone(s, tm);
	case 'Z':
		while (isalpha((unsigned char)*s))
			s++;
		return s;
	case 'n':
	case 't':
		while (isspace((unsigned char)*s))
			s++;
		return s;
	case '%':
		return *s == '%' ? s + 1 : NULL;
	default:
		return NULL;
	}
}

static const char *parse(const char *s, const char *fmt, struct tm *tm, struct state *st)
{
	for (; *fmt && s; fmt++) {
		if (isspace((unsigned char)*fmt)) {
			while (isspace((unsigned char)*s))
				s++;
		} else if (*fmt != '%') {
			s = *s == *fmt ? s + 1 : NULL;
		} else {
			fmt++;
			while (*fmt && strchr("_-0^#EO", *fmt))
				fmt++;
			if (!*fmt)
				return NULL;
			s = convert(s, *fmt, tm, st);
		}
	}
	return s;
}

/* What follows from what was given: the year, the hour, and the days of week and year. */
static void complete(struct tm *tm, const struct state *st)
{
	struct tm date;

	if (st->year >= 0 && st->century >= 0)
		tm->tm_year = (int)(st->century * 100 + st->year - 1900);
	else if (st->year >= 0)
		tm->tm_year = (int)(st->year < 69 ? st->year + 100 : st->year);
	else if (st->century >= 0)
		tm->tm_year = (int)(st->century * 100 - 1900) + tm->tm_year % 100;
	if (st->half && st->pm)
		tm->tm_hour += 12;
	date = (struct tm){ .tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday };
	if (st->have_yday && !(st->have_day && st->have_month)) {
		date.tm_mon = 0;
		date.tm_mday = tm->tm_yday + 1;
	} else if (!st->have_day || !st->have_month) {
		return;
	}
	timegm(&date);
	tm->tm_mon = date.tm_mon;
	tm->tm_mday = date.tm_mday;
	tm->tm_wday = date.tm_wday;
	tm->tm_yday = date.tm_yday;
}

char *strptime(const char *restrict s, const char *restrict fmt, struct tm *restrict tm)
{
	struct state st = { .century = -1, .year = -1 };
	const char *end = parse(s, fmt, tm, &st);

	if (end)
		complete(tm, &st);
	return (char *)end;
}
