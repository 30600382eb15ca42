/* SPDX-License-Identifier: MIT */
/*
 * Dates as text, in the words of the C locale: the conversions of POSIX and of the GNU library,
 * with flags and width (%-d, %_H, %^a, %010Y).
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* What stands between % and the conversion. */
struct spec {
	char pad;   /* '0', '_' spaces, '-' nothing, '+' a sign for long years; 0: as usual */
	bool upper; /* ^ */
	bool swap;  /* # */
	int width;  /* 0: as usual */
	char conv;
};

/* A number, and how it is shown. */
struct number {
	long value;
	int width;
	char pad;
};

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
	case 'P': return tm->tm_hour < 12 ? "am" : "pm";
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

/* A conversion that stands for a number; false: it is none. */
static bool number_of(const struct tm *tm, char conv, struct number *n)
{
	long year = tm->tm_year + 1900l, week_year;
	int week = iso_week(tm, &week_year), from_monday = (tm->tm_wday + 6) % 7;
	struct tm copy = *tm;

	switch (conv) {
	case 'C': *n = (struct number){ year / 100 - (year % 100 < 0), 2, '0' }; return true;
	case 'd': *n = (struct number){ tm->tm_mday, 2, '0' }; return true;
	case 'e': *n = (struct number){ tm->tm_mday, 2, '_' }; return true;
	case 'g': *n = (struct number){ (week_year % 100 + 100) % 100, 2, '0' }; return true;
	case 'G': *n = (struct number){ week_year, 1, '0' }; return true;
	case 'H': *n = (struct number){ tm->tm_hour, 2, '0' }; return true;
	case 'k': *n = (struct number){ tm->tm_hour, 2, '_' }; return true;
	case 'I': *n = (struct number){ (tm->tm_hour + 11) % 12 + 1, 2, '0' }; return true;
	case 'l': *n = (struct number){ (tm->tm_hour + 11) % 12 + 1, 2, '_' }; return true;
	case 'j': *n = (struct number){ tm->tm_yday + 1, 3, '0' }; return true;
	case 'm': *n = (struct number){ tm->tm_mon + 1, 2, '0' }; return true;
	case 'M': *n = (struct number){ tm->tm_min, 2, '0' }; return true;
	case 'S': *n = (struct number){ tm->tm_sec, 2, '0' }; return true;
	case 's': *n = (struct number){ mktime(&copy), 1, '0' }; return true;
	case 'u': *n = (struct number){ from_monday + 1, 1, '0' }; return true;
	case 'U': *n = (struct number){ (tm->tm_yday + 7 - tm->tm_wday) / 7, 2, '0' }; return true;
	case 'V': *n = (struct number){ week, 2, '0' }; return true;
	case 'w': *n = (struct number){ tm->tm_wday, 1, '0' }; return true;
	case 'W': *n = (struct number){ (tm->tm_yday + 7 - from_monday) / 7, 2, '0' }; return true;
	case 'y': *n = (struct number){ (year % 100 + 100) % 100, 2, '0' }; return true;
	case 'Y': *n = (struct number){ year, 1, '0' }; return true;
	default: return false;
	}
}
/* clang-format on */

/* As snprintf(): the length, whether it fits or not. */
static size_t put_number(char *s, size_t size, const struct spec *spec, const struct number *n)
{
	bool year = strchr("CGY", spec->conv), sign = spec->pad == '+' && year && n->value > 9999;
	char pad = spec->pad ? spec->pad : n->pad;
	int least = pad == '-' ? 1 : n->width, width = spec->width > least ? spec->width : least;
	const char *fmt = pad == '_' || pad == '-' ? "%*ld" : sign ? "%+0*ld" : "%0*ld";

	return (size_t)snprintf(s, size, fmt, width, n->value);
}

/* The offset from UTC, as +hhmm. */
static size_t put_zone(char *s, size_t size, const struct spec *spec, long offset)
{
	long minutes = (offset < 0 ? -offset : offset) / 60;
	int width = spec->width ? spec->width - 1 : spec->pad == '-' ? 1 : 4;

	return (size_t)snprintf(s, size, spec->pad == '_' ? "%c%*ld" : "%c%0*ld",
				offset < 0 ? '-' : '+', width, minutes / 60 * 100 + minutes % 60);
}

/* Text, filled up on its left. */
static size_t put_text(char *s, size_t size, const struct spec *spec, const char *text, size_t len)
{
	size_t width = spec->width > 0 ? (size_t)spec->width : 0,
	       fill = width > len ? width - len : 0;
	bool lower = spec->conv == 'P' || (spec->swap && strchr("pZ", spec->conv));
	bool upper = spec->upper || spec->swap;

	if (fill + len >= size)
		return fill + len;
	memset(s, spec->pad == '0' || spec->pad == '+' ? '0' : ' ', fill);
	for (size_t i = 0; i < len; i++)
		s[fill + i] = (char)(lower ? tolower(text[i]) : upper ? toupper(text[i]) : text[i]);
	return fill + len;
}

/* What stands for others is made first, then filled up. */
static size_t put_longer(char *s, size_t size, const struct spec *spec, const char *fmt,
			 const struct tm *tm)
{
	struct spec whole = *spec;
	char text[128];
	size_t n = strftime(text, sizeof(text), fmt, tm);

	whole.swap = false;
	return put_text(s, size, &whole, text, n);
}

static const char *parse(const char *p, struct spec *spec)
{
	*spec = (struct spec){ 0 };
	for (; *p && strchr("_-0+^#", *p); p++) {
		if (*p == '^')
			spec->upper = true;
		else if (*p == '#')
			spec->swap = true;
		else
			spec->pad = *p;
	}
	for (; isdigit((unsigned char)*p); p++)
		spec->width = spec->width < 100000 ? spec->width * 10 + (*p - '0') : spec->width;
	p += *p == 'E' || *p == 'O';
	spec->conv = *p;
	return *p ? p + 1 : p;
}

/* One conversion, which stands from `mark` to `end`; its length, or more than size - 1. */
static size_t convert(char *s, size_t size, const struct spec *spec, const char *mark,
		      const char *end, const struct tm *tm)
{
	const char *text = longer(spec->conv);
	struct number n;

	if (text)
		return put_longer(s, size, spec, text, tm);
	text = text_of(tm, spec->conv);
	if (text)
		return put_text(s, size, spec, text,
				strnlen(text, strchr("abh", spec->conv) ? 3 : ~(size_t)0));
	if (spec->conv == 'z')
		return put_zone(s, size, spec, tm->tm_gmtoff);
	if (number_of(tm, spec->conv, &n))
		return put_number(s, size, spec, &n);
	return put_text(s, size, &(struct spec){ .width = spec->width }, mark,
			(size_t)(end - mark));
}

size_t strftime(char *restrict s, size_t size, const char *restrict fmt,
		const struct tm *restrict tm)
{
	size_t len = 0;

	while (*fmt && len < size) {
		const char *mark = fmt;
		struct spec spec;

		if (*fmt != '%') {
			s[len++] = *fmt++;
			continue;
		}
		fmt = parse(fmt + 1, &spec);
		len += convert(s + len, size - len, &spec, mark, fmt, tm);
	}
	if (len >= size)
		return 0;
	s[len] = '\0';
	return len;
}
