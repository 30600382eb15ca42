/* SPDX-License-Identifier: MIT */
/* The scanf family: streams and strings. */
#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stdio/file.h"
#include "stdio/format.h"

#define TOKEN_MAX 512

/* Where the characters come from; one may be given back. */
struct source {
	FILE *f;       /* a stream, or */
	const char *s; /* a string */
	size_t count;  /* characters taken */
	size_t start;  /* as many of them before the present item */
};

static int take(struct source *in)
{
	int c = in->f ? getc_unlocked(in->f) : *in->s ? (unsigned char)*in->s++ : EOF;

	in->count += c != EOF;
	return c;
}

static void give_back(struct source *in, int c)
{
	if (c == EOF)
		return;
	in->count--;
	if (in->f)
		__file_unget(c, in->f);
	else
		in->s--;
}

static int skip_space(struct source *in)
{
	int c;

	while ((c = take(in)) != EOF && isspace(c))
		;
	give_back(in, c);
	return c;
}

struct scan_spec {
	bool discard;
	int width; /* 0: none given */
	char length;
	char conv;
	bool set[256]; /* of %[ ] */
};

/*
 * Takes characters while accept() likes them, at most width and at most `most`, into buf if there
 * is one; their number.
 */
static int take_token(struct source *in, const struct scan_spec *spec, char *buf, int most,
		      bool (*accept)(const struct scan_spec *spec, int c, const char *so_far,
				     int n))
{
	int n = 0, c;

	if (spec->width && spec->width < most)
		most = spec->width;
	while (n < most) {
		c = take(in);
		if (c == EOF || !accept(spec, c, buf, n)) {
			give_back(in, c);
			break;
		}
		if (buf)
			buf[n] = (char)c;
		n++;
	}
	if (buf && n)
		buf[n] = '\0';
	return n;
}

static bool in_integer(const struct scan_spec *spec, int c, const char *so_far, int n)
{
	int digits = n && strchr("+-", so_far[0]) ? n - 1 : n;

	if (strchr("+-", c))
		return n == 0;
	if ((c | 0x20) == 'x')
		return digits == 1 && so_far[n - 1] == '0' && strchr("ixXp", spec->conv);
	if (spec->conv == 'o')
		return c >= '0' && c <= '7';
	return strchr("ixXp", spec->conv) ? isxdigit(c) : isdigit(c);
}

/* Whether the n characters so far and c are a number, or the beginning of one ("-", "1e", "in"). */
static bool in_float(const struct scan_spec *spec, int c, const char *so_far, int n)
{
	char text[TOKEN_MAX + 2], *end;
	const char *name = text + (n && strchr("+-", so_far[0]));
	size_t len;

	(void)spec;
	memcpy(text, so_far, (size_t)n);
	text[n] = (char)c;
	for (const char *tail = "0"; c; tail++) { /* with a digit behind it, then as it is */
		strcpy(text + n + 1, tail);
		strtod(text, &end);
		if (!*end)
			return true;
		if (!*tail)
			break;
	}
	len = strlen(name);
	return len && (!strncasecmp(name, "infinity", len) || !strncasecmp(name, "nan", len));
}

static bool in_word(const struct scan_spec *spec, int c, const char *so_far, int n)
{
	(void)so_far;
	(void)n;
	return spec->conv == '[' ? spec->set[c] : !isspace(c);
}

static bool scan_integer(struct source *in, struct scan_spec *spec, void *to)
{
	static const char convs[] = "diuoxXp";
	static const char bases[] = { 10, 0, 10, 8, 16, 16, 16 };
	char buf[TOKEN_MAX], *end;
	int base = bases[strchr(convs, spec->conv) - convs];
	uint64_t value;

	if (!take_token(in, spec, buf, TOKEN_MAX - 1, in_integer))
		return false;
	value = strchr("di", spec->conv) ? (uint64_t)strtol(buf, &end, base) :
					   strtoul(buf, &end, base);
	if (spec->conv == 'p')
		spec->length = 'l';
	if (end == buf || *end) /* "0x" is no number */
		return false;
	if (to)
		memcpy(to, &value, __length_size(spec->length));
	return true;
}

static bool scan_float(struct source *in, const struct scan_spec *spec, void *to)
{
	char buf[TOKEN_MAX], *end;
	double value;

	if (!take_token(in, spec, buf, TOKEN_MAX - 1, in_float))
		return false;
	value = strtod(buf, &end);
	if (end == buf || *end) /* "1e" is no number */
		return false;
	if (to && spec->length == 'l')
		*(double *)to = value;
	else if (to && spec->length == 'L')
		*(long double *)to = value;
	else if (to)
		*(float *)to = strtof(buf, NULL);
	return true;
}

