/* SPDX-License-Identifier: MIT */
/*
 * Proves: the mathematics of libc is right to the last place on this machine's
 * x87 unit, also where a process shares it with others, and sets errno as the
 * standard says.  The values of the table were computed to 1,400 bits and
 * rounded to doubles; tools/hosttest/test_math.c compares many more cases with
 * another libc's.
 * See libc/README.md, "Mathematics".
 *
 * cpus: 1 2
 */
#include <float.h>
#include <limits.h>
#include <math.h>

#include "test.h"

static uint64_t bits_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

/* How many doubles lie from a to b, of the same sign; huge where they differ in kind. */
static uint64_t distance(double a, double b)
{
	uint64_t x = bits_of(a), y = bits_of(b);

	if (isnan(a) || isnan(b))
		return isnan(a) && isnan(b) ? 0 : UINT64_MAX;
	return x > y ? x - y : y - x;
}

#define CHECK_NEAR(seen, want, most, ...) \
	do { \
		double seen_ = (seen), want_ = (want); \
		char cond_[64]; \
\
		if (distance(seen_, want_) <= (most)) \
			break; \
		snprintf(cond_, sizeof(cond_), "%a, seen %a", want_, seen_); \
		test_check(false, __FILE__, __LINE__, cond_, __VA_ARGS__); \
	} while (0)

#define CHECK_SAME(seen, want) CHECK_NEAR(seen, want, 0, "%s", #seen)

/* clang-format off */
#define F1(name) #name, name, NULL
#define F2(name) #name, NULL, name

