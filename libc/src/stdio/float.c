/* SPDX-License-Identifier: MIT */
/*
 * Doubles in decimal, exactly.  A double is m * 2^e with an integer m, so it
 * is the integer m * 2^e, or m * 5^-e divided by 10^-e: either way one large
 * integer whose decimal digits are those of the double, all of them.  Rounding
 * to the wanted place is then ordinary school rounding, half to even.
 */
#include <stdint.h>
#include <string.h>

#include "stdio/format.h"

#define LIMB	   1000000000u /* nine decimal digits */
#define NR_LIMBS   90	       /* 2^53 * 5^1074 has 767 digits; 2^1024 has 309 */
#define MAX_DIGITS (NR_LIMBS * 9)

/* The value is 0.d0 d1 d2 … times 10^point; no digits for zero. */
struct decimal {
	char digit[MAX_DIGITS];
	int nr;
	int point;
};

struct parts {
	bool negative;
	int exponent;	   /* of the mantissa's last bit */
	uint64_t mantissa; /* 0 for zero */
};

static struct parts take_apart(double value)
{
	uint64_t bits;
	struct parts p;
	int field;

	memcpy(&bits, &value, sizeof(bits));
	field = (int)(bits >> 52 & 0x7ff);
	p.negative = bits >> 63;
	p.mantissa = bits & ((1ull << 52) - 1);
	if (field)
		p.mantissa |= 1ull << 52;
	p.exponent = (field ? field : 1) - 1075;
	return p;
}

static int multiply(uint32_t *limb, int nr, uint32_t by)
{
	uint64_t carry = 0;

	for (int i = 0; i < nr; i++) {
		carry += (uint64_t)limb[i] * by;
		limb[i] = (uint32_t)(carry % LIMB);
		carry /= LIMB;
	}
	if (carry)
		limb[nr++] = (uint32_t)carry;
	return nr;
}

/* limb *= base^power, in steps that fit into 32 bits. */
static int multiply_power(uint32_t *limb, int nr, uint32_t base, int power)
{
	int most = base == 2 ? 29 : 12;

	while (power > 0) {
		int step = power < most ? power : most;
		uint32_t factor = 1;

		for (int i = 0; i < step; i++)
			factor *= base;
		nr = multiply(limb, nr, factor);
		power -= step;
	}
	return nr;
}

static void write_digits(struct decimal *d, const uint32_t *limb, int nr)
{
	int skip = 0;

	for (int i = 0; i < nr; i++) {
		uint32_t rest = limb[nr - 1 - i];

		for (int k = 8; k >= 0; k--, rest /= 10)
			d->digit[i * 9 + k] = (char)(rest % 10);
	}
	d->nr = nr * 9;
	while (skip < d->nr && !d->digit[skip])
		skip++;
	memmove(d->digit, d->digit + skip, (size_t)(d->nr - skip));
	d->nr -= skip;
}

static void expand(struct decimal *d, const struct parts *p)
{
	uint32_t limb[NR_LIMBS];
	int nr = 0;

	for (uint64_t m = p->mantissa; m; m /= LIMB)
		limb[nr++] = (uint32_t)(m % LIMB);
	if (p->exponent >= 0)
		nr = multiply_power(limb, nr, 2, p->exponent);
	else
		nr = multiply_power(limb, nr, 5, -p->exponent);
	write_digits(d, limb, nr);
	d->point = d->nr + (p->exponent < 0 && d->nr ? p->exponent : 0);
}

static bool rounds_up(const struct decimal *d, int keep)
{
	if (d->digit[keep] != 5)
		return d->digit[keep] > 5;
	for (int i = keep + 1; i < d->nr; i++)
		if (d->digit[i])
			return true;
	return keep > 0 && d->digit[keep - 1] & 1;
}

/* Keeps the first keep digits. */
static void round_to(struct decimal *d, int keep)
{
	bool up;

	if (keep < 0) {
		d->nr = 0;
		return;
	}
	if (keep >= d->nr)
		return;
	up = rounds_up(d, keep);
	d->nr = keep;
	while (up && keep > 0 && d->digit[keep - 1] == 9)
		d->digit[--keep] = 0;
	if (!up)
		return;
	if (keep > 0) {
		d->digit[keep - 1]++;
		return;
	}
	d->digit[0] = 1; /* 999 became 1000 */
	d->nr = d->nr ? d->nr : 1;
	d->point++;
}

static char digit_at(const struct decimal *d, int i)
{
	return (char)('0' + (i >= 0 && i < d->nr ? d->digit[i] : 0));
}

/* No double has more than 1,074 digits behind the point; more are not printed. */
#define PRECISION_MAX 1100
#define BODY_MAX      (PRECISION_MAX + 320)

