/* SPDX-License-Identifier: MIT */
/*
 * x^y = 2^(y log2 x).  The product may be as large as 1,074, ten bits, so log2 x
 * is wanted to more than 64 + 10 bits for a result of 64: it has two parts here.
 */
#include "x87.h"

/* 2 / ln 2, the first 32 bits and the next 64. */
#define TWO_LOG2E_HIGH (0xb8aa3b29p-30L)
#define TWO_LOG2E_LOW  3.3503426329773022137878427485302e-10L

struct two_parts {
	long double high, low; /* high has 32 bits */
};

/*
 * log2 of a positive number 2^e m with m between sqrt(1/2) and sqrt(2).  With
 * s = (m - 1) / (m + 1)
 *
 *	log2 m = 2 / ln 2 * (s + s^3/3 + s^5/5 + …)
 *
 * and |s| < 0.172.  Only the first term needs all its bits, so only s has two
 * parts: its head, and the remainder of the division by that.
 */
static struct two_parts log2_parts(double x)
{
	long double above, below, s, s_low, all, tail = 0, log, rest;
	struct two_parts result;
	double m;
	int e;

	m = frexp(x, &e);
	if (m < M_SQRT1_2) {
		m *= 2;
		e--;
	}
	above = (long double)m - 1;
	below = (long double)m + 1;
	s = head(above / below);
	s_low = (above - s * head(below) - s * (below - head(below))) / below;
	all = s + s_low;
	for (int k = 29; k >= 3; k -= 2)
		tail = (tail + 1.0L / k) * all * all;
	rest = s * TWO_LOG2E_LOW + (s_low + all * tail) * (TWO_LOG2E_HIGH + TWO_LOG2E_LOW);
	s *= TWO_LOG2E_HIGH;
	log = e + s;
	rest += (e - log) + s; /* what the sum lost: |e| is 0 or larger than |s| */
	result.high = head(log + rest);
	result.low = (log - result.high) + rest;
	return result;
}

static bool is_integer(double x)
{
	return isfinite(x) && trunc(x) == x;
}

static bool is_odd(double x)
{
	return is_integer(x) && !is_integer(x / 2);
}

/* a^y for 0 < a, both finite. */
static double power(double a, double y)
{
	struct two_parts log = log2_parts(a);
	long double y_high = head(y), first = y_high * log.high, n, rest;

	rest = (y - y_high) * log.high + y * log.low;
	n = x87_rint(first + rest);
	if (n > 2000 || n < -2000)
		return n > 0 ? INFINITY : 0;
	return (double)x87_scale(x87_exp2m1((first - n) + rest) + 1, n);
}

/* a^y where a >= 0 or y is a zero or an infinity. */
static double limit(double a, double y)
{
	if (a == 1)
		return 1;
	return (a > 1) == (y > 0) ? INFINITY : 0;
}

double pow(double x, double y)
{
	double a = fabs(x), r;

	if (y == 0 || x == 1)
		return 1;
	if (isnan(x) || isnan(y))
		return x + y;
	if (a == 0 || isinf(a) || isinf(y))
		r = limit(a, y);
	else if (x < 0 && !is_integer(y))
		r = NAN;
	else
		r = power(a, y);
	return checked2(signbit(x) && is_odd(y) ? -r : r, x, y);
}