static const struct known {
	const char *name;
	double (*f1)(double x);
	double (*f2)(double x, double y);
	double x, y, want;
} table[] = {
	{ F1(cbrt), 2, 0, 0x1.428a2f98d728bp0 },
	{ F1(cbrt), -0x1.999999999999ap-4, 0, -0x1.db4c7760bcff3p-2 },
	{ F1(cbrt), 0x1.7e43c8800759cp996, 0, 0x1.249ad2594c37dp332 },
	{ F1(cbrt), 0x0.0000000000001p-1022, 0, 0x1p-358 },
	{ F1(cbrt), 0x1.bp1, 0, 0x1.8p0 },
	{ F1(exp), 1, 0, 0x1.5bf0a8b145769p1 },
	{ F1(exp), -1, 0, 0x1.78b56362cef38p-2 },
	{ F1(exp), 0x1.b7cdfd9d7bdbbp-34, 0, 0x1.000000006df38p0 },
	{ F1(exp), 0x1.62ep9, 0, 0x1.ef85a11e73f2dp1023 },
	{ F1(exp), -0x1.722p9, 0, 0x0.0000000000042p-1022 },
	{ F1(exp), 0x1.999999999999ap-4, 0, 0x1.1aec7b35a00d4p0 },
	{ F1(exp), -0x1.48p4, 0, 0x1.57a3afeed00abp-30 },
	{ F1(exp2), 0x1p-1, 0, 0x1.6a09e667f3bcdp0 },
	{ F1(exp2), -0x1.0c9p10, 0, 0x0.0000000000001p-1022 },
	{ F1(exp2), 0x1.fff3333333333p9, 0, 0x1.ddb680117aa8ep1023 },
	{ F1(exp2), 0x1.ad7f29abcaf48p-24, 0, 0x1.00000129b4575p0 },
	{ F1(exp2), -0x1.d99999999999ap1, 0, 0x1.3b2c47bff8328p-4 },
	{ F1(expm1), 0x1.12e0be826d695p-30, 0, 0x1.12e0be84bbb51p-30 },
	{ F1(expm1), -0x1.12e0be826d695p-30, 0, -0x1.12e0be801f1d9p-30 },
	{ F1(expm1), 0x1p-1, 0, 0x1.4c2531c3c0d38p-1 },
	{ F1(expm1), -0x1.6666666666666p-1, 0, -0x1.01bf92311555fp-1 },
	{ F1(expm1), 30, 0, 0x1.370470aec26edp43 },
	{ F1(expm1), -0x1.44p5, 0, -1 },
	{ F1(log), 2, 0, 0x1.62e42fefa39efp-1 },
	{ F1(log), 0x1.999999999999ap-4, 0, -0x1.26bb1bbb55515p1 },
	{ F1(log), 0x1.000000006df38p0, 0, 0x1.b7cdffffa18d8p-34 },
	{ F1(log), 0x0.012688b70e62bp-1022, 0, -0x1.64e69394d9508p9 },
	{ F1(log), 0x1.7e43c8800759cp996, 0, 0x1.5963447f87fb5p9 },
	{ F1(log), 0x1.ffffffff2419p-1, 0, -0x1.b7ce00005e728p-34 },
	{ F1(log2), 3, 0, 0x1.95c01a39fbd68p0 },
	{ F1(log2), 0x1.999999999999ap-4, 0, -0x1.a934f0979a371p1 },
	{ F1(log2), 0x1.000000006df38p0, 0, 0x1.3d40846f44141p-33 },
	{ F1(log2), 0x0.012688b70e62bp-1022, 0, -0x1.01730dabca5f6p10 },
	{ F1(log10), 2, 0, 0x1.34413509f79ffp-2 },
	{ F1(log10), 0x1.3333333333333p-2, 0, -0x1.0bb6c34d81502p-1 },
	{ F1(log10), 0x1.000000006df38p0, 0, 0x1.7e026e7233b79p-35 },
	{ F1(log10), 0x0.0000000000001p-1022, 0, -0x1.434e6420f4374p8 },
	{ F1(log1p), 0x1.19799812dea11p-40, 0, 0x1.19799812de065p-40 },
	{ F1(log1p), -0x1.19799812dea11p-40, 0, -0x1.19799812df3bdp-40 },
	{ F1(log1p), 0x1.28f5c28f5c28fp-2, 0, 0x1.04c0ee0061b5bp-2 },
	{ F1(log1p), -0x1.ff7ced916872bp-1, 0, -0x1.ba18a998fff9fp2 },
	{ F1(log1p), 0x1.2a05f2p33, 0, 0x1.7069e2aa3184ep4 },
	{ F1(log1p), 0x1p-1, 0, 0x1.9f323ecbf984cp-2 },
	{ F1(sin), 0x1p-1, 0, 0x1.eaee8744b05fp-2 },
	{ F1(sin), 1, 0, 0x1.aed548f090ceep-1 },
	{ F1(sin), -2, 0, -0x1.d18f6ead1b446p-1 },
	{ F1(sin), 0x1.921fb54442d18p1, 0, 0x1.1a62633145c07p-53 },
	{ F1(sin), 355, 0, -0x1.f9bd0307d1de3p-16 },
	{ F1(sin), 0x1.e848p19, 0, -0x1.6664b2568d867p-2 },
	{ F1(sin), 0x1.0f0cf064dd592p73, 0, -0x1.b453ab76bf397p-1 },
	{ F1(sin), -0x1.7e43c8800759cp996, 0, 0x1.a2c16b010e385p-1 },
	{ F1(sin), 0x1.921fb54442d19p-1, 0, 0x1.6a09e667f3bcdp-1 },
	{ F1(cos), 0x1p-1, 0, 0x1.c1528065b7d5p-1 },
	{ F1(cos), 1, 0, 0x1.14a280fb5068cp-1 },
	{ F1(cos), -2, 0, -0x1.aa22657537205p-2 },
	{ F1(cos), 0x1.921fb54442d18p0, 0, 0x1.1a62633145c07p-54 },
	{ F1(cos), 355, 0, -0x1.fffffffc18e4cp-1 },
	{ F1(cos), 0x1.e848p19, 0, 0x1.df9df9906d32cp-1 },
	{ F1(cos), 0x1.0f0cf064dd592p73, 0, 0x1.0be2cef01c8f4p-1 },
	{ F1(cos), -0x1.7e43c8800759cp996, 0, -0x1.2699022adc4c1p-1 },
	{ F1(cos), 0x1.6ac5b262ca1ffp849, 0, -0x1.14ae72e6ba22fp-61 },
	{ F1(tan), 0x1p-1, 0, 0x1.17b4f5bf3474ap-1 },
	{ F1(tan), 1, 0, 0x1.8eb245cbee3a6p0 },
	{ F1(tan), -2, 0, 0x1.17af62e0950f8p1 },
	{ F1(tan), 0x1.921fb54442d18p0, 0, 0x1.d02967c31cdb5p53 },
	{ F1(tan), 355, 0, 0x1.f9bd030bacc16p-16 },
	{ F1(tan), 0x1.0f0cf064dd592p73, 0, -0x1.a0f79c1b6b257p0 },
	{ F1(tan), 0x1.6ac5b262ca1ffp849, 0, -0x1.d9ba9a7975636p60 },
	{ F1(asin), 0x1.999999999999ap-4, 0, 0x1.9a49276037884p-4 },
	{ F1(asin), -0x1p-1, 0, -0x1.0c152382d7366p-1 },
	{ F1(asin), 0x1.ffffffff2419p-1, 0, 0x1.921ec8003f9d8p0 },
	{ F1(asin), 0x1.12e0be826d695p-30, 0, 0x1.12e0be826d695p-30 },
	{ F1(acos), 0x1.999999999999ap-4, 0, 0x1.787b22ce3f59p0 },
	{ F1(acos), -0x1p-1, 0, 0x1.0c152382d7366p1 },
	{ F1(acos), 0x1.ffffffff2419p-1, 0, 0x1.da88066815a95p-17 },
	{ F1(acos), -1, 0, 0x1.921fb54442d18p1 },
	{ F1(atan), 0x1.999999999999ap-4, 0, 0x1.983e282e2cc4dp-4 },
	{ F1(atan), -1, 0, -0x1.921fb54442d18p-1 },
	{ F1(atan), 100000, 0, 0x1.921f0d7e968a8p0 },
	{ F1(atan), 0x1.12e0be826d695p-30, 0, 0x1.12e0be826d695p-30 },
	{ F1(sinh), 0x1.0c6f7a0b5ed8dp-20, 0, 0x1.0c6f7a0b5f0ap-20 },
	{ F1(sinh), 0x1.3333333333333p-2, 0, 0x1.37d42af54b926p-2 },
	{ F1(sinh), -5, 0, -0x1.28d0166f07374p6 },
	{ F1(sinh), 0x1.6326666666666p9, 0, 0x1.ad6eb7ccb4488p1023 },
	{ F1(cosh), 0x1.0c6f7a0b5ed8dp-20, 0, 0x1.00000000008ccp0 },
	{ F1(cosh), 0x1.3333333333333p-2, 0, 0x1.0b9b4e0b6ec4cp0 },
	{ F1(cosh), -5, 0, 0x1.28d6fcbeff3aap6 },
	{ F1(cosh), 0x1.6326666666666p9, 0, 0x1.ad6eb7ccb4488p1023 },
	{ F1(tanh), 0x1.0c6f7a0b5ed8dp-20, 0, 0x1.0c6f7a0b5e767p-20 },
	{ F1(tanh), 0x1.3333333333333p-2, 0, 0x1.2a4dda7d914fap-2 },
	{ F1(tanh), -5, 0, -0x1.fff419668df11p-1 },
	{ F1(tanh), 0x1.38p4, 0, 1 },
	{ F1(asinh), 0x1.0c6f7a0b5ed8dp-20, 0, 0x1.0c6f7a0b5ea7ap-20 },
	{ F1(asinh), 0x1.3333333333333p-2, 0, 0x1.2ec4ea565fcc1p-2 },
	{ F1(asinh), -5, 0, -0x1.27fdfac4e438p1 },
	{ F1(asinh), 0x1.4e718d7d7625ap664, 0, 0x1.cd35cd6cad20fp8 },
	{ F1(acosh), 0x1.000001ad7f29bp0, 0, 0x1.d4effc065cae4p-12 },
	{ F1(acosh), 0x1.8p0, 0, 0x1.ecc2caec5160ap-1 },
	{ F1(acosh), 5, 0, 0x1.256e66a48a3b6p1 },
	{ F1(acosh), 0x1.4e718d7d7625ap664, 0, 0x1.cd35cd6cad20fp8 },
	{ F1(atanh), 0x1.0c6f7a0b5ed8dp-20, 0, 0x1.0c6f7a0b5f3b3p-20 },
	{ F1(atanh), 0x1.3333333333333p-2, 0, 0x1.3cf2b50617c95p-2 },
	{ F1(atanh), -0x1.8p-1, 0, -0x1.f2272ae325a57p-1 },
	{ F1(atanh), 0x1.fffffca501acbp-1, 0, 0x1.0cfad9b61ff69p3 },
	{ F2(pow), 2, 0x1p-1, 0x1.6a09e667f3bcdp0 },
	{ F2(pow), 10, -22, 0x1.e392010175ee6p-74 },
	{ F2(pow), 0x1.000001ad7f29bp0, 0x1.7d784p26, 0x1.5829d1d3f9926p14 },
	{ F2(pow), 0x1.999999999999ap-4, 0x1.2c8p8, 0x1.b1b7583379149p-999 },
	{ F2(pow), 3, 0x1.42ep9, 0x1.676c07189f267p1023 },
	{ F2(pow), -3, 33, -0x1.3bfefa65abb83p52 },
	{ F2(pow), -0x1.8p0, -7, -0x1.df75680feb65fp-5 },
	{ F2(pow), 0x1.ffffde7210be9p-1, 0x1.4dc938p29, 0x1.14d9e133bba5fp-1010 },
	{ F2(pow), 0x1.fffffffffffffp1023, 0x1.fff2e48e8a71ep-1, 0x1.dceb39d9e4e63p1023 },
	{ F2(atan2), 1, 2, 0x1.dac670561bb4fp-2 },
	{ F2(atan2), -1, -2, -0x1.56c6e7397f5aep1 },
	{ F2(atan2), 3, -0x1.b7cdfd9d7bdbbp-34, 0x1.921fb5446778p0 },
	{ F2(atan2), 0x1.56e1fc2f8f359p-997, -0x1.7e43c8800759cp996, 0x1.921fb54442d18p1 },
	{ F2(atan2), 0x0.012688b70e62bp-1022, 3, 0x0.00622d925a20ep-1022 },
	{ F2(hypot), 3, 4, 5 },
	{ F2(hypot), 0x1.7e43c8800759cp996, 0x1.7e43c8800759cp996, 0x1.0e4d50f99b211p997 },
	{ F2(hypot), 0x0.012688b70e62bp-1022, 0x0.024d116e1cc56p-1022, 0x0.0292991fdae04p-1022 },
	{ F2(hypot), 1, 0x1.5798ee2308c3ap-27, 1 },
};
/* clang-format on */

