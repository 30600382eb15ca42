/* SPDX-License-Identifier: MIT */
/*
 * libc's mathematics against the host's, on bit patterns of all kinds.  What is
 * exact must have the bits of the host's double function; the rest is measured
 * against the host's function of long doubles, which has eleven more bits, in
 * units of the last place.  MATH_CASES sets how many cases a function sees, and
 * MATH_PRINT prints the greatest error of each.
 *
 * The sources are included here with their own header, and their functions have
 * other names for the linker; the host's come from dlopen().
 */
#include <dlfcn.h>
#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/hosttest/hosttest.h"

#define _MATH_H 1 /* the host's own header stays out */
#include "libc/include/math.h"

/* name, greatest error; 0 stands for exact */
#define FUNCTIONS_1(F) \
	F(fabs, 0) \
	F(floor, 0) \
	F(ceil, 0) \
	F(trunc, 0) \
	F(round, 0) \
	F(rint, 0) \
	F(nearbyint, 0) \
	F(logb, 0) \
	F(sqrt, 0) \
	F(cbrt, 0.51) \
	F(exp, 0.51) \
	F(exp2, 0.51) \
	F(expm1, 0.51) \
	F(log, 0.51) \
	F(log2, 0.51) \
	F(log10, 0.51) \
	F(log1p, 0.51) \
	F(sin, 0.51) \
	F(cos, 0.51) \
	F(tan, 0.51) \
	F(asin, 0.51) \
	F(acos, 0.51) \
	F(atan, 0.51) \
	F(sinh, 0.51) \
	F(cosh, 0.51) \
	F(tanh, 0.51) \
	F(asinh, 0.51) \
	F(acosh, 0.51) \
	F(atanh, 0.51) \
	F(erf, 0.51) \
	F(erfc, 1) \
	F(tgamma, 1)

#define FUNCTIONS_2(F) \
	F(fmod, 0) \
	F(remainder, 0x1p-9) \
	F(copysign, 0) \
	F(nextafter, 0) \
	F(fdim, 0) \
	F(hypot, 0.51) \
	F(pow, 0.51) \
	F(atan2, 0.51)

#define RENAME(name)	      extern __typeof__(name) name __asm__("mg_" #name);
#define RENAME_ALL(name, ...) RENAME(name) RENAME(name##f) RENAME(name##l)
FUNCTIONS_1(RENAME_ALL)
FUNCTIONS_2(RENAME_ALL)
RENAME_ALL(lgamma)
RENAME_ALL(fma)
RENAME_ALL(fmin)
RENAME_ALL(fmax)
RENAME_ALL(frexp)
RENAME_ALL(ldexp)
RENAME_ALL(scalbn)
RENAME_ALL(scalbln)
RENAME_ALL(modf)
RENAME_ALL(ilogb)
RENAME_ALL(lround)
RENAME_ALL(lrint)
RENAME_ALL(llround)
RENAME_ALL(llrint)
RENAME_ALL(nan)
RENAME(signgam)

#include "libc/src/math/arith.c"
#include "libc/src/math/exp.c"
#include "libc/src/math/gamma.c"
#include "libc/src/math/log.c"
#include "libc/src/math/parts.c"
#include "libc/src/math/pow.c"
#include "libc/src/math/round.c"
#include "libc/src/math/trig.c"
#include "libc/src/math/variants.c"

typedef double (*double_1)(double x);
typedef double (*double_2)(double x, double y);
typedef float (*float_1)(float x);
typedef float (*float_2)(float x, float y);
typedef long double (*extended_1)(long double x);
typedef long double (*extended_2)(long double x, long double y);

/* The host's function of that name, with that suffix. */
static void *host(const char *name, const char *suffix)
{
	static void *libm;
	char full[32];
	void *f;

	libm = libm ? libm : dlopen("libm.so.6", RTLD_NOW);
	if (!libm)
		test_failed(__FILE__, __LINE__, "the host has no libm.so.6");
	host_snprintf(full, sizeof(full), "%s%s", name, suffix);
	f = dlsym(libm, full);
	if (!f)
		test_failed(__FILE__, __LINE__, "the host has no %s()", full);
	return f;
}

static u64 nr_cases(void)
{
	const char *text = getenv("MATH_CASES");

	return text ? strtoull(text, NULL, 0) : 20000;
}

/* ---- numbers of all kinds ---- */

static const double edges[] = {
	0.0,
	0x1p-1074,
	0x1p-1023,
	0x0.fffffffffffffp-1022,
	0x1p-1022,
	0x1p-60,
	0.5,
	0x1.fffffffffffffp-2,
	M_PI_4,
	M_SQRT1_2,
	0x1.fffffffffffffp-1,
	1,
	0x1.0000000000001p0,
	M_PI_2,
	2,
	M_PI,
	M_LN2,
	10,
	171.62437695630272,
	709.782712893384,
	710.4758600739439,
	745.1332191019412,
	1024,
	1074,
	1075,
	0x1p31,
	0x1p52,
	0x1p53,
	0x1p63,
	1e22,
	6381956970095103 * 0x1p797, /* comes closest of all to a multiple of π/2 */
	0x1.fffffffffffffp1023,
	INFINITY,
	NAN,
};

