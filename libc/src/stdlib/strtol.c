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

/* A number that is out of its type's range becomes the nearest in it, with ERANGE. */
static unsigned long parse(const char *s, char **end, int base, bool is_signed)
{
	unsigned long value = 0, limit;
	bool negative, over = false;
	const char *first;

	if (end)
		*end = (char *)s;
	if (base < 0 || base == 1 || base > 36) {
		errno = EINVAL;
		return 0;
	}
	while (isspace((unsigned char)*s))
		s++;
	negative = *s == '-';
	if (*s == '+' || *s == '-')
		s++;
	s = first = skip_prefix(s, &base);
	for (; digit_value(*s) < base; s++) {
		over |= __builtin_mul_overflow(value, (unsigned long)base, &value);
		over |= __builtin_add_overflow(value, (unsigned long)digit_value(*s), &value);
	}
	if (end && s != first)
		*end = (char *)s;
	limit = is_signed ? (unsigned long)LONG_MAX + negative : ULONG_MAX;
	if (over || value > limit) {
		errno = ERANGE;
		value = limit;
		negative &= is_signed; /* ULONG_MAX whatever the sign */
	}
	return negative ? -value : value;
}

unsigned long strtoul(const char *s, char **end, int base)
{
	return parse(s, end, base, false);
}

long strtol(const char *s, char **end, int base)
{
	return (long)parse(s, end, base, true);
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
