/* SPDX-License-Identifier: MIT */
/* To integers, which doubles beyond 2^52 are anyhow. */
#include "x87.h"

#define TWO52 0x1p52

double fabs(double x)
{
	return __builtin_fabs(x);
}

double copysign(double x, double y)
{
	return __builtin_copysign(x, y);
}

double trunc(double x)
{
	int exponent = (int)(bits_of(x) >> 52 & 0x7ff) - 1023;

	if (exponent < 0)
		return copysign(0, x);
	if (exponent >= 52)
		return x;
	return from_bits(bits_of(x) & -(1ull << (52 - exponent)));
}

double floor(double x)
{
	double t = trunc(x);

	return t > x ? t - 1 : t;
}

double ceil(double x)
{
	double t = trunc(x);

	return t < x ? copysign(t + 1, x) : t;
}

/* Half away from zero. */
double round(double x)
{
	double t = trunc(x);

	return fabs(x - t) >= 0.5 ? t + copysign(1, x) : t;
}

/* As MXCSR says, usually half to even: above 2^52 there is no room for a fraction. */
double rint(double x)
{
	double shift = copysign(TWO52, x);

	if (!(fabs(x) < TWO52))
		return x;
	return copysign((x + shift) - shift, x);
}

/* Nothing here shows the flag of an inexact result that rint() may raise. */
double nearbyint(double x)
{
	return rint(x);
}

#define TO_INTEGER(type, name, round) \
	type name(double x) \
	{ \
		return (type)round(x); \
	}

/* What does not fit gives LONG_MIN, by the instruction. */
TO_INTEGER(long, lround, round)
TO_INTEGER(long, lrint, rint)
TO_INTEGER(long long, llround, round)
TO_INTEGER(long long, llrint, rint)
