/* SPDX-License-Identifier: MIT */
/*
 * Text to double, correctly rounded.  The digits make a large integer D, the
 * point and the exponent a power of ten:  value = D * 10^e.
 *
 *	e >= 0:  D * 10^e is an integer; its top 53 bits are the mantissa.
 *	e < 0:   D is shifted left so far that D / 10^-e keeps more than 64 bits,
 *		 then divided by 10^9 again and again (and by what is left).
 *
 * What is cut off is remembered as one sticky bit, so that rounding half to
 * even sees exactly what it must.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_DIGITS 800 /* 768 decide the rounding of any double; the rest is sticky */
#define MAX_LIMBS  192 /* of 32 bits: more than 10^1200 needs */
#define HUGE_EXP   100000

struct big {
	uint32_t limb[MAX_LIMBS]; /* least significant first */
	int nr;
};

static void mul_add(struct big *b, uint32_t mul, uint32_t add)
{
	uint64_t carry = add;

	for (int i = 0; i < b->nr; i++) {
		carry += (uint64_t)b->limb[i] * mul;
		b->limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry)
		b->limb[b->nr++] = (uint32_t)carry;
}

/* Divides; true if something was left over. */
static bool divide(struct big *b, uint32_t by)
{
	uint64_t rest = 0;

	for (int i = b->nr - 1; i >= 0; i--) {
		rest = rest << 32 | b->limb[i];
		b->limb[i] = (uint32_t)(rest / by);
		rest %= by;
	}
	while (b->nr && !b->limb[b->nr - 1])
		b->nr--;
	return rest != 0;
}

static void shift_limbs(struct big *b, int limbs)
{
	memmove(b->limb + limbs, b->limb, (size_t)b->nr * sizeof(b->limb[0]));
	memset(b->limb, 0, (size_t)limbs * sizeof(b->limb[0]));
	b->nr += limbs;
}

static int bit_length(const struct big *b)
{
	return b->nr ? b->nr * 32 - __builtin_clz(b->limb[b->nr - 1]) : 0;
}

static bool bit(const struct big *b, int i)
{
	return i >= 0 && b->limb[i / 32] >> (i % 32) & 1;
}

/* A format: bits of the mantissa; normal numbers lie in [2^(least - 1), 2^most). */
struct shape {
	int bits, least, most;
};

static const struct shape double_shape = { 53, -1021, 1024 }, float_shape = { 24, -125, 128 };

/* b * 2^exp2, with a sticky bit below it, as a double (of a float's shape). */
static double round_big(const struct big *b, int exp2, bool sticky, const struct shape *shape)
{
	int bits = bit_length(b), top = bits + exp2; /* value < 2^top */
	int normal = top - shape->least;	     /* above 0 if it is a normal number */
	int keep = normal > 0 ? shape->bits : normal + shape->bits; /* mantissa bits */
	uint64_t mantissa = 0;

	if (!bits)
		return 0;
	if (keep < 0)
		keep = -1;
	for (int i = 0; i < keep; i++)
		mantissa = mantissa << 1 | bit(b, bits - 1 - i);
	for (int i = 0; i < bits - keep - 1 && !sticky; i++)
		sticky = bit(b, i);
	if (keep >= 0 && bit(b, bits - keep - 1) && (sticky || mantissa & 1))
		mantissa++;
	if (top > shape->most || (top == shape->most && mantissa >> shape->bits)) {
		errno = ERANGE;
		return __builtin_inf();
	}
	if (!mantissa)
		errno = ERANGE;
	return ldexp((double)mantissa, top - keep); /* exact */
}

static double scale(struct big *d, long e10, bool sticky, const struct shape *shape)
{
	long missing; /* bits for a quotient of more than 64 */
	int limbs;

	if (!d->nr)
		return 0;
	if (e10 > 400 || e10 < -1200) {
		errno = ERANGE;
		return e10 > 0 ? __builtin_inf() : 0;
	}
	for (; e10 >= 9; e10 -= 9)
		mul_add(d, 1000000000, 0);
	for (; e10 > 0; e10--)
		mul_add(d, 10, 0);
	if (!e10)
		return round_big(d, 0, sticky, shape);
	missing = -e10 * 10 / 3 + 96 - bit_length(d);
	limbs = missing > 0 ? (int)(missing / 32) + 1 : 0;
	shift_limbs(d, limbs);
	for (; e10 <= -9; e10 += 9)
		sticky |= divide(d, 1000000000);
	for (; e10 < 0; e10++)
		sticky |= divide(d, 10);
	return round_big(d, -32 * limbs, sticky, shape);
}