static void test_table(void)
{
	TEST_BEGIN("known values");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct known *k = &table[i];

		CHECK_NEAR(k->f1 ? k->f1(k->x) : k->f2(k->x, k->y), k->want, 1, "%s(%a, %a)",
			   k->name, k->x, k->y);
	}
}

static void test_rounding(void)
{
	TEST_BEGIN("rounding to integers");
	CHECK_SAME(floor(-0.5), -1);
	CHECK_SAME(floor(0x1.fffffffffffffp51), 0x1.ffffffffffffep51);
	CHECK_SAME(ceil(-0.5), -0.0);
	CHECK_SAME(ceil(0x1p-1074), 1);
	CHECK_SAME(trunc(-1.75), -1);
	CHECK_SAME(round(0x1.fffffffffffffp-2), 0);
	CHECK_SAME(round(-2.5), -3);
	CHECK_SAME(rint(2.5), 2);
	CHECK_SAME(rint(-0.3), -0.0);
	CHECK_SAME(nearbyint(0x1.8p51 + 0.5), 0x1.8p51);
	CHECK_SAME(floor(-INFINITY), -INFINITY);
	CHECK_SAME(ceil(NAN), NAN);
	CHECK_EQ(lround(-2.5), -3, "lround");
	CHECK_EQ(llrint(3.5), 4, "llrint");
	CHECK_EQ(lrint(-0x1p62), -(1l << 62), "lrint");
}

