/* SPDX-License-Identifier: MIT */
/* The scanf family: streams and strings. */
#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

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
	bool discard, allocate;
	int from;  /* the number of the argument; 0: the next one */
	int width; /* 0: none given */
	char length;
	char conv;
	bool set[256]; /* of %[ ] */
};

/* Takes characters while accept() likes them, at most width and at most `most`; their number. */
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
		buf[n++] = (char)c;
	}
	buf[n] = '\0';
	return n;
}

/* The base of a number; of %i the first digits say it, of which n have come. */
static int base_of(const struct scan_spec *spec, const char *digits, int n)
{
	switch (spec->conv) {
	case 'b':
		return 2;
	case 'o':
		return 8;
	case 'x':
	case 'X':
	case 'p':
		return 16;
	case 'i':
		if (!n || digits[0] != '0')
			return 10;
		return n > 1 && strchr("xX", digits[1]) ? 16 : 8;
	default:
		return 10;
	}
}

/* What may follow a 0 that begins a number: 0x, 0b. */
static const char *prefix_letters(const struct scan_spec *spec)
{
	if (spec->conv == 'b')
		return "bB";
	return strchr("ixXp", spec->conv) ? "xX" : "";
}

static bool in_integer(const struct scan_spec *spec, int c, const char *so_far, int n)
{
	int sign = n && strchr("+-", so_far[0]);
	int base = base_of(spec, so_far + sign, n - sign);

	if (!c)
		return false;
	if (strchr("+-", c))
		return n == 0;
	if (n - sign == 1 && so_far[sign] == '0' && strchr(prefix_letters(spec), c))
		return true;
	return base == 16 ? isxdigit(c) : c >= '0' && c < '0' + base;
}

