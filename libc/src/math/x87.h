/* SPDX-License-Identifier: MIT */
/*
 * What the mathematics of libc stands on: the x87 unit, whose registers hold 64
 * bits of mantissa where a double has 53, and 15 bits of exponent where it has
 * 11.  The second makes things short: every double but zero is a normal number
 * here, and neither the square of a double nor the product of two can overflow.
 * The first makes them right: a result that is wrong by some units of the 64th
 * bit is, as a double, within 0.51 units of the 53rd.  The kernel saves these
 * registers with the others (kernel/x86/fpu.h), and exec sets the unit to 64
 * bits and to rounding to nearest.
 *
 * fsin, fcos and fptan are not used: their π has 66 bits, which is too little
 * near its multiples, and emulators compute them as doubles.  See trig.c.
 */
#pragma once

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define LN2   0.6931471805599453094172321214581765681L
#define LOG2E 1.4426950408889634073599246810018921374L
#define PI    3.1415926535897932384626433832795028842L

#define EXTENDED_BIAS 16383

union extended {
	long double value;
	struct {
		uint64_t mantissa;	/* with the leading one */
		uint16_t sign_exponent; /* sign in bit 15 */
	};
};

union binary64 {
	double value;
	uint64_t bits;
};

static inline uint64_t bits_of(double x)
{
	return ((union binary64){ .value = x }).bits;
}

static inline double from_bits(uint64_t bits)
{
	return ((union binary64){ .bits = bits }).value;
}

/* The first 32 bits of x: products of two such numbers are exact. */
static inline long double head(long double x)
{
	union extended u = { .value = x };

	u.mantissa &= ~0xffffffffull;
	return u.value;
}

/*
 * Gives r, the result of a function of x and y, and sets errno, for the result
 * tells what happened: NaN out of numbers is a domain error, an infinity out of
 * finite numbers a pole or an overflow.
 */
static inline double checked2(double r, double x, double y)
{
	if (isnan(r) && !isnan(x) && !isnan(y))
		errno = EDOM;
	else if (isinf(r) && isfinite(x) && isfinite(y))
		errno = ERANGE;
	return r;
}

static inline double checked(double r, double x)
{
	return checked2(r, x, x);
}

#define X87_UNARY(name, instruction) \
	static inline long double name(long double x) \
	{ \
		asm(instruction : "+t"(x)); \
		return x; \
	}
#define X87_BINARY(name, instruction) \
	static inline long double name(long double y, long double x) \
	{ \
		asm(instruction : "+t"(x) : "u"(y) : "st(1)"); \
		return x; \
	}

/* The function of doubles with this value, an extended number. */
#define FUNCTION(name, value) \
	double name(double x) \
	{ \
		return checked((double)(value), x); \
	}

/* clang-format off */
X87_UNARY(x87_rint, "frndint")		/* to an integer, half to even */
X87_UNARY(x87_sqrt, "fsqrt")
X87_UNARY(x87_exp2m1, "f2xm1")		/* 2^x - 1 for |x| <= 1 */
X87_BINARY(x87_ylog2, "fyl2x")		/* y * log2(x) */
X87_BINARY(x87_ylog2p1, "fyl2xp1")	/* y * log2(1 + x) for |x| < 0.29 */
X87_BINARY(x87_atan2, "fpatan")		/* of y/x, zeros and infinities as C's Annex F has them */
/* clang-format on */

/* x * 2^n for an integer n of any size. */
static inline long double x87_scale(long double x, long double n)
{
	asm("fscale" : "+t"(x) : "u"(n));
	return x;
}
