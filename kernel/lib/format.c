/* SPDX-License-Identifier: MIT */
/* Formatted print into memory. */
#include "kernel/lib/format.h"
#include "kernel/lib/string.h"

static const char flag_letters[] = "-0#";
enum { LEFT = BIT(0), ZERO = BIT(1), ALT = BIT(2) };

/* Where the text goes; len runs on when the buffer is full. */
struct out {
	char *buf;
	size_t size;
	size_t len;
};

/* One conversion: %[flags][width][.precision][length]letter. */
struct spec {
	u32 flags;
	int width;
	int precision; /* -1: not given */
	bool wide;     /* an integer argument has 64 bits, not 32 */
	char letter;
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_repeated(struct out *out, char c, int n)
{
	for (; n > 0; n--)
		put(out, c);
}

static void put_text(struct out *out, const char *s, int n)
{
	for (; n > 0; n--)
		put(out, *s++);
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		const char *letter = memchr(flag_letters, *fmt, sizeof(flag_letters) - 1);

		if (!letter)
			return fmt;
		spec->flags |= BIT(letter - flag_letters);
	}
}

/* Digits or *, which takes the number from the arguments. */
static const char *parse_number(const char *fmt, int *value, va_list *args)
{
	if (*fmt == '*') {
		*value = va_arg(*args, int);
		return fmt + 1;
	}
	*value = 0;
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		*value = *value * 10 + (*fmt - '0');
	return fmt;
}

static const char *parse_spec(const char *fmt, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ .precision = -1 };
	fmt = parse_flags(fmt, spec);
	fmt = parse_number(fmt, &spec->width, args);
	if (*fmt == '.')
		fmt = parse_number(fmt + 1, &spec->precision, args);
	for (; *fmt == 'l' || *fmt == 'z'; fmt++)
		spec->wide = true;
	spec->letter = *fmt;
	return *fmt ? fmt + 1 : fmt;
}

/* Prefix, zeros, then the n characters of s, padded to the field width. */
static void put_field(struct out *out, const struct spec *spec, const char *prefix, int zeros,
		      const char *s, int n)
{
	int nprefix = (int)strlen(prefix);
	int blanks = spec->width - nprefix - zeros - n;

	if (!(spec->flags & LEFT))
		put_repeated(out, ' ', blanks);
	put_text(out, prefix, nprefix);
	put_repeated(out, '0', zeros);
	put_text(out, s, n);
	if (spec->flags & LEFT)
		put_repeated(out, ' ', blanks);
}

static void put_string(struct out *out, const struct spec *spec, const char *s)
{
	if (!s)
		s = "(null)";
	/* no precision, -1, is the greatest size_t */
	put_field(out, spec, "", 0, s, (int)strnlen(s, (size_t)spec->precision));
}

/* Sign or base mark, then zeros up to precision (or width), then digits, padded. */
static void put_number(struct out *out, const struct spec *spec, u64 v, u32 base,
		       const char *prefix)
{
	char buf[24], *end = buf + sizeof(buf), *digits = end;
	int ndigits, zeros;

	for (; v; v /= base)
		*--digits = "0123456789abcdef"[v % base];
	ndigits = (int)(end - digits);
	zeros = (spec->precision >= 0 ? spec->precision : 1) - ndigits;
	if ((spec->flags & ZERO) && !(spec->flags & LEFT) && spec->precision < 0)
		zeros = MAX(zeros, spec->width - (int)strlen(prefix) - ndigits);
	put_field(out, spec, prefix, MAX(zeros, 0), digits, ndigits);
}

static u64 unsigned_arg(const struct spec *spec, va_list *args)
{
	return spec->wide ? va_arg(*args, unsigned long) : va_arg(*args, unsigned int);
}

static void put_signed(struct out *out, const struct spec *spec, va_list *args)
{
	s64 v = spec->wide ? va_arg(*args, long) : va_arg(*args, int);

	put_number(out, spec, v < 0 ? -(u64)v : (u64)v, 10, v < 0 ? "-" : "");
}

static void put_hex(struct out *out, const struct spec *spec, u64 v)
{
	bool marked = spec->letter == 'p' || (spec->flags & ALT && v);

	put_number(out, spec, v, 16, marked ? "0x" : "");
}

static void put_conversion(struct out *out, const struct spec *spec, va_list *args)
{
	char c;

	switch (spec->letter) {
	case 'd':
		put_signed(out, spec, args);
		break;
	case 'u':
		put_number(out, spec, unsigned_arg(spec, args), 10, "");
		break;
	case 'x':
		put_hex(out, spec, unsigned_arg(spec, args));
		break;
	case 'p':
		put_hex(out, spec, (u64)va_arg(*args, void *));
		break;
	case 's':
		put_string(out, spec, va_arg(*args, const char *));
		break;
	case 'c':
		c = (char)va_arg(*args, int);
		put_field(out, spec, "", 0, &c, 1);
		break;
	default: /* %% and anything unknown print the letter itself */
		put(out, spec->letter);
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out out = { .buf = buf, .size = size };
	struct spec spec;
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		if (*fmt != '%') {
			put(&out, *fmt++);
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec, &ap);
		put_conversion(&out, &spec, &ap);
	}
	va_end(ap);
	if (size)
		buf[MIN(out.len, size - 1)] = '\0';
	return (int)out.len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return size ? MIN(len, (int)size - 1) : 0;
}