static void test_exact(void)
{
	int e;
	double whole;

	TEST_BEGIN("exact functions");
	CHECK_SAME(fmod(-5.5, 2), -1.5);
	CHECK_SAME(fmod(-6, 3), -0.0);
	CHECK_SAME(fmod(0x1.fffffffffffffp1023, 0x1.8p-1074), 0);
	CHECK_SAME(fmod(1e300, 7), 1);
	CHECK_SAME(remainder(5, 2), 1);
	CHECK_SAME(remainder(7, 2), -1);
	CHECK_SAME(frexp(-0x1.8p-1070, &e), -0.75);
	CHECK_EQ(e, -1069, "exponent");
	CHECK_SAME(ldexp(0x1.8p0, -1075), 0x1p-1074);
	CHECK_SAME(ldexp(0x1p0, -1075), 0);
	CHECK_SAME(scalbn(0x1p-1074, 2097), 0x1p1023);
	CHECK_SAME(modf(-3.25, &whole), -0.25);
	CHECK_SAME(whole, -3);
	CHECK_EQ(ilogb(0x1p-1074), -1074, "ilogb");
	CHECK_SAME(logb(0x1.8p-1030), -1030);
	CHECK_SAME(nextafter(1, 0), 0x1.fffffffffffffp-1);
	CHECK_SAME(nextafter(0, -1), -0x1p-1074);
	CHECK_SAME(nextafterf(1, 2), 0x1.000002p0);
	CHECK_SAME(fma(0x1.0000000000001p0, 0x1.0000000000001p0, -1), 0x1.00000000000008p-51);
	CHECK_SAME(fma(0x1.0000000000001p0, 0x1.fffffffffffffp-1, 0x1p-106), 1);
	CHECK_SAME(fma(0x1.0000000000001p0, 0x1.fffffffffffffp-1, 0x1p-104), 0x1.0000000000001p0);
	CHECK_SAME(fma(1e200, 1e200, -INFINITY), -INFINITY);
	CHECK_SAME(fmaf(0x1.000002p0, 0x1.000002p0, 0x1p-60f), 0x1.000004p0);
	CHECK_SAME(sqrt(2), 0x1.6a09e667f3bcdp0);
	CHECK_SAME(sqrt(-0.0), -0.0);
	CHECK_SAME(fmin(NAN, 1), 1);
	CHECK_SAME(fmax(-0.0, 0.0), 0);
	CHECK_SAME(fdim(1, 3), 0);
	CHECK_SAME(copysign(3, -0.0), -3);
}