/* %s and %[: straight to the place, since a token of theirs may be of any length. */
static bool scan_word(struct source *in, const struct scan_spec *spec, char *to)
{
	return take_token(in, spec, to, INT_MAX, in_word) > 0;
}

static bool scan_chars(struct source *in, const struct scan_spec *spec, char *to)
{
	int want = spec->width ? spec->width : 1;

	for (int n = 0; n < want; n++) {
		int c = take(in);

		if (c == EOF)
			return false;
		if (to)
			to[n] = (char)c;
	}
	return true;
}

/* The characters between %[ and ]; returns what follows. */
static const char *parse_set(const char *p, struct scan_spec *spec)
{
	bool negate = *p == '^';
	const char *start;

	p += negate;
	memset(spec->set, negate, sizeof(spec->set));
	for (start = p; *p && (*p != ']' || p == start); p++) {
		int from = (unsigned char)*p, to = from;

		if (p[1] == '-' && p[2] && p[2] != ']') {
			p += 2;
			to = (unsigned char)*p;
		}
		for (int c = from; c <= to; c++)
			spec->set[c] = !negate;
	}
	return *p ? p + 1 : p;
}

static const char *parse_spec(const char *p, struct scan_spec *spec)
{
	*spec = (struct scan_spec){ .discard = *p == '*' };
	p += spec->discard;
	while (isdigit((unsigned char)*p))
		spec->width = spec->width * 10 + (*p++ - '0');
	p = __parse_length(p, &spec->length);
	spec->conv = *p ? *p++ : '\0';
	return spec->conv == '[' ? parse_set(p, spec) : p;
}

/* One conversion; false if the input does not match. */
static bool convert(struct source *in, struct scan_spec *spec, void *to)
{
	bool empty = !strchr("c[n", spec->conv) && skip_space(in) == EOF;

	in->start = in->count;
	if (empty)
		return false;
	switch (spec->conv) {
	case 'c':
		return scan_chars(in, spec, to);
	case 's':
	case '[':
		return scan_word(in, spec, to);
	case '%':
		return take(in) == '%';
	case 'n':
		if (to)
			memcpy(to, &in->count, __length_size(spec->length));
		return true;
	default:
		if (strchr("diuoxXp", spec->conv))
			return scan_integer(in, spec, to);
		return strchr("aAeEfFgG", spec->conv) && scan_float(in, spec, to);
	}
}

/* Matches ordinary characters of the format; NULL if the input differs. */
static const char *match_plain(struct source *in, const char *fmt)
{
	int c;

	if (isspace((unsigned char)*fmt)) {
		skip_space(in);
		return fmt + 1;
	}
	c = take(in);
	if (c == (unsigned char)*fmt)
		return fmt + 1;
	give_back(in, c);
	return NULL;
}

/* Whether nothing at all was there for the item that did not match. */
static bool at_end(struct source *in)
{
	int c = take(in);

	give_back(in, c);
	return c == EOF && in->count == in->start;
}

static int scan(struct source *in, const char *fmt, va_list ap)
{
	bool matched = true;
	int done = 0;
	va_list args;

	va_copy(args, ap);
	while (matched && *fmt) {
		struct scan_spec spec;
		void *to;

		in->start = in->count;
		if (*fmt != '%') {
			fmt = match_plain(in, fmt);
			matched = fmt;
			continue;
		}
		fmt = parse_spec(fmt + 1, &spec);
		to = spec.discard || spec.conv == '%' ? NULL : va_arg(args, void *);
		matched = convert(in, &spec, to);
		done += matched && to && spec.conv != 'n';
	}
	va_end(args);
	return !matched && !done && at_end(in) ? EOF : done;
}

int vfscanf(FILE *f, const char *fmt, va_list ap)
{
	struct source in = { .f = f };

	FILE_LOCKED(f);
	return scan(&in, fmt, ap);
}

int vsscanf(const char *s, const char *fmt, va_list ap)
{
	struct source in = { .s = s };

	return scan(&in, fmt, ap);
}

FUNCTION(int, vscanf, vfscanf(stdin, fmt, ap), const char *fmt, va_list ap)
VARIADIC(scanf, vfscanf(stdin, fmt, ap), const char *fmt)
VARIADIC(fscanf, vfscanf(f, fmt, ap), FILE *f, const char *fmt)
VARIADIC(sscanf, vsscanf(s, fmt, ap), const char *s, const char *fmt)