static double any_sign(double x)
{
	return rnd() & 1 ? -x : x;
}

/* From 2^low to 2^high, all exponents alike. */
static double spread(int low, int high)
{
	u64 exponent = (u64)(1023 + low) + rnd_below((u64)(high - low));

	return any_sign(from_bits(exponent << 52 | rnd() >> 12));
}

static double any_double(void)
{
	switch (rnd_below(10)) {
	case 0:
		return from_bits(rnd());
	case 1:
		return any_sign(edges[rnd_below(ARRAY_SIZE(edges))]);
	case 2: /* an integer or half of one */
		return any_sign((double)rnd_below(2000) / 2);
	case 3: /* next to 1 */
		return 1 + spread(-53, -1);
	case 4: /* next to a multiple of π/2 */
		return any_sign((double)((long double)rnd_below(1ul << rnd_below(50)) * PI / 2));
	case 5:
		return spread(-1022, 1023);
	case 6:
		return spread(-30, 60);
	case 7: /* powers, with few bits */
		return any_sign((double)rnd_below(64) * from_bits((1015 + rnd_below(20)) << 52));
	default:
		return spread(-8, 11);
	}
}

/* A partner of x: often near, often far. */
static double any_partner(double x)
{
	switch (rnd_below(6)) {
	case 0:
		return x;
	case 1:
		return any_sign(x * (1 + spread(-53, -1)));
	case 2:
		return any_sign((double)rnd_below(20));
	default:
		return any_double();
	}
}

/* ---- comparing ---- */

/* Distance from the right result in units of the last place; huge where they differ in kind. */
static double error_in_ulps(double seen, long double right)
{
	union extended u = { .value = right };
	int exponent = (u.sign_exponent & 0x7fff) - EXTENDED_BIAS;
	double rounded = (double)right;

	if (isnan(seen) || isnan(right))
		return isnan(seen) && isnan(right) ? 0 : HUGE_VAL;
	if (!signbit(seen) != !signbit(right))
		return HUGE_VAL;
	if (isinf(seen) || isinf(rounded))
		return seen == rounded ? 0 : HUGE_VAL;
	if (exponent < -1022)
		exponent = -1022;
	return (double)fabsl((seen - right) / x87_scale(1, exponent - 52));
}

static bool same(double a, double b)
{
	return (isnan(a) && isnan(b)) || bits_of(a) == bits_of(b);
}

/* What errno must be after a result, 0 for what it was. */
static int errno_due(double r, double x, double y)
{
	if (isnan(r))
		return isnan(x) || isnan(y) ? 0 : EDOM;
	return isinf(r) && !isinf(x) && !isinf(y) ? ERANGE : 0;
}

#define FAIL(name, x, y, seen, right) \
	test_failed(__FILE__, __LINE__, "%s(%a, %a): expected %La, seen %a", name, x, y, \
		    (long double)(right), seen)

struct function {
	const char *name;
	double bound;
	double_1 f1;
	double_2 f2;
	float_1 f1f;
	float_2 f2f;
};

static double apply(const struct function *f, double x, double y)
{
	return f->f1 ? f->f1(x) : f->f2(x, y);
}

static double apply_host(const struct function *f, double x, double y)
{
	return f->f1 ? ((double_1)host(f->name, ""))(x) : ((double_2)host(f->name, ""))(x, y);
}

static long double apply_extended(const struct function *f, double x, double y)
{
	return f->f1 ? ((extended_1)host(f->name, "l"))(x) : ((extended_2)host(f->name, "l"))(x, y);
}

static void compare(const struct function *f)
{
	double worst = 0, at_x = 0, at_y = 0;

	for (u64 i = nr_cases(); i; i--) {
		double x = any_double(), y = f->f2 ? any_partner(x) : 0, seen, error;
		int number;

		errno = 0;
		seen = apply(f, x, y);
		number = errno;
		if (number != errno_due(seen, x, y))
			test_failed(__FILE__, __LINE__, "%s(%a, %a) = %a: errno is %d", f->name, x,
				    y, seen, number);
		if (f->bound == 0 && !same(seen, apply_host(f, x, y)))
			FAIL(f->name, x, y, seen, apply_host(f, x, y));
		if (f->bound == 0)
			continue;
		error = error_in_ulps(seen, apply_extended(f, x, y));
		if (error > f->bound)
			FAIL(f->name, x, y, seen, apply_extended(f, x, y));
		if (error > worst) {
			worst = error;
			at_x = x;
			at_y = y;
		}
	}
	if (getenv("MATH_PRINT"))
		printf("# %-10s %.4f ulp at %a %a\n", f->name, worst, at_x, at_y);
}

static const struct function functions[] = {
#define ROW_1(name, bound) { #name, bound, name, NULL, name##f, NULL },
#define ROW_2(name, bound) { #name, bound, NULL, name, NULL, name##f },
	FUNCTIONS_1(ROW_1) FUNCTIONS_2(ROW_2)
};

TEST(math_functions)
{
	const char *only = getenv("MATH_ONLY");

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (!only || !host_strcmp(only, functions[i].name))
			compare(&functions[i]);
}
