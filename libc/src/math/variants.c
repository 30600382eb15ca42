/* SPDX-License-Identifier: MIT */
/*
 * The functions of floats and long doubles, by way of double.  What is exact for
 * double is exact for float; the sum, difference, quotient and square root of
 * floats come out right too, since 53 bits are more than twice 24 and one.
 */
#include "x87.h"

/* Overflow in the last step only: the function of doubles has seen to its own. */
static float narrow(double r)
{
	float f = (float)r;

	if (isinf(f) && !isinf(r))
		errno = ERANGE;
	return f;
}

/* clang-format off */
#define ONE(name) \
	float name##f(float x) { return narrow(name(x)); } \
	long double name##l(long double x) { return name((double)x); }
#define TWO(name) \
	float name##f(float x, float y) { return narrow(name(x, y)); } \
	long double name##l(long double x, long double y) { return name((double)x, (double)y); }
#define WITH(name, type) \
	float name##f(float x, type other) { return narrow(name(x, other)); } \
	long double name##l(long double x, type other) { return name((double)x, other); }
#define TO(type, name) \
	type name##f(float x) { return name(x); } \
	type name##l(long double x) { return name((double)x); }

ONE(fabs)  ONE(floor) ONE(ceil)  ONE(trunc)  ONE(round)  ONE(rint)  ONE(nearbyint)
ONE(sqrt)  ONE(cbrt)  ONE(exp)   ONE(exp2)   ONE(expm1)  ONE(logb)
ONE(log)   ONE(log2)  ONE(log10) ONE(log1p)  ONE(sin)    ONE(cos)   ONE(tan)
ONE(asin)  ONE(acos)  ONE(atan)  ONE(sinh)   ONE(cosh)   ONE(tanh)
ONE(asinh) ONE(acosh) ONE(atanh)
TWO(fmod)  TWO(remainder)        TWO(copysign)
TWO(fmin)  TWO(fmax)  TWO(fdim)  TWO(hypot)  TWO(pow)    TWO(atan2)
WITH(frexp, int *)    WITH(ldexp, int)       WITH(scalbn, int)      WITH(scalbln, long)
TO(long, lround)      TO(long, lrint)        TO(long long, llround) TO(long long, llrint)
TO(int, ilogb)
	/* clang-format on */

	float modff(float x, float *whole)
{
	double w, part = modf(x, &w);

	*whole = (float)w;
	return (float)part;
}

long double modfl(long double x, long double *whole)
{
	double w, part = modf((double)x, &w);

	*whole = w;
	return part;
}

/* The float's neighbour is the first number beyond the double's that a float can hold. */
float nextafterf(float x, float y)
{
	union {
		float value;
		uint32_t bits;
	} u = { x };

	if (isnan(x) || isnan(y))
		return x + y;
	if (x == y)
		return y;
	if (x == 0)
		u.bits = 1 | (signbit(y) ? 1u << 31 : 0);
	else
		u.bits += (x < y) == (x > 0) ? 1 : -1u;
	return (float)checked2(u.value, x, y);
}

/* The product is exact; the sum is rounded to odd, so that the second rounding does no harm. */
float fmaf(float x, float y, float z)
{
	double product = (double)x * y, sum = product + z, part = sum - product;
	double lost = (product - (sum - part)) + (z - part);

	if (isfinite(sum) && lost != 0 && !(bits_of(sum) & 1))
		sum = nextafter(sum, lost > 0 ? INFINITY : -INFINITY);
	return narrow(checked2(sum, product, z));
}
