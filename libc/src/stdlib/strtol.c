/* SPDX-License-Identifier: MIT */
/* Text to integers. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include "alias.h"

static int digit_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (isalpha((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return 99;
}

/* Steps over "0x" and settles what base 0 means. */
static const char *skip_prefix(const char *s, int *base)
{
	bool hex = s[0] == '0' && (s[1] | 0x20) == 'x' && digit_value(s[2]) < 16;

	if (hex && (*base == 0 || *base == 16)) {
		*base = 16;
		return s + 2;
	}
	if (*base == 0)
		*base = s[0] == '0' ? 8 : 10;
	return s;
}

/* The magnitude and the sign; *over if it does not fit in 64 bits. */
static unsigned long parse(const char *s, char **end, int base, bool *negative, bool *over)
{
	const char *start = s, *first;
	unsigned long value = 0;

	while (isspace((unsigned char)*s))
		s++;
	*negative = *s == '-';
	*over = false;
	if (*s == '+' || *s == '-')
		s++;
	s = first = skip_prefix(s, &base);
	for (; digit_value(*s) < base; s++) {
		*over |= __builtin_mul_overflow(value, (unsigned long)base, &value);
		*over |= __builtin_add_overflow(value, (unsigned long)digit_value(*s), &value);
	}
	if (end)
		*end = (char *)(s == first ? start : s);
	return value;
}

static bool bad_base(const char *s, char **end, int base)
{
	if (base == 0 || (base >= 2 && base <= 36))
		return false;
	if (end)
		*end = (char *)s;
	errno = EINVAL;
	return true;
}

unsigned long strtoul(const char *s, char **end, int base)
{
	bool negative, over;
	unsigned long value;

	if (bad_base(s, end, base))
		return 0;
	value = parse(s, end, base, &negative, &over);
	if (over) {
		errno = ERANGE;
		return ULONG_MAX;
	}
	return negative ? -value : value;
}

long strtol(const char *s, char **end, int base)
{
	bool negative, over;
	unsigned long value, limit;

	if (bad_base(s, end, base))
		return 0;
	value = parse(s, end, base, &negative, &over);
	limit = negative ? (unsigned long)LONG_MAX + 1 : LONG_MAX;
	if (over || value > limit) {
		errno = ERANGE;
		return negative ? LONG_MIN : LONG_MAX;
	}
	return negative ? (long)-value : (long)value;
}

long long strtoll(const char *s, char **end, int base) ALIAS(strtol);

unsigned long long strtoull(const char *s, char **end, int base) ALIAS(strtoul);

intmax_t strtoimax(const char *s, char **end, int base) ALIAS(strtol);

uintmax_t strtoumax(const char *s, char **end, int base) ALIAS(strtoul);

int atoi(const char *s)
{
	return (int)strtol(s, NULL, 10);
}

long atol(const char *s)
{
	return strtol(s, NULL, 10);
}

long long atoll(const char *s) ALIAS(atol);
