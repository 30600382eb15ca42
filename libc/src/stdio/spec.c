/* SPDX-License-Identifier: MIT */
/*
 * Conversion specifications as C17, C23 and POSIX have them, and the arguments they name.
 *
 *	%  3$  -0+#' I  *2$  .5  ll  d
 *	   │   flags    width│   │   conversion
 *	   argument     precision└ length
 *
 * A numbered argument is found by its number from the first one on: the format tells what
 * each before it is, and that is looked up anew each time, so nothing limits their number.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "stdio/format.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number; one that no int holds is INT_MAX + 1, as which it is refused. */
static const char *parse_number(const char *p, int *value)
{
	long n = 0;

	for (; is_digit(*p); p++)
		n = n > INT_MAX ? n : n * 10 + (*p - '0');
	*value = n > INT_MAX ? INT_MIN : (int)n;
	return p;
}

/* "N$", the number of an argument; else p stays. */
static const char *parse_position(const char *p, int *from)
{
	int n;
	const char *end = parse_number(p, &n);

	if (end == p || *end != '$' || n <= 0)
		return p;
	*from = n;
	return end + 1;
}

static const char *parse_flags(const char *p, struct format_spec *spec)
{
	static const char flags[] = "-+ #0'I";
	const char *flag;

	for (; *p && (flag = strchr(flags, *p)); p++) {
		bool *const is[] = { &spec->left, &spec->plus,	&spec->space,	    &spec->alt,
				     &spec->zero, &spec->group, &spec->other_digits };

		*is[flag - flags] = true;
	}
	return p;
}

/* "*", "*N$" or a number, which may be missing. */
static const char *parse_amount(const char *p, int *value, int *from)
{
	const char *end;

	*value = 0;
	if (*p == '*') {
		*from = NEXT_ARG;
		return parse_position(p + 1, from);
	}
	end = parse_number(p, value);
	if (end > p)
		*from = IN_TEXT;
	return end;
}

/* C23's wN and wfN, for an int of N bits, exact or the fastest: here all but 8 are long. */
static const char *parse_bits(const char *p, char *length)
{
	bool fast = p[1] == 'f';
	int bits;
	const char *end = parse_number(p + 1 + fast, &bits);

	switch (end == p + 1 + fast ? 0 : bits) {
	case 8:
		*length = 'H';
		return end;
	case 16:
		*length = fast ? 'l' : 'h';
		return end;
	case 32:
		*length = fast ? 'l' : '\0';
		return end;
	case 64:
		*length = 'l';
		return end;
	default:
		return p;
	}
}

const char *__parse_length(const char *p, char *length)
{
	*length = '\0';
	if (*p == 'w')
		return parse_bits(p, length);
	if (*p == 'Z' || (*p && strchr("hlqjztL", *p)))
		*length = *p == 'Z' ? 'z' : *p, p++;
	if (*p == *length && (*p == 'h' || *p == 'l'))
		*length = *p++ == 'h' ? 'H' : 'q';
	return p;
}

const char *__format_parse(const char *p, struct format_spec *spec)
{
	*spec = (struct format_spec){ .precision = -1,
				      .width_from = NOT_GIVEN,
				      .precision_from = NOT_GIVEN };
	p = parse_position(p, &spec->value_from);
	p = parse_flags(p, spec);
	p = parse_amount(p, &spec->width, &spec->width_from);
	if (*p == '.') {
		spec->precision_from = IN_TEXT; /* a point alone is 0 */
		p = parse_amount(p + 1, &spec->precision, &spec->precision_from);
	}
	p = __parse_length(p, &spec->length);
	spec->conv = *p;
	return *p ? p + 1 : p;
}

size_t __length_size(char length)
{
	return length == 'H' ? 1 : length == 'h' ? 2 : length ? 8 : 4;
}

enum format_kind __format_kind(const struct format_spec *spec, bool *known)
{
	*known = true;
	switch (spec->conv) {
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
	case 'b':
	case 'B':
		return __length_size(spec->length) == 8 ? KIND_LONG : KIND_INT;
	case 'c':
	case 'C':
		return KIND_INT;
	case 'p':
	case 's':
	case 'S':
	case 'n':
		return KIND_LONG;
	case 'a':
	case 'A':
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		return spec->length == 'L' ? KIND_EXTENDED : KIND_DOUBLE;
	case 'm':
	case '%':
		return KIND_NONE;
	default:
		*known = false;
		return KIND_NONE;
	}
}

/* What the format says argument n is; an int if it says nothing. */
static enum format_kind kind_of_argument(const char *fmt, int n)
{
	struct format_spec spec;
	enum format_kind kind;
	bool known;

	while ((fmt = strchr(fmt, '%'))) {
		fmt = __format_parse(fmt + 1, &spec);
		kind = __format_kind(&spec, &known);
		if (spec.width_from == n || spec.precision_from == n)
			return KIND_INT;
		if (spec.value_from == n && kind != KIND_NONE)
			return kind;
	}
	return KIND_INT;
}

static void take_argument(va_list *ap, enum format_kind kind, union format_value *value)
{
	switch (kind) {
	case KIND_INT:
		value->integer = va_arg(*ap, unsigned int);
		break;
	case KIND_LONG:
		value->integer = va_arg(*ap, uint64_t);
		break;
	case KIND_DOUBLE:
		value->number = va_arg(*ap, double);
		break;
	case KIND_EXTENDED:
		value->extended = va_arg(*ap, long double);
		break;
	default:
		value->integer = 0;
	}
}

void __format_arg(struct format_args *args, int from, enum format_kind kind,
		  union format_value *value)
{
	va_list ap;

	if (from == NEXT_ARG) {
		take_argument(&args->rest, kind, value);
		return;
	}
	va_copy(ap, args->first);
	for (int n = 1; n < from; n++)
		take_argument(&ap, kind_of_argument(args->fmt, n), value);
	take_argument(&ap, kind, value);
	va_end(ap);
}

static int int_arg(struct format_args *args, int from)
{
	union format_value value;

	__format_arg(args, from, KIND_INT, &value);
	return (int)value.integer;
}

bool __format_numbers(struct format_args *args, struct format_spec *spec)
{
	if (spec->width_from >= NEXT_ARG) {
		spec->width = int_arg(args, spec->width_from);
		if (spec->width < 0 && spec->width != INT_MIN) {
			spec->left = true;
			spec->width = -spec->width;
		}
	}
	if (spec->precision_from >= NEXT_ARG) {
		spec->precision = int_arg(args, spec->precision_from);
		if (spec->precision < 0)
			spec->precision = -1;
	}
	if (spec->width >= 0 && spec->precision >= -1)
		return true;
	errno = EOVERFLOW;
	return false;
}