/* Whether the n characters so far and c are a number, or the beginning of one ("-", "1e", "in"). */
static bool in_float(const struct scan_spec *spec, int c, const char *so_far, int n)
{
	char text[TOKEN_MAX + 2], *end;
	const char *name = text + (n && strchr("+-", so_far[0]));
	size_t len;

	(void)spec;
	if (!c)
		return false;
	memcpy(text, so_far, (size_t)n);
	text[n] = (char)c;
	for (const char *tail = "0";; tail++) { /* with a digit behind it, then as it is */
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

/* 0b, which strtol() does not know. */
static void drop_prefix(char *buf)
{
	char *zero = buf + (strchr("+-", *buf) != NULL);

	if (zero[0] == '0' && (zero[1] | 0x20) == 'b' && zero[2])
		memmove(zero, zero + 2, strlen(zero + 2) + 1);
}

static bool scan_integer(struct source *in, struct scan_spec *spec, void *to)
{
	char buf[TOKEN_MAX], *end;
	int n = take_token(in, spec, buf, TOKEN_MAX - 1, in_integer);
	int sign = n && strchr("+-", buf[0]);
	int base = base_of(spec, buf + sign, n - sign);
	uint64_t value;

	if (!n)
		return false;
	if (spec->conv == 'b')
		drop_prefix(buf);
	value = strchr("di", spec->conv) ? (uint64_t)strtol(buf, &end, base) :
					   strtoul(buf, &end, base);
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

/* What printf() makes of a null pointer, or a number. */
static bool scan_pointer(struct source *in, struct scan_spec *spec, void *to)
{
	int c = take(in);

	spec->length = 'l';
	if (c != '(') {
		give_back(in, c);
		return scan_integer(in, spec, to);
	}
	for (const char *rest = "nil)"; *rest; rest++)
		if (take(in) != *rest)
			return false;
	if (to)
		*(void **)to = NULL;
	return true;
}

/* Where the characters of %c, %s and %[ go: nowhere, to memory that is there, or that grows. */
struct sink {
	void **allocated; /* %m: what gets the pointer */
	char *at;
	size_t n, room; /* characters */
	bool wide;
	mbstate_t state;
};

static bool sink_put(struct sink *sink, wchar_t c)
{
	size_t unit = sink->wide ? sizeof(wchar_t) : 1;

	if (sink->allocated && sink->n == sink->room) {
		size_t room = sink->room ? sink->room * 2 : 32;
		char *more = realloc(sink->at, room * unit);

		if (!more)
			return false;
		sink->at = more;
		sink->room = room;
	}
	if (sink->at && sink->wide)
		memcpy(sink->at + sink->n * unit, &c, unit);
	else if (sink->at)
		sink->at[sink->n] = (char)c;
	sink->n++;
	return true;
}

static bool sink_byte(struct sink *sink, int c)
{
	char byte = (char)c;
	wchar_t whole;
	size_t used;

	if (!sink->wide)
		return sink_put(sink, byte);
	used = mbrtowc(&whole, &byte, 1, &sink->state);
	return used == (size_t)-2 || (used != (size_t)-1 && sink_put(sink, whole));
}

/* The last thing of a sink: what was taken is kept, or not. */
static bool sink_end(struct sink *sink, bool kept)
{
	if (sink->allocated && kept)
		*sink->allocated = sink->at;
	else if (sink->allocated)
		free(sink->at);
	return kept;
}

static bool in_word(const struct scan_spec *spec, int c)
{
	switch (spec->conv) {
	case '[':
		return spec->set[c];
	case 's':
		return !isspace(c);
	default:
		return true;
	}
}

/* As many as the width says (of %c one, if it says nothing), at least one. */
static bool scan_text(struct source *in, const struct scan_spec *spec, void *to)
{
	struct sink sink = { .allocated = spec->allocate ? to : NULL,
			     .at = spec->allocate ? NULL : to,
			     .wide = spec->length == 'l' };
	int most = spec->width ? spec->width : spec->conv == 'c' ? 1 : INT_MAX;
	int taken = 0;
	bool good = true;

	for (; good && taken < most; taken++) {
		int c = take(in);

		if (c == EOF || !in_word(spec, c)) {
			give_back(in, c);
			break;
		}
		good = sink_byte(&sink, c);
	}
	if (good && taken && spec->conv != 'c')
		good = sink_put(&sink, L'\0');
	return sink_end(&sink, good && taken);
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

static const char *parse_width(const char *p, int *width)
{
	long n = 0;

	for (; isdigit((unsigned char)*p); p++)
		n = n < INT_MAX / 10 ? n * 10 + (*p - '0') : INT_MAX;
	*width = (int)n;
	return p;
}

static const char *parse_spec(const char *p, struct scan_spec *spec)
{
	const char *digits = p;

	*spec = (struct scan_spec){ 0 };
	p = parse_width(p, &spec->from);
	if (p == digits || *p != '$') {
		spec->from = 0;
		p = digits;
	} else {
		p++;
	}
	for (; *p && strchr("*'I", *p); p++)
		spec->discard |= *p == '*';
	p = parse_width(p, &spec->width);
	spec->allocate = *p == 'm' && !spec->discard;
	p += *p == 'm';
	p = __parse_length(p, &spec->length);
	spec->conv = *p ? *p++ : '\0';
	if (spec->conv == 'S' || spec->conv == 'C') {
		spec->conv |= 0x20;
		spec->length = 'l';
	}
	return spec->conv == '[' ? parse_set(p, spec) : p;
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

/* One conversion; false if the input does not match. */
static bool convert(struct source *in, struct scan_spec *spec, void *to)
{
	bool empty = spec->conv && !strchr("c[n", spec->conv) && skip_space(in) == EOF;

	in->start = in->count;
	if (empty || !spec->conv)
		return false;
	switch (spec->conv) {
	case 'c':
	case 's':
	case '[':
		return scan_text(in, spec, to);
	case 'p':
		return scan_pointer(in, spec, to);
	case '%':
		return match_plain(in, "%");
	case 'n':
		if (to)
			memcpy(to, &in->count, __length_size(spec->length));
		return true;
	default:
		if (strchr("diuoxXb", spec->conv))
			return scan_integer(in, spec, to);
		return strchr("aAeEfFgG", spec->conv) && scan_float(in, spec, to);
	}
}

/* Whether nothing at all was there for the item that did not match. */
static bool at_end(struct source *in)
{
	int c = take(in);

	give_back(in, c);
	return c == EOF && in->count == in->start;
}

/* All arguments are pointers: the next one, or the one with a number. */
static void *take_target(va_list *rest, va_list first, int from)
{
	va_list ap;
	void *to;

	if (!from)
		return va_arg(*rest, void *);
	va_copy(ap, first);
	do
		to = va_arg(ap, void *);
	while (--from);
	va_end(ap);
	return to;
}

static bool takes_argument(const struct scan_spec *spec)
{
	return !spec->discard && spec->conv && strchr("diuoxXpbcsaAeEfFgG[n", spec->conv);
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
		to = takes_argument(&spec) ? take_target(&args, ap, spec.from) : NULL;
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
