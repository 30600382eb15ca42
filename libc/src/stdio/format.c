/* SPDX-License-Identifier: MIT */
/* printf's engine: integers, characters and strings, and the walk through the format. */
#include "stdio/format.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

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

/* Bytes, of which a precision takes the first; that of "(null)" takes all or nothing. */
static void format_string(struct format_out *out, const struct format_spec *spec, const char *s)
{
	if (!s)
		s = spec->precision >= 0 && spec->precision < 6 ? "" : "(null)";
	format_text(out, spec, s, strnlen(s, (size_t)spec->precision));
}

/* The bytes of the wide characters at *s, whole ones, at most `most`; -1 with errno EILSEQ. */
static long measure_wide(const wchar_t *s, size_t most)
{
	char bytes[MB_LEN_MAX];
	size_t n = 0;

	for (; n < most && *s; s++) {
		int len = wctomb(bytes, *s);

		if (len < 0)
			return -1;
		if (n + (size_t)len > most)
			break;
		n += (size_t)len;
	}
	return (long)n;
}

static void format_wide_string(struct format_out *out, const struct format_spec *spec,
			       const wchar_t *s)
{
	struct format_spec plain = *spec;
	char bytes[MB_LEN_MAX];
	long n, len;

	if (!s) {
		format_string(out, spec, NULL);
		return;
	}
	n = measure_wide(s, (size_t)spec->precision);
	if (n < 0) {
		out->failed = true;
		return;
	}
	plain.zero = false;
	plain.width = spec->width > n ? spec->width - (int)n : 0;
	if (!plain.left)
		fill(out, ' ', plain.width);
	for (; n > 0; n -= len) {
		len = wctomb(bytes, *s++);
		__format_bytes(out, bytes, (size_t)len);
	}
	if (plain.left)
		fill(out, ' ', plain.width);
}

static void format_char(struct format_out *out, const struct format_spec *spec, uint64_t value)
{
	char bytes[MB_LEN_MAX] = { (char)value };
	int len = 1;

	if (spec->conv == 'C' || spec->length == 'l')
		len = wctomb(bytes, (wchar_t)value);
	if (len < 0)
		out->failed = true;
	else
		format_text(out, spec, bytes, (size_t)len);
}

/* The digits of value, right-aligned before end; returns where they start. */
static char *digits_of(char *end, uint64_t value, unsigned int base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; value; value /= base)
		*--end = set[value % base];
	return end;
}

static unsigned int base_of(char conv)
{
	switch (conv) {
	case 'o':
		return 8;
	case 'x':
	case 'X':
	case 'p':
		return 16;
	case 'b':
	case 'B':
		return 2;
	default:
		return 10;
	}
}

static void format_integer(struct format_out *out, const struct format_spec *spec, uint64_t value,
			   const char *sign)
{
	struct format_spec s = *spec;
	unsigned int base = base_of(s.conv);
	char buf[64], *end = buf + sizeof(buf), prefix[4];
	char *start = digits_of(end, value, base, s.conv == 'X');
	size_t n = (size_t)(end - start);
	size_t want = s.precision < 0 ? 1 : (size_t)s.precision;

	strcpy(prefix, sign);
	if (s.precision >= 0)
		s.zero = false;
	if (s.alt && base == 8 && want <= n)
		want = n + 1;
	if (s.conv == 'p' || (s.alt && value && (base == 16 || base == 2)))
		strcat(prefix, (char[]){ '0', s.conv == 'p' ? 'x' : s.conv, '\0' });
	__format_number(out, &s, prefix, want > n ? want - n : 0, start, n);
}

static const char *sign_of(const struct format_spec *spec, bool negative)
{
	return negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";
}

static void format_signed(struct format_out *out, const struct format_spec *spec, int64_t value)
{
	format_integer(out, spec, value < 0 ? -(uint64_t)value : (uint64_t)value,
		       sign_of(spec, value < 0));
}