static void test_special(void)
{
	TEST_BEGIN("zeros, infinities and NaN");
	CHECK_SAME(pow(0, -3), INFINITY);
	CHECK_SAME(pow(-0.0, -3), -INFINITY);
	CHECK_SAME(pow(-0.0, 3), -0.0);
	CHECK_SAME(pow(-INFINITY, 3), -INFINITY);
	CHECK_SAME(pow(-1, INFINITY), 1);
	CHECK_SAME(pow(0.5, -INFINITY), INFINITY);
	CHECK_SAME(pow(1, NAN), 1);
	CHECK_SAME(pow(NAN, 0), 1);
	CHECK_SAME(pow(-8, 1 / 3.0), NAN);
	CHECK_SAME(atan2(0, -1), M_PI);
	CHECK_SAME(atan2(-0.0, -0.0), -M_PI);
	CHECK_SAME(atan2(INFINITY, -INFINITY), 3 * M_PI_4);
	CHECK_SAME(atan2(1, INFINITY), 0);
	CHECK_SAME(hypot(NAN, -INFINITY), INFINITY);
	CHECK_SAME(exp(-INFINITY), 0);
	CHECK_SAME(expm1(-INFINITY), -1);
	CHECK_SAME(exp2(-1075), 0);
	CHECK_SAME(tanh(-INFINITY), -1);
	CHECK_SAME(log1p(-0.0), -0.0);
	CHECK_SAME(sin(-0.0), -0.0);
	CHECK_SAME(asinh(-INFINITY), -INFINITY);
	CHECK_SAME(cbrt(-0.0), -0.0);
	CHECK(isnan(sin(NAN)) && isnan(exp(NAN)) && isnan(log(NAN)), "NaN goes through");
}

