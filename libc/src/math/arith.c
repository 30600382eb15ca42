/* SPDX-License-Identifier: MIT */
/* Remainders, roots, and the fused multiply-add. */
#include "x87.h"

/*
 * fprem takes off at most 63 bits of the quotient and says by C2 in its status
 * that more are left; fprem1 is the same with the quotient rounded to nearest.
 * Every step is exact, and so is the result.
 */
#define REMAINDER(name, instruction) \
	double name(double x, double y) \
	{ \
		long double rest = x, divisor = y; \
		uint16_t status; \
\
		do \
			asm(instruction "; fnstsw %1" : "+t"(rest), "=a"(status) : "u"(divisor)); \
		while (status & 0x400); \
		return checked2((double)rest, x, y); \
	}

REMAINDER(fmod, "fprem")
REMAINDER(remainder, "fprem1")

double sqrt(double x)
{
	double root;

	asm("sqrtsd %1, %0" : "=x"(root) : "x"(x));
	return checked(root, x);
}

/* 2^(log2(x) / 3), and one step of Newton to 64 bits. */
double cbrt(double x)
{
	long double a = fabs(x), third, n, t;

	if (x == 0 || !isfinite(x))
		return x;
	third = x87_ylog2(1, a) / 3;
	n = x87_rint(third);
	t = x87_scale(x87_exp2m1(third - n) + 1, n);
	t -= (t - a / (t * t)) / 3;
	return copysign((double)t, x);
}

double hypot(double x, double y)
{
	if (isinf(x) || isinf(y))
		return INFINITY;
	return checked2((double)x87_sqrt((long double)x * x + (long double)y * y), x, y);
}

/* a + b as a rounded sum, and what rounding lost: Knuth's TwoSum, exact. */
static long double two_sum(long double a, long double b, long double *lost)
{
	long double sum = a + b, part = sum - a;

	*lost = (a - (sum - part)) + (b - part);
	return sum;
}

/* a + b rounded to odd: of the two neighbours of an inexact sum, the one whose last bit is 1. */
static long double odd_sum(long double a, long double b)
{
	union extended sum;
	long double lost;

	sum.value = two_sum(a, b, &lost);
	if (lost == 0 || sum.mantissa & 1)
		return sum.value;
	/* The last bit is 0: the neighbour on the side of the exact sum. */
	if ((lost > 0) == (sum.value > 0)) {
		sum.mantissa++;
	} else if (sum.mantissa-- == 1ull << 63) {
		sum.mantissa = ~0ull;
		sum.sign_exponent--;
	}
	return sum.value;
}

/*
 * Boldo and Melquiond, "Emulation of FMA and correctly rounded sums": the product
 * is exact in two parts (Dekker), and so are the sums (Knuth), but for the last
 * two.  Those are rounded to odd, which no later rounding to fewer bits can tell
 * from the exact sum.
 */
double fma(double x, double y, double z)
{
	long double xh, xl, yh, yl, product, low, sum, sum_low, high, high_low;

	if (x == 0 || y == 0 || !isfinite(x) || !isfinite(y) || !isfinite(z))
		return checked2((double)((long double)x * y + z), x * y, z);
	xh = head(x);
	xl = x - xh;
	yh = head(y);
	yl = y - yh;
	product = (long double)x * y;
	low = ((xh * yh - product) + xh * yl + xl * yh) + xl * yl;
	sum = two_sum(z, low, &sum_low);
	high = two_sum(product, sum, &high_low);
	return checked2((double)odd_sum(high, odd_sum(sum_low, high_low)), x, z);
}
