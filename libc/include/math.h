/* SPDX-License-Identifier: MIT */
/*
 * Mathematics.  Each function exists for double, with f for float, and with l for
 * long double; the latter has no more precision or range than double has.
 * Domain errors set EDOM, poles and overflows ERANGE; an underflow sets nothing.
 */
#pragma once

typedef float float_t;
typedef double double_t;

#define HUGE_VAL  __builtin_huge_val()
#define HUGE_VALF __builtin_huge_valf()
#define HUGE_VALL __builtin_huge_vall()
#define INFINITY  __builtin_inff()
#define NAN	  __builtin_nanf("")

#define MATH_ERRNO	 1
#define MATH_ERREXCEPT	 2
#define math_errhandling MATH_ERRNO

#define FP_NAN	     0
#define FP_INFINITE  1
#define FP_ZERO	     2
#define FP_SUBNORMAL 3
#define FP_NORMAL    4
#define FP_ILOGB0    (-0x7fffffff - 1)
#define FP_ILOGBNAN  (-0x7fffffff - 1)

#define M_E	   2.71828182845904523536
#define M_LOG2E	   1.44269504088896340736
#define M_LOG10E   0.434294481903251827651
#define M_LN2	   0.693147180559945309417
#define M_LN10	   2.30258509299404568402
#define M_PI	   3.14159265358979323846
#define M_PI_2	   1.57079632679489661923
#define M_PI_4	   0.785398163397448309616
#define M_1_PI	   0.318309886183790671538
#define M_2_PI	   0.636619772367581343076
#define M_2_SQRTPI 1.12837916709551257390
#define M_SQRT2	   1.41421356237309504880
#define M_SQRT1_2  0.707106781186547524401

#define __FP_KINDS FP_NAN, FP_INFINITE, FP_NORMAL, FP_SUBNORMAL, FP_ZERO

#define fpclassify(x)	     __builtin_fpclassify(__FP_KINDS, x)
#define isfinite(x)	     __builtin_isfinite(x)
#define isinf(x)	     __builtin_isinf(x)
#define isnan(x)	     __builtin_isnan(x)
#define isnormal(x)	     __builtin_isnormal(x)
#define signbit(x)	     __builtin_signbit(x)
#define isgreater(x, y)	     __builtin_isgreater(x, y)
#define isgreaterequal(x, y) __builtin_isgreaterequal(x, y)
#define isless(x, y)	     __builtin_isless(x, y)
#define islessequal(x, y)    __builtin_islessequal(x, y)
#define islessgreater(x, y)  __builtin_islessgreater(x, y)
#define isunordered(x, y)    __builtin_isunordered(x, y)

double modf(double x, double *whole);
float modff(float x, float *whole);
long double modfl(long double x, long double *whole);
double fma(double x, double y, double z);
float fmaf(float x, float y, float z);
long double fmal(long double x, long double y, long double z);

/* The tag is ignored. */
double nan(const char *tag);
float nanf(const char *tag);
long double nanl(const char *tag);

/* clang-format off */
/* Each for double, float and long double: of one number, of two, of one and something else. */
#define __MATH_1(name) double name(double); float name##f(float); long double name##l(long double);
#define __MATH_2(name) double name(double, double); float name##f(float, float); \
	long double name##l(long double, long double);
#define __MATH_WITH(name, other) double name(double, other); float name##f(float, other); \
	long double name##l(long double, other);
#define __MATH_TO(type, name) type name(double); type name##f(float); type name##l(long double);

__MATH_1(fabs)  __MATH_1(floor) __MATH_1(ceil)   __MATH_1(trunc)  __MATH_1(round)
__MATH_1(rint)  __MATH_1(nearbyint)              __MATH_1(sqrt)   __MATH_1(cbrt)
__MATH_1(exp)   __MATH_1(exp2)  __MATH_1(expm1)  __MATH_1(logb)
__MATH_1(log)   __MATH_1(log2)  __MATH_1(log10)  __MATH_1(log1p)
__MATH_1(sin)   __MATH_1(cos)   __MATH_1(tan)    __MATH_1(asin)   __MATH_1(acos)  __MATH_1(atan)
__MATH_1(sinh)  __MATH_1(cosh)  __MATH_1(tanh)   __MATH_1(asinh)  __MATH_1(acosh) __MATH_1(atanh)
__MATH_2(fmod)  __MATH_2(remainder)              __MATH_2(copysign)
__MATH_2(nextafter)
__MATH_2(fmin)  __MATH_2(fmax)  __MATH_2(fdim)   __MATH_2(hypot)  __MATH_2(pow)   __MATH_2(atan2)
__MATH_WITH(ldexp, int)         __MATH_WITH(scalbn, int)          __MATH_WITH(scalbln, long)
__MATH_WITH(frexp, int *)
__MATH_TO(long, lround)         __MATH_TO(long, lrint)            __MATH_TO(int, ilogb)
__MATH_TO(long long, llround)   __MATH_TO(long long, llrint)
/* clang-format on */
#undef __MATH_1
#undef __MATH_2
#undef __MATH_WITH
#undef __MATH_TO