/* The exponent behind s[0], clamped; *end stays where it is if there are no digits. */
static long parse_exponent(const char *s, const char **end)
{
	bool negative = s[1] == '-';
	const char *p = s + 1 + (s[1] == '-' || s[1] == '+');
	long e = 0;

	if (!isdigit((unsigned char)*p))
		return 0;
	for (; isdigit((unsigned char)*p); p++)
		if (e < HUGE_EXP)
			e = e * 10 + (*p - '0');
	*end = p;
	return negative ? -e : e;
}

struct digits {
	struct big value;
	int nr;	     /* digits taken, without leading zeros */
	long exp;    /* power of the base that the value is to be multiplied with */
	bool sticky; /* digits behind the last one taken */
	bool any;
};

static void take_digit(struct digits *d, int digit, int base, bool behind_point)
{
	d->any = true;
	if (d->nr < MAX_DIGITS) {
		if (d->nr || digit) {
			mul_add(&d->value, (uint32_t)base, (uint32_t)digit);
			d->nr++;
		}
		d->exp -= behind_point;
	} else {
		d->sticky |= digit != 0;
		d->exp += !behind_point;
	}
}

static int hex_value(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

static const char *take_digits(struct digits *d, const char *s, int base)
{
	bool behind = false;

	for (;; s++) {
		if (*s == '.' && !behind)
			behind = true;
		else if (base == 10 ? isdigit((unsigned char)*s) : isxdigit((unsigned char)*s))
			take_digit(d, hex_value(*s), base, behind);
		else
			return s;
	}
}

/* Digits and an exponent; *end stays where it is if there are no digits. */
static double parse_digits(const char *s, const char **end, int base, const struct shape *shape)
{
	struct digits d = { 0 };
	const char *p = take_digits(&d, s, base);
	long e = 0;

	if (!d.any)
		return 0;
	*end = p;
	if ((*p | 0x20) == (base == 16 ? 'p' : 'e'))
		e = parse_exponent(p, end);
	if (base == 16)
		return round_big(&d.value, (int)(d.exp * 4 + e), d.sticky, shape);
	return scale(&d.value, d.exp + e, d.sticky, shape);
}

/* Behind the characters in parentheses that may follow "nan" at s, or s if none do. */
static const char *skip_nan_chars(const char *s)
{
	const char *p = s + (*s == '(');

	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	return *s == '(' && *p == ')' ? p + 1 : s;
}

static double parse_magnitude(const char *s, const char **end, const struct shape *shape)
{
	if (!strncasecmp(s, "inf", 3)) {
		*end = s + (strncasecmp(s, "infinity", 8) ? 3 : 8);
		return __builtin_inf();
	}
	if (!strncasecmp(s, "nan", 3)) {
		*end = skip_nan_chars(s + 3);
		return __builtin_nan("");
	}
	if (s[0] == '0' && (s[1] | 0x20) == 'x') {
		*end = s + 1; /* "0x" without digits is the number 0 */
		return parse_digits(s + 2, end, 16, shape);
	}
	return parse_digits(s, end, 10, shape);
}

static double parse(const char *s, char **end, const struct shape *shape)
{
	const char *p = s, *stop;
	bool negative;
	double value;

	while (isspace((unsigned char)*p))
		p++;
	negative = *p == '-';
	p += *p == '-' || *p == '+';
	stop = p;
	value = parse_magnitude(p, &stop, shape);
	if (end)
		*end = (char *)(stop == p ? s : stop);
	return negative ? -value : value;
}

double strtod(const char *s, char **end)
{
	return parse(s, end, &double_shape);
}

/* Rounded once: a double in between would round twice. */
float strtof(const char *s, char **end)
{
	return (float)parse(s, end, &float_shape);
}

/* With the precision of a double. */
long double strtold(const char *s, char **end)
{
	return strtod(s, end);
}

double atof(const char *s)
{
	return strtod(s, NULL);
}
