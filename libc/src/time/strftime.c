/* SPDX-License-Identifier: MIT */
/* Dates as text, in the C locale. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool is_leap(long year)
{
	return (year % 4 == 0 && year % 100) || year % 400 == 0;
}

/* The week of ISO 8601, which belongs to the year that has its Thursday. */
static int iso_week(const struct tm *tm, long *year)
{
	int thursday = tm->tm_yday - (tm->tm_wday + 6) % 7 + 3;

	*year = tm->tm_year + 1900l;
	if (thursday < 0)
		thursday += is_leap(--*year) ? 366 : 365;
	else if (thursday >= (is_leap(*year) ? 366 : 365))
		thursday -= is_leap((*year)++) ? 366 : 365;
	return thursday / 7 + 1;
}

/* clang-format off */
static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
				    "Friday", "Saturday" };
static const char *const months[] = { "January", "February", "March", "April", "May", "June",
				      "July", "August", "September", "October", "November", "December" };

static const char *pick(const char *const *names, int count, int n)
{
	return n >= 0 && n < count ? names[n] : "?";
}

/* A conversion that stands for text; of what a, b and h give three letters count. */
static const char *text_of(const struct tm *tm, char conv)
{
	switch (conv) {
	case 'a': case 'A': return pick(days, 7, tm->tm_wday);
	case 'b': case 'h': case 'B': return pick(months, 12, tm->tm_mon);
	case 'p': return tm->tm_hour < 12 ? "AM" : "PM";
	case 'Z': return tm->tm_zone ? tm->tm_zone : "";
	case 'n': return "\n";
	case 't': return "\t";
	case '%': return "%";
	default: return NULL;
	}
}

/* A conversion that stands for others. */
static const char *longer(char conv)
{
	switch (conv) {
	case 'c': return "%a %b %e %H:%M:%S %Y";
	case 'D': case 'x': return "%m/%d/%y";
	case 'F': return "%Y-%m-%d";
	case 'r': return "%I:%M:%S %p";
	case 'R': return "%H:%M";
	case 'T': case 'X': return "%H:%M:%S";
	default: return NULL;
	}
}

/* A conversion that stands for a number: how printf shows it, or NULL. */
static const char *number_of(const struct tm *tm, char conv, long *value)
{
	long year = tm->tm_year + 1900l, week_year;
	int week = iso_week(tm, &week_year), from_monday = (tm->tm_wday + 6) % 7;

	switch (conv) {
	case 'C': *value = year / 100; return "%02ld";
	case 'd': *value = tm->tm_mday; return "%02ld";
	case 'e': *value = tm->tm_mday; return "%2ld";
	case 'g': *value = week_year % 100; return "%02ld";
	case 'G': *value = week_year; return "%ld";
	case 'H': *value = tm->tm_hour; return "%02ld";
	case 'I': *value = (tm->tm_hour + 11) % 12 + 1; return "%02ld";
	case 'j': *value = tm->tm_yday + 1; return "%03ld";
	case 'm': *value = tm->tm_mon + 1; return "%02ld";
	case 'M': *value = tm->tm_min; return "%02ld";
	case 'S': *value = tm->tm_sec; return "%02ld";
	case 'u': *value = from_monday + 1; return "%ld";
	case 'U': *value = (tm->tm_yday + 7 - tm->tm_wday) / 7; return "%02ld";
	case 'V': *value = week; return "%02ld";
	case 'w': *value = tm->tm_wday; return "%ld";
	case 'W': *value = (tm->tm_yday + 7 - from_monday) / 7; return "%02ld";
	case 'y': *value = year % 100; return "%02ld";
	case 'Y': *value = year; return "%ld";
	case 'z': *value = tm->tm_gmtoff / 3600 * 100 + tm->tm_gmtoff / 60 % 60; return "%+05ld";
	default: return NULL;
	}
}
/* clang-format on */

/* One conversion; its length, or size if it does not fit. */
static size_t convert(char *s, size_t size, char conv, const struct tm *tm)
{
	const char *text = longer(conv);
	long value;

	if (text) {
		size_t n = strftime(s, size, text, tm);

		return n ? n : size;
	}
	text = text_of(tm, conv);
	if (text)
		return (size_t)snprintf(s, size, "%.*s", strchr("abh", conv) ? 3 : -1, text);
	text = number_of(tm, conv, &value);
	return (size_t)(text ? snprintf(s, size, text, value) : snprintf(s, size, "%%%c", conv));
}

size_t strftime(char *restrict s, size_t size, const char *restrict fmt,
		const struct tm *restrict tm)
{
	size_t len = 0;

	for (; *fmt && len < size; fmt++) {
		if (*fmt != '%' || !fmt[1]) {
			s[len++] = *fmt;
			continue;
		}
		if ((fmt[1] == 'E' || fmt[1] == 'O') && fmt[2])
			fmt++;
		len += convert(s + len, size - len, *++fmt, tm);
	}
	if (len >= size)
		return 0;
	s[len] = '\0';
	return len;
}
