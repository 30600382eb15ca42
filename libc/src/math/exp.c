/* SPDX-License-Identifier: MIT */
/* Powers of e and 2, and the hyperbolic functions that are made of them. */
#include "x87.h"

#define LN2_HIGH 0x1.62e42fefa39efp-1L /* 53 bits, so that n times it is exact */
#define LN2_LOW	 2.3190468138462996154948554638754786504e-17L

/* Beyond all doubles, within all extended numbers, their squares too. */
#define EXP_MOST 5000

/*
 * e^x = 2^n * 2^(r / ln 2) with n = x / ln 2 rounded and r = x - n ln 2, where
 * ln 2 has two parts (Cody and Waite), so that r keeps all its bits.
 */
static long double exp_extended(long double x)
{
	long double n, r;

	x = x > EXP_MOST ? EXP_MOST : x < -EXP_MOST ? -EXP_MOST : x;
	n = x87_rint(x * LOG2E);
	r = (x - n * LN2_HIGH) - n * LN2_LOW;
	return x87_scale(x87_exp2m1(r * LOG2E) + 1, n);
}

static long double expm1_extended(long double x)
{
	if (x > -LN2 && x < LN2)
		return x87_exp2m1(x * LOG2E);
	return exp_extended(x) - 1;
}

FUNCTION(exp, exp_extended(x))
FUNCTION(expm1, expm1_extended(x))

double exp2(double x)
{
	long double n;

	if (isinf(x))
		return x > 0 ? x : 0;
	n = x87_rint(x);
	return checked((double)x87_scale(x87_exp2m1(x - n) + 1, n), x);
}

/* With t = e^|x| - 1, which is small and right where x is small. */
double sinh(double x)
{
	long double t = expm1_extended(fabs(x));

	return checked(copysign((double)((t + t / (t + 1)) / 2), x), x);
}

double cosh(double x)
{
	long double e = exp_extended(fabs(x));

	return checked((double)((e + 1 / e) / 2), x);
}

double tanh(double x)
{
	long double t = expm1_extended(2 * fabs(x));

	return copysign((double)(t / (t + 2)), x);
}
