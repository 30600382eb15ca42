/* SPDX-License-Identifier: MIT */
/* Logarithms, and the inverse hyperbolic functions that are made of them. */
#include "x87.h"

#define LOG10_2 0.3010299956639811952137388947244930268L

FUNCTION(log, x87_ylog2(LN2, x))
FUNCTION(log2, x87_ylog2(1, x))
FUNCTION(log10, x87_ylog2(LOG10_2, x))

static long double log1p_extended(long double x)
{
	return x > -0.29L && x < 0.29L ? x87_ylog2p1(LN2, x) : x87_ylog2(LN2, 1 + x);
}

FUNCTION(log1p, log1p_extended(x))

/* ln(a + sqrt(a^2 + 1)), where a stands alone in the sum so that small ones keep their bits */
double asinh(double x)
{
	long double a = fabs(x);

	if (isinf(x))
		return x;
	return copysign((double)log1p_extended(a + a * a / (1 + x87_sqrt(a * a + 1))), x);
}

double acosh(double x)
{
	long double t = (long double)x - 1;

	return checked((double)(t < 0 ? NAN : log1p_extended(t + x87_sqrt(t * (t + 2)))), x);
}

double atanh(double x)
{
	long double a = fabs(x);

	return checked(copysign((double)(log1p_extended(2 * a / (1 - a)) / 2), x), x);
}
