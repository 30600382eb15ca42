/* SPDX-License-Identifier: MIT */
/* Circular functions and their inverses. */
#include "x87.h"

/* Behind 64 bits of zeros the first 1,216 bits of 2/π. */
static const uint64_t two_over_pi[20] = {
	0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
	0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e,
	0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
	0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
	0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
};

/* quarter * π/2 + rest, where |rest| <= π/4 and only the last two bits of quarter count */
struct angle {
	long double rest;
	unsigned int quarter;
};

/*
 * Payne and Hanek: x = m 2^e is m * (2^e * 2/π) quarters.  Bits of 2^e * 2/π of
 * weight 4 and more give whole turns, as m is an integer, and are left out; of
 * the others 192 are taken, so that the product modulo 4 has 190 bits behind the
 * point.  The first 137 of those are right.  The double that comes closest to a
 * multiple of π/2 leaves 62 zeros there, and 75 bits are more than are kept.
 */
static struct angle reduce_large(double x)
{
	uint64_t bits = bits_of(x), m = (bits & ((1ull << 52) - 1)) | 1ull << 52, window[3];
	int at = (int)(bits >> 52 & 0x7ff) - 1075 + 62; /* in two_over_pi: the bit of weight 2 */
	unsigned __int128 low, middle;
	uint64_t f0, f1, f2, flip;
	struct angle a;

	for (int i = 0; i < 3; i++)
		window[i] = two_over_pi[at / 64 + i] << at % 64 |
			    two_over_pi[at / 64 + i + 1] >> 1 >> (63 - at % 64);
	low = (unsigned __int128)m * window[2];
	middle = (unsigned __int128)m * window[1] + (low >> 64);
	f0 = m * window[0] + (uint64_t)(middle >> 64);
	a.quarter = (unsigned int)(f0 >> 62);
	f0 = f0 << 2 | (uint64_t)middle >> 62;
	f1 = (uint64_t)middle << 2 | (uint64_t)low >> 62;
	f2 = (uint64_t)low << 2;
	/* More than half a quarter is the next one, less a fraction: the bits inverted. */
	flip = -(f0 >> 63);
	a.quarter += flip & 1;
	a.rest = (((f2 ^ flip) * 0x1p-64L + (f1 ^ flip)) * 0x1p-64L + (f0 ^ flip)) * 0x1p-64L;
	a.rest *= flip ? -PI / 2 : PI / 2;
	return a;
}

static struct angle reduce(double x)
{
	struct angle a;

	if (!(fabs(x) > M_PI_4))
		return (struct angle){ x, 0 };
	if (isinf(x))
		return (struct angle){ NAN, 0 };
	a = reduce_large(fabs(x));
	return x > 0 ? a : (struct angle){ -a.rest, -a.quarter };
}

/*
 * Taylor's series, from its last term inwards: with z = r^2
 *
 *	cos r = 1 - z/(1*2) (1 - z/(3*4) (1 - …))
 *	sin r = r (1 - z/(2*3) (1 - z/(4*5) (1 - …)))
 *
 * last is the first factor of the last denominator: odd for cos r, even for
 * sin r / r.  Where z < 0.617 the term behind 21 * 22 is below 2^-70.
 */
static long double series(long double z, int last)
{
	long double sum = 1;

	for (int k = last; k > 0; k -= 2)
		sum = 1 - sum * z / (k * (k + 1));
	return sum;
}

/* The sine of the angle so many quarters further on: with one more it is the cosine. */
static long double sine(struct angle a, unsigned int quarters)
{
	long double z = a.rest * a.rest, s;

	a.quarter += quarters;
	s = a.quarter & 1 ? series(z, 21) : a.rest * series(z, 20);
	return a.quarter & 2 ? -s : s;
}

FUNCTION(sin, sine(reduce(x), 0))
FUNCTION(cos, sine(reduce(x), 1))

double tan(double x)
{
	struct angle a = reduce(x);

	return checked((double)(sine(a, 0) / sine(a, 1)), x);
}

double atan2(double y, double x)
{
	return (double)x87_atan2(y, x);
}

double atan(double x)
{
	return atan2(x, 1);
}

/* The other leg of the right-angled triangle with hypotenuse 1; NaN where there is none. */
static long double other_leg(long double x)
{
	return x87_sqrt((1 - x) * (1 + x));
}

FUNCTION(asin, x87_atan2(x, other_leg(x)))
FUNCTION(acos, x87_atan2(other_leg(x), x))