static size_t fixed_body(char *body, struct decimal *d, int precision, bool alt)
{
	size_t n = 0;

	round_to(d, d->point + precision);
	if (!d->nr)
		d->point = 0;
	for (int i = d->point > 0 ? 0 : d->point - 1; i < d->point; i++)
		body[n++] = digit_at(d, i);
	if (precision || alt)
		body[n++] = '.';
	for (int i = 0; i < precision; i++)
		body[n++] = digit_at(d, d->point + i);
	return n;
}

static size_t put_exponent(char *body, int exponent, char letter, int least)
{
	char rev[8];
	size_t n = 0;
	int k = 0;

	for (int rest = exponent < 0 ? -exponent : exponent; rest || k < least; rest /= 10)
		rev[k++] = (char)('0' + rest % 10);
	body[n++] = letter;
	body[n++] = exponent < 0 ? '-' : '+';
	while (k)
		body[n++] = rev[--k];
	return n;
}

static size_t exponent_body(char *body, struct decimal *d, int precision, bool alt, char letter)
{
	size_t n = 0;

	round_to(d, precision + 1);
	body[n++] = digit_at(d, 0);
	if (precision || alt)
		body[n++] = '.';
	for (int i = 1; i <= precision; i++)
		body[n++] = digit_at(d, i);
	return n + put_exponent(body + n, d->nr ? d->point - 1 : 0, letter, 2);
}

/* %g: precision counts significant digits; the style depends on the exponent after rounding. */
static size_t general_body(char *body, struct decimal *d, int precision, bool alt, char letter)
{
	int exponent;
	bool fixed;

	precision = precision ? precision : 1;
	round_to(d, precision);
	exponent = d->nr ? d->point - 1 : 0;
	fixed = exponent >= -4 && exponent < precision;
	if (!alt) { /* no zeros at the end */
		while (d->nr && !d->digit[d->nr - 1])
			d->nr--;
		precision = d->nr ? d->nr : 1;
	}
	if (!fixed)
		return exponent_body(body, d, precision - 1, alt, letter);
	precision -= 1 + exponent;
	return fixed_body(body, d, precision > 0 ? precision : 0, alt);
}

static size_t decimal_body(char *body, const struct format_spec *spec, const struct parts *p)
{
	bool upper = spec->conv < 'a';
	int precision = spec->precision < 0 ? 6 : spec->precision;
	struct decimal d;

	if (precision > PRECISION_MAX)
		precision = PRECISION_MAX;
	expand(&d, p);
	switch (spec->conv | 0x20) {
	case 'f':
		return fixed_body(body, &d, precision, spec->alt);
	case 'e':
		return exponent_body(body, &d, precision, spec->alt, upper ? 'E' : 'e');
	default:
		return general_body(body, &d, precision, spec->alt, upper ? 'E' : 'e');
	}
}

/* %a: the 52 bits behind the point are 13 hexadecimal digits. */
static size_t hex_body(char *body, const struct format_spec *spec, const struct parts *p)
{
	const char *set = spec->conv == 'A' ? "0123456789ABCDEF" : "0123456789abcdef";
	uint64_t m = p->mantissa;
	int precision = spec->precision, shown = 13;
	size_t n = 0;

	if (precision >= 0 && precision < 13) {
		uint64_t unit = 1ull << (52 - 4 * precision), rest = m & (unit - 1);

		m -= rest;
		if (rest > unit / 2 || (rest == unit / 2 && m & unit))
			m += unit;
	}
	if (precision < 0)
		while (shown && !(m >> (52 - 4 * shown) & 15))
			shown--;
	else
		shown = precision < PRECISION_MAX ? precision : PRECISION_MAX;
	body[n++] = set[m >> 52];
	if (shown || spec->alt)
		body[n++] = '.';
	for (int i = 1; i <= shown; i++)
		body[n++] = i <= 13 ? set[m >> (52 - 4 * i) & 15] : '0';
	return n +
	       put_exponent(body + n, m ? p->exponent + 52 : 0, spec->conv == 'A' ? 'P' : 'p', 1);
}

void __format_double(struct format_out *out, const struct format_spec *spec, double value)
{
	struct parts p = take_apart(value);
	char prefix[4] = "", body[BODY_MAX];
	struct format_spec s = *spec;
	bool upper = s.conv < 'a';

	if (p.negative || s.plus || s.space)
		prefix[0] = p.negative ? '-' : s.plus ? '+' : ' ';
	if (__builtin_isnan(value) || __builtin_isinf(value)) {
		const char *name = __builtin_isnan(value) ? upper ? "NAN" : "nan" :
				   upper		  ? "INF" :
							    "inf";

		s.zero = false;
		__format_number(out, &s, prefix, 0, name, 3);
		return;
	}
	if ((s.conv | 0x20) != 'a') {
		__format_number(out, &s, prefix, 0, body, decimal_body(body, &s, &p));
		return;
	}
	strcat(prefix, upper ? "0X" : "0x");
	__format_number(out, &s, prefix, 0, body, hex_body(body, &s, &p));
}
