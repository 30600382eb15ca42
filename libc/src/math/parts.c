/* SPDX-License-Identifier: MIT */
/* Mantissas, exponents, neighbours, and comparisons that return a number. */
#include <limits.h>

#include "x87.h"

static bool has_exponent(double x)
{
	return x != 0 && isfinite(x);
}

double frexp(double x, int *exponent)
{
	union extended u = { .value = x };

	*exponent = 0;
	if (!has_exponent(x))
		return x;
	*exponent = (u.sign_exponent & 0x7fff) - (EXTENDED_BIAS - 1);
	u.sign_exponent = (uint16_t)((u.sign_exponent & 0x8000) | (EXTENDED_BIAS - 1));
	return (double)u.value;
}

int ilogb(double x)
{
	int exponent;

	if (has_exponent(x)) {
		frexp(x, &exponent);
		return exponent - 1;
	}
	errno = EDOM;
	return isinf(x) ? INT_MAX : x == 0 ? FP_ILOGB0 : FP_ILOGBNAN;
}

double logb(double x)
{
	if (has_exponent(x))
		return ilogb(x);
	return checked(x == 0 ? -INFINITY : x * x, x);
}

/* The scaled number is exact until it becomes a double, so it is rounded once. */
double scalbln(double x, long n)
{
	return checked((double)x87_scale(x, n), x);
}

double scalbn(double x, int n)
{
	return scalbln(x, n);
}

double ldexp(double x, int n)
{
	return scalbln(x, n);
}

double modf(double x, double *whole)
{
	*whole = trunc(x);
	return copysign(isinf(x) ? 0 : x - *whole, x);
}

double nan(const char *tag)
{
	(void)tag;
	return NAN;
}

/* The bits of doubles of one sign are ordered as their magnitudes are. */
double nextafter(double x, double y)
{
	if (isnan(x) || isnan(y))
		return x + y;
	if (x == y)
		return y;
	if (x == 0)
		return copysign(from_bits(1), y);
	return checked2(from_bits(bits_of(x) + ((x < y) == (x > 0) ? 1 : -1ull)), x, y);
}

double fdim(double x, double y)
{
	return x <= y ? 0 : checked2(x - y, x, y);
}

/* A NaN stands for a missing value; -0 is less than 0. */
double fmin(double x, double y)
{
	if (isnan(x) || isnan(y))
		return isnan(x) ? y : x;
	return x < y || (x == y && signbit(x)) ? x : y;
}

double fmax(double x, double y)
{
	if (isnan(x) || isnan(y))
		return isnan(x) ? y : x;
	return x > y || (x == y && !signbit(x)) ? x : y;
}
