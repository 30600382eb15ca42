/* SPDX-License-Identifier: MIT */
/* printf's engine: conversion specifications, integers, characters and strings. */
#include "stdio/format.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stdio/file.h"

void __format_bytes(struct format_out *out, const char *s, size_t n)
{
	if (out->f) {
		out->failed |= !__file_write(out->f, s, n);
	} else if (out->len < out->size) {
		size_t room = out->size - out->len;

		memcpy(out->buf + out->len, s, n < room ? n : room);
	}
	out->len += n;
}

static void fill(struct format_out *out, char c, long n)
{
	char chunk[32];

	if (n <= 0)
		return;
	memset(chunk, c, sizeof(chunk));
	for (; n > (long)sizeof(chunk); n -= (long)sizeof(chunk))
		__format_bytes(out, chunk, sizeof(chunk));
	__format_bytes(out, chunk, (size_t)n);
}

void __format_number(struct format_out *out, const struct format_spec *spec, const char *prefix,
		     size_t zeros, const char *body, size_t n)
{
	long pad = spec->width - (long)(strlen(prefix) + zeros + n);

	if (spec->zero && !spec->left && pad > 0) {
		zeros += (size_t)pad;
		pad = 0;
	}
	if (!spec->left)
		fill(out, ' ', pad);
	__format_bytes(out, prefix, strlen(prefix));
	fill(out, '0', (long)zeros);
	__format_bytes(out, body, n);
	if (spec->left)
		fill(out, ' ', pad);
}

static void format_text(struct format_out *out, const struct format_spec *spec, const char *s,
			size_t n)
{
	struct format_spec plain = *spec;

	plain.zero = false;
	__format_number(out, &plain, "", 0, s, n);
}

static void format_string(struct format_out *out, const struct format_spec *spec, const char *s)
{
	if (!s)
		s = "(null)";
	format_text(out, spec, s, strnlen(s, (size_t)spec->precision));
}

/* The digits of value, right-aligned before end; returns where they start. */
static char *digits_of(char *end, uint64_t value, unsigned int base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value /= base)
		*--end = set[value % base];
	return end;
}

static void format_integer(struct format_out *out, const struct format_spec *spec, uint64_t value,
			   const char *sign)
{
	struct format_spec s = *spec;
	unsigned int base = s.conv == 'o' ? 8 : strchr("xXp", s.conv) ? 16 : 10;
	char buf[24], *end = buf + sizeof(buf);
	char *start = digits_of(end, value, base, s.conv == 'X');
	size_t n = (size_t)(end - start);
	size_t want = s.precision < 0 ? 1 : (size_t)s.precision;

	if (s.precision >= 0)
		s.zero = false;
	if (s.alt && base == 8 && want <= n)
		want = n + 1;
	if (s.conv == 'p' || (s.alt && base == 16 && value))
		sign = s.conv == 'X' ? "0X" : "0x";
	__format_number(out, &s, sign, want > n ? want - n : 0, start, n);
}

size_t __length_size(char length)
{
	return length == 'H' ? 1 : length == 'h' ? 2 : length ? 8 : 4;
}

static uint64_t integer_arg(const struct format_spec *spec, bool is_signed, va_list *ap)
{
	size_t size = __length_size(spec->length);
	unsigned int unused = 64 - 8 * (unsigned int)size;
	uint64_t value = size == 8 ? va_arg(*ap, uint64_t) : va_arg(*ap, unsigned int);

	value <<= unused;
	return is_signed ? (uint64_t)((int64_t)value >> unused) : value >> unused;
}

static void format_signed(struct format_out *out, const struct format_spec *spec, int64_t value)
{
	const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	format_integer(out, spec, value < 0 ? -(uint64_t)value : (uint64_t)value, sign);
}

static void convert(struct format_out *out, const struct format_spec *spec, va_list *ap)
{
	char c;

	switch (spec->conv) {
	case 'd':
	case 'i':
		format_signed(out, spec, (int64_t)integer_arg(spec, true, ap));
		break;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
		format_integer(out, spec, integer_arg(spec, false, ap), "");
		break;
	case 'p':
		format_integer(out, spec, (uint64_t)va_arg(*ap, void *), "");
		break;
	case 'c':
		c = (char)va_arg(*ap, int);
		format_text(out, spec, &c, 1);
		break;
	case 's':
		format_string(out, spec, va_arg(*ap, const char *));
		break;
	case 'm':
		format_string(out, spec, strerror(errno));
		break;
	case 'n':
		memcpy(va_arg(*ap, void *), &out->len, __length_size(spec->length));
		break;
	case '%':
		__format_bytes(out, "%", 1);
		break;
	default: /* a, e, f, g: long double is computed as double */
		__format_double(out, spec,
				spec->length == 'L' ? (double)va_arg(*ap, long double) :
						      va_arg(*ap, double));
	}
}

static const char *parse_flags(const char *p, struct format_spec *spec)
{
	for (;; p++) {
		if (*p == '-')
			spec->left = true;
		else if (*p == '+')
			spec->plus = true;
		else if (*p == ' ')
			spec->space = true;
		else if (*p == '#')
			spec->alt = true;
		else if (*p == '0')
			spec->zero = true;
		else
			return p;
	}
}

static const char *parse_number(const char *p, int *value, va_list *ap)
{
	if (*p == '*') {
		*value = va_arg(*ap, int);
		return p + 1;
	}
	for (*value = 0; isdigit((unsigned char)*p); p++)
		*value = *value * 10 + (*p - '0');
	return p;
}

const char *__parse_length(const char *p, char *length)
{
	if (!*p || !strchr("hljztL", *p))
		return p;
	*length = *p++;
	if (*p == *length && (*p == 'h' || *p == 'l'))
		*length = *p++ == 'h' ? 'H' : 'q';
	return p;
}

/* Reads the specification behind a '%'; returns what follows it, or NULL if it is none. */
static const char *parse(const char *p, struct format_spec *spec, va_list *ap)
{
	*spec = (struct format_spec){ .precision = -1 };
	p = parse_flags(p, spec);
	p = parse_number(p, &spec->width, ap);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*p == '.') {
		p = parse_number(p + 1, &spec->precision, ap);
		if (spec->precision < 0)
			spec->precision = -1;
	}
	p = __parse_length(p, &spec->length);
	spec->conv = *p;
	return *p && strchr("diuoxXpcsmn%aAeEfFgG", *p) ? p + 1 : NULL;
}

void __format(struct format_out *out, const char *fmt, va_list ap)
{
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		const char *mark = strchrnul(fmt, '%');
		struct format_spec spec;

		__format_bytes(out, fmt, (size_t)(mark - fmt));
		if (!*mark)
			break;
		fmt = parse(mark + 1, &spec, &args);
		if (fmt) {
			convert(out, &spec, &args);
		} else { /* not a conversion: shown as it stands */
			__format_bytes(out, mark, 1);
			fmt = mark + 1;
		}
	}
	va_end(args);
}