#define CHECK_SETS(call, want, number) \
	do { \
		errno = 0; \
		CHECK_SAME(call, want); \
		CHECK_EQ(errno, number, "errno after %s", #call); \
	} while (0)

static void test_errors(void)
{
	TEST_BEGIN("errno");
	CHECK_SETS(sqrt(-1), NAN, EDOM);
	CHECK_SETS(log(-1), NAN, EDOM);
	CHECK_SETS(log(0), -INFINITY, ERANGE);
	CHECK_SETS(log1p(-1), -INFINITY, ERANGE);
	CHECK_SETS(exp(710), INFINITY, ERANGE);
	CHECK_SETS(exp(INFINITY), INFINITY, 0);
	CHECK_SETS(sinh(-711), -INFINITY, ERANGE);
	CHECK_SETS(pow(-2, 0.5), NAN, EDOM);
	CHECK_SETS(pow(0, -1), INFINITY, ERANGE);
	CHECK_SETS(pow(10, 309), INFINITY, ERANGE);
	CHECK_SETS(fmod(1, 0), NAN, EDOM);
	CHECK_SETS(fmod(NAN, 0), NAN, 0);
	CHECK_SETS(remainder(INFINITY, 1), NAN, EDOM);
	CHECK_SETS(sin(INFINITY), NAN, EDOM);
	CHECK_SETS(acos(1.5), NAN, EDOM);
	CHECK_SETS(acosh(0.5), NAN, EDOM);
	CHECK_SETS(atanh(1), INFINITY, ERANGE);
	CHECK_SETS(atanh(-2), NAN, EDOM);
	CHECK_SETS(ldexp(1, 1024), INFINITY, ERANGE);
	CHECK_SETS(expf(100), INFINITY, ERANGE);
	CHECK_SETS(expf(1), 0x1.5bf0a8p1, 0);
	CHECK_EQ(math_errhandling, MATH_ERRNO, "math_errhandling");
}

static void test_kinds(void)
{
	TEST_BEGIN("kinds and comparisons");
	CHECK_EQ(fpclassify(0x1p-1074), FP_SUBNORMAL, "0x1p-1074");
	CHECK_EQ(fpclassify(0x1p-130f), FP_SUBNORMAL, "0x1p-130f");
	CHECK_EQ(fpclassify(-0.0), FP_ZERO, "-0.0");
	CHECK_EQ(fpclassify(DBL_MIN), FP_NORMAL, "DBL_MIN");
	CHECK(isinf(-INFINITY) && isnan(nan("")) && isfinite(DBL_MAX), "isinf, isnan, isfinite");
	CHECK(signbit(-0.0f) && !isnormal(0.0) && HUGE_VAL == INFINITY, "signbit, isnormal");
	CHECK(isless(1.0, 2.0) && !isgreater(NAN, 1.0) && isunordered(NAN, 1.0), "comparisons");
}

/* From 2^-span to 2^span, with a sign. */
static double random_double(uint64_t *state, int span)
{
	uint64_t r = next_random(state);
	double m = ldexp((double)(r >> 11 | 1ull << 52), -52);

	return ldexp(r & 1 ? m : -m, (int)(next_random(state) % (unsigned int)(2 * span)) - span);
}

/* What must hold of any two numbers, exactly. */
static void exact_identities(double x, double y)
{
	double rest = fmod(x, y), part, whole;
	int e;

	CHECK(fabs(rest) < fabs(y) && !signbit(rest) == !signbit(x), "fmod(%a, %a)", x, y);
	CHECK(fabs(remainder(x, y)) <= fabs(y) / 2, "remainder(%a, %a)", x, y);
	CHECK(remainder(x, y) == rest || fabs(remainder(x, y) - rest) == fabs(y) ||
		      fabs(rest) > fabs(y) / 2,
	      "fmod and remainder of %a, %a", x, y);
	part = frexp(x, &e);
	CHECK(ldexp(part, e) == x && e == ilogb(x) + 1, "frexp(%a)", x);
	part = modf(x, &whole);
	CHECK(part + whole == x && whole == trunc(x), "modf(%a)", x);
	CHECK(floor(x) <= x && x <= ceil(x) && ceil(x) - floor(x) == (x != floor(x)),
	      "floor(%a) and ceil", x);
	CHECK(fabs(x - rint(x)) <= 0.5 && fabs(x - round(x)) <= 0.5, "rint(%a)", x);
	CHECK(sqrt(x * x) == fabs(x), "sqrt of %a squared", x);
	CHECK(x * y + fma(x, y, -x * y) == x * y, "fma: error of %a * %a", x, y);
	CHECK((float)x * (float)y == (float)fma((float)x, (float)y, 0), "float %a * %a", x, y);
	CHECK(nextafter(nextafter(x, y), -INFINITY) <= x, "nextafter(%a)", x);
}

/* What must hold nearly: a is a positive number of moderate size. */
static void near_identities(double a)
{
	double angle = a * 1000, s = sin(angle), c = cos(angle);

	CHECK(fabs(s * s + c * c - 1) < 0x1p-51, "sine and cosine of %a", angle);
	CHECK_NEAR(tan(angle), s / c, 2, "tangent of %a", angle);
	CHECK(fabs(exp(log(a)) - a) <= a * (1 + fabs(log(a))) * 0x1p-52, "exp(log(%a))", a);
	CHECK(fabs(exp2(log2(a)) - a) <= a * (1 + fabs(log2(a))) * 0x1p-52, "exp2(log2(%a))", a);
	CHECK_NEAR(pow(a, 0.5), sqrt(a), 1, "square root of %a", a);
	CHECK_NEAR(pow(a, 2), a * a, 1, "square of %a", a);
	CHECK_NEAR(pow(a, -1), 1 / a, 1, "reciprocal of %a", a);
	CHECK_NEAR(cbrt(a * a * a), a, 1, "cube root of %a cubed", a);
	CHECK_NEAR(hypot(3 * a, 4 * a), 5 * a, 2, "hypot of %a", a);
	CHECK_NEAR(expm1(a) + 1, exp(a), 1, "exponentials of %a", a);
	CHECK_NEAR(sinh(asinh(a)), a, 20, "sinh(asinh(%a))", a);
	CHECK_NEAR(tan(atan(a)), a, (uint64_t)(8 + 4 * a), "tan(atan(%a))", a);
	CHECK_NEAR(atan2(a, 1), M_PI_2 - atan2(1, a), (uint64_t)(4 + 4 / a), "atan2 of %a", a);
}

static void identities(uint64_t seed)
{
	for (int i = 0; i < 400 && !test.failed; i++) {
		exact_identities(random_double(&seed, 60), random_double(&seed, 20));
		near_identities(fabs(random_double(&seed, 6)));
	}
	for (int k = -300; k < 300 && !test.failed; k++) {
		CHECK_SAME(exp2(k), ldexp(1, k));
		CHECK_SAME(log2(ldexp(1, k)), k);
		CHECK_SAME(cbrt((double)k * k * k), k);
		CHECK_SAME(pow(k, 5), (double)k * k * k * k * k);
		CHECK_NEAR(k < 23 && k >= 0 ? log10(pow(10, k)) : k, k, 0, "log10(1e%d)", k);
	}
}

static void child(void *arg)
{
	identities(*(uint64_t *)arg);
}

int main(void)
{
	uint64_t seed = test_seed();
	pid_t pid[4];

	test_table();
	test_rounding();
	test_exact();
	test_special();
	test_errors();
	test_kinds();

	TEST_BEGIN("identities, in four processes at a time");
	for (int i = 0; i < 4; i++, seed++)
		pid[i] = child_start(child, &seed);
	for (int i = 0; i < 4; i++)
		child_join(pid[i]);
	return TEST_END();
}