static void format_pointer(struct format_out *out, const struct format_spec *spec, uint64_t value)
{
	if (value)
		format_integer(out, spec, value, sign_of(spec, false));
	else
		format_text(out, spec, "(nil)", 5);
}

/* The value of an integer's argument, cut to the size that the length modifier says. */
static uint64_t cut(const struct format_spec *spec, uint64_t value, bool is_signed)
{
	unsigned int unused = 64 - 8 * (unsigned int)__length_size(spec->length);

	value <<= unused;
	return is_signed ? (uint64_t)((int64_t)value >> unused) : value >> unused;
}

static void convert(struct format_out *out, const struct format_spec *spec,
		    const union format_value *value)
{
	switch (spec->conv) {
	case 'd':
	case 'i':
		format_signed(out, spec, (int64_t)cut(spec, value->integer, true));
		break;
	case 'u':
	case 'o':
	case 'x':
	case 'X':
	case 'b':
	case 'B':
		format_integer(out, spec, cut(spec, value->integer, false), "");
		break;
	case 'p':
		format_pointer(out, spec, value->integer);
		break;
	case 'c':
	case 'C':
		format_char(out, spec, value->integer);
		break;
	case 's':
	case 'S':
		if (spec->conv == 'S' || spec->length == 'l')
			format_wide_string(out, spec, (const wchar_t *)value->integer);
		else
			format_string(out, spec, (const char *)value->integer);
		break;
	case 'm':
		format_string(out, spec, strerror(errno));
		break;
	case 'n':
		memcpy((void *)value->integer, &out->len, __length_size(spec->length));
		break;
	case '%':
		__format_bytes(out, "%", 1);
		break;
	default: /* a, e, f, g: long double is computed as double */
		__format_double(out, spec,
				spec->length == 'L' ? (double)value->extended : value->number);
	}
}

/* As the GNU library has it, what is no conversion takes no argument and is shown. */
static void show_unknown(struct format_out *out, const struct format_spec *spec)
{
	struct format_spec plain = { .conv = 'd', .precision = -1 };
	char flags[8] = "%";

	strcat(flags, spec->alt ? "#" : "");
	strcat(flags, spec->group ? "'" : "");
	strcat(flags, spec->plus ? "+" : spec->space ? " " : "");
	strcat(flags, spec->left ? "-" : spec->zero ? "0" : "");
	strcat(flags, spec->other_digits ? "I" : "");
	__format_bytes(out, flags, strlen(flags));
	if (spec->width)
		format_integer(out, &plain, (uint64_t)spec->width, "");
	if (spec->precision >= 0) {
		__format_bytes(out, ".", 1);
		format_integer(out, &plain, (uint64_t)spec->precision, "");
	}
	__format_bytes(out, &spec->conv, 1);
}

static void format_one(struct format_out *out, struct format_spec *spec, struct format_args *args)
{
	bool known;
	enum format_kind kind = __format_kind(spec, &known);

	if (!spec->conv) {
		errno = EINVAL;
		out->failed = true;
	} else if (!__format_numbers(args, spec)) {
		out->failed = true;
	} else if (!known) {
		show_unknown(out, spec);
	} else {
		union format_value value;

		if (kind != KIND_NONE)
			__format_arg(args, spec->value_from, kind, &value);
		convert(out, spec, &value);
	}
}

void __format(struct format_out *out, const char *fmt, va_list ap)
{
	struct format_args args = { .fmt = fmt };

	va_copy(args.first, ap);
	va_copy(args.rest, ap);
	while (*fmt && !out->failed) {
		const char *mark = strchrnul(fmt, '%');
		struct format_spec spec;

		__format_bytes(out, fmt, (size_t)(mark - fmt));
		fmt = mark;
		if (*mark) {
			fmt = __format_parse(mark + 1, &spec);
			format_one(out, &spec, &args);
		}
	}
	if (!out->failed && out->len > INT_MAX) {
		errno = EOVERFLOW;
		out->failed = true;
	}
	va_end(args.rest);
	va_end(args.first);
}
