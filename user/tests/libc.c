/* SPDX-License-Identifier: MIT */
/*
 * Proves: libc does what the C standard and POSIX say, as far as it goes by now:
 * text, numbers, memory, streams, environment, jumps.  The conversions were held
 * against another libc's on generated cases; here stand the telling ones.
 * See libc/README.md.
 *
 * cpus: 1
 */
#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <strings.h>

#include "test.h"

#define CHECK_STR(seen, want) \
	do { \
		const char *seen_ = (seen); \
\
		CHECK(seen_ && !strcmp(seen_, want), "seen \"%s\", want \"%s\"", seen_, want); \
	} while (0)

static void check_format(const char *want, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void check_format(const char *want, const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	CHECK_STR(buf, want);
	CHECK_EQ(len, strlen(want), "length of \"%s\"", want);
}

static void test_printf(void)
{
	char small[5];

	TEST_BEGIN("printf");
	check_format("-42|   42|42   |00042|+42| 42", "%d|%5d|%-5d|%05d|%+d|% d", -42, 42, 42, 42,
		     42, 42);
	check_format("ff|0xff|FF|0377|0", "%x|%#x|%X|%#o|%#x", 255, 255, 255, 255, 0);
	check_format("  007||-9223372036854775808", "%5.3d|%.0d|%ld", 7, 0, LONG_MIN);
	check_format("-1|255|18446744073709551615", "%hhd|%hhu|%zu", 255, 511, (size_t)-1);
	check_format("ab|  ab|ab  |a|x|%", "%s|%4s|%-4s|%.1s|%c|%%", "ab", "ab", "ab", "ab", 'x');
	check_format("0x1234|   7|1.50", "%p|%*d|%.*f", (void *)0x1234, 4, 7, 2, 1.5);
	check_format("0|2|2|4|0.1|1e-05|123457|1.23457e+06", "%.0f|%.0f|%.0f|%.0f|%g|%g|%g|%g", 0.5,
		     1.5, 2.5, 3.5, 0.1, 1e-5, 123456.7, 1234567.0);
	check_format("3.141593e+00|0x1.8p+1|inf|-nan", "%e|%a|%f|%f", 3.14159265, 3.0,
		     __builtin_inf(), -__builtin_nan(""));
	check_format("0.1000000000000000055511151231257827021181583404541015625", "%.55f", 0.1);
	CHECK_EQ(snprintf(small, sizeof(small), "%s", "too long"), 8, "length of all");
	CHECK_STR(small, "too ");
}

static void test_numbers(void)
{
	char *end;

	TEST_BEGIN("text to numbers");
	CHECK_EQ(strtol(" -0x1fz", &end, 0), -31, "strtol");
	CHECK_STR(end, "z");
	CHECK_EQ(strtol("777", NULL, 8), 511, "strtol, octal");
	errno = 0;
	CHECK_EQ(strtol("99999999999999999999", NULL, 10), LONG_MAX, "strtol, too large");
	CHECK_EQ(errno, ERANGE, "errno");
	CHECK_EQ(strtoul("zz", NULL, 36), 35 * 37, "strtoul, base 36");
	CHECK(strtod("1e23", NULL) == 1e23 && strtod("0x1.8p1", NULL) == 3, "strtod");
	CHECK(strtod("2.2250738585072011e-308", NULL) == 2.2250738585072011e-308, "subnormal");
	CHECK(strtod("9007199254740993", NULL) == 9007199254740992.0, "a tie goes to even");
	CHECK(strtod("-inf", &end) == -__builtin_inf() && !*end, "strtod, infinity");
	CHECK(__builtin_isnan(strtod("NAN(a_1)z", &end)), "strtod, NaN");
	CHECK_STR(end, "z");
	CHECK(__builtin_isnan(strtod("-nan()", &end)) && !*end, "strtod, NaN with nothing");
	CHECK(__builtin_isnan(strtod("nan(a", &end)), "strtod, NaN before a parenthesis");
	CHECK_STR(end, "(a");
	CHECK(strtod("x", &end) == 0 && *end == 'x', "strtod, no number");
	/* Half way between two floats but for a part that a double has no room for. */
	CHECK(strtof("1.00000017881393432617187499", NULL) == 0x1.000002p0f, "rounded once");
	CHECK(strtof("1e-45", NULL) == 0x1p-149f && strtof("3.5e38", NULL) == __builtin_inff(),
	      "the ends of float");
}

static void test_scanf(void)
{
	char word[16], set[16];
	int a, b, n;
	double d;
	float f;

	TEST_BEGIN("scanf");
	CHECK_EQ(sscanf("12 abc 0x1f", "%d %15s %i", &a, word, &b), 3, "items");
	CHECK(a == 12 && b == 31, "%d, %d", a, b);
	CHECK_STR(word, "abc");
	CHECK_EQ(sscanf("key=val;", "%15[^=]=%15[a-z]%n", word, set, &n), 2, "items");
	CHECK_STR(set, "val");
	CHECK_EQ(n, 7, "characters");
	CHECK_EQ(sscanf("-2.5e2x", "%lfx", &d), 1, "items");
	CHECK(d == -250, "%g", d);
	CHECK_EQ(sscanf("1.5abc", "%lf%15s", &d, word), 2, "a number ends where it must");
	CHECK_STR(word, "abc");
	CHECK_EQ(sscanf("-.5e+1-2", "%lf%d", &d, &a), 2, "a sign ends a number");
	CHECK(d == -5 && a == -2, "%g, %d", d, a);
	CHECK_EQ(sscanf("0x1.8p1,INFx", "%lf,%f%c", &d, &f, word), 3, "hexadecimal, infinity");
	CHECK(d == 3 && f == __builtin_inff() && *word == 'x', "%g, %g, %c", d, f, *word);
	CHECK_EQ(sscanf("100ergs", "%lf", &d), 0, "half an exponent is no number");
	CHECK_EQ(sscanf("", "%d", &a), EOF, "items in nothing");
	CHECK_EQ(sscanf("x", "%d", &a), 0, "items in what does not match");
	CHECK_EQ(sscanf("  ", "%d", &a), EOF, "items in spaces");
	CHECK_EQ(sscanf("-", "%d", &a), 0, "items in what only begins to match");
}

static void test_strings(void)
{
	char buf[32] = "one,two,,three", *save, *p = buf;

	TEST_BEGIN("strings");
	CHECK_STR(strtok_r(p, ",", &save), "one");
	CHECK_STR(strtok_r(NULL, ",", &save), "two");
	CHECK_STR(strtok_r(NULL, ",", &save), "three");
	CHECK(!strtok_r(NULL, ",", &save), "no fourth word");
	CHECK_EQ(strlcpy(buf, "abcdef", 4), 6, "strlcpy");
	CHECK_STR(buf, "abc");
	CHECK_EQ(strlcat(buf, "defg", sizeof(buf)), 7, "strlcat");
	CHECK_STR(strstr("haystack", "st"), "stack");
	CHECK(!strstr("haystack", "sx"), "strstr of what is not there");
	CHECK_STR(strrchr("a/b/c", '/'), "/c");
	CHECK_EQ(strcspn("hello", "lo"), 2, "strcspn");
	CHECK(strcasecmp("HeLLo", "hEllO") == 0 && strncmp("abc", "abd", 2) == 0, "comparisons");
	memmove(buf + 2, buf, 5);
	CHECK(!memcmp(buf, "ababcde", 7), "memmove upwards: %.7s", buf);
	memmove(buf, buf + 2, 5);
	CHECK(!memcmp(buf, "abcde", 5), "memmove downwards: %.5s", buf);
	CHECK(isalpha('x') && !isalpha('1') && toupper('x') == 'X', "ctype");
	CHECK_STR(strerror(ENOENT), "No such file or directory");
	CHECK_STR(strcasestr("A HayStack", "ays"), "ayStack");
	CHECK(!strcasestr("abc", "bd"), "strcasestr of what is not there");
	CHECK_EQ(strxfrm(buf, "abc", sizeof(buf)), 3, "strxfrm");
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void test_sorting(void)
{
	static uint32_t a[1000];
	uint64_t state = 1;
	uint32_t key;

	TEST_BEGIN("qsort and bsearch");
	for (size_t i = 0; i < 1000; i++)
		a[i] = (uint32_t)next_random(&state) % 500;
	key = a[7];
	qsort(a, 1000, sizeof(a[0]), by_value);
	for (size_t i = 1; i < 1000; i++)
		CHECK(a[i - 1] <= a[i], "elements %zu and %zu are in order", i - 1, i);
	CHECK(bsearch(&key, a, 1000, sizeof(a[0]), by_value), "an element is found");
	key = 500;
	CHECK(!bsearch(&key, a, 1000, sizeof(a[0]), by_value), "a stranger is not");
}

#define BLOCKS 400

/* Fills a block with bytes that tell which one it is. */
static void malloc_round(unsigned char **block, size_t *size, uint64_t *state)
{
	size_t i = next_random(state) % BLOCKS, old = size[i];
	size_t n = next_random(state) % (next_random(state) % 50 ? 700 : 300000);

	for (size_t k = 0; k < old; k += 61)
		CHECK(block[i][k] == (unsigned char)i, "block %zu kept its bytes", i);
	if (old && next_random(state) % 3) {
		free(block[i]);
		block[i] = NULL;
		size[i] = 0;
		return;
	}
	block[i] = realloc(block[i], n + 1);
	REQUIRE(block[i], "realloc of %zu bytes: %s", n + 1, strerror(errno));
	CHECK(!((uintptr_t)block[i] % 16), "block %zu is aligned: %p", i, (void *)block[i]);
	for (size_t k = 0; k < (old < n + 1 ? old : n + 1); k += 61)
		CHECK(block[i][k] == (unsigned char)i, "realloc kept the bytes of block %zu", i);
	memset(block[i], (int)i, n + 1);
	size[i] = n + 1;
}

static void test_malloc(void)
{
	static unsigned char *block[BLOCKS];
	static size_t size[BLOCKS];
	uint64_t state = test_seed();
	long frames;
	void *p;

	TEST_BEGIN("malloc");
	free(malloc(1)); /* the first segment stays */
	frames = (long)mem_stat().user_frames;
	for (int round = 0; round < 20000 && !test.failed; round++)
		malloc_round(block, size, &state);
	for (size_t i = 0; i < BLOCKS; i++)
		free(block[i]);
	CHECK((long)mem_stat().user_frames <= frames + 260, "frames kept: %ld, before %ld",
	      (long)mem_stat().user_frames, frames);
	CHECK(!posix_memalign(&p, 4096, 100) && !((uintptr_t)p % 4096), "posix_memalign: %p", p);
	free(p);
	CHECK(!malloc(1ul << 60) && errno == ENOMEM, "a request that is too large");
	CHECK(!calloc(1ul << 40, 1ul << 40), "a product that overflows");
}

static void test_streams(void)
{
	char line[128], again[128];
	FILE *f = fopen("tests/libc", "r");
	long size;
	int fd;

	TEST_BEGIN("streams and descriptors");
	REQUIRE(f, "fopen: %s", strerror(errno));
	CHECK_EQ(fread(line, 1, 4, f), 4, "fread");
	CHECK(!memcmp(line, "\177ELF", 4), "an ELF file begins with \\177ELF");
	CHECK(!fseek(f, 0, SEEK_END), "fseek: %s", strerror(errno));
	size = ftell(f);
	CHECK(size > 4096, "the file has %ld bytes", size);
	CHECK_EQ(fgetc(f), EOF, "fgetc at the end");
	CHECK(feof(f) && !ferror(f), "feof");
	rewind(f);
	CHECK_EQ(ungetc(fgetc(f), f), 0177, "ungetc");
	CHECK_EQ(ftell(f), 0, "position after ungetc");
	fclose(f);
	CHECK(!fopen("no/such/file", "r") && errno == ENOENT, "fopen of nothing");
	CHECK(!fopen("tests/libc", "q") && errno == EINVAL, "fopen with a bad mode");
	fd = open("tests/libc", O_RDONLY);
	CHECK_EQ(lseek(fd, 1, SEEK_SET), 1, "lseek");
	CHECK_EQ(read(fd, line, 64), 64, "read");
	CHECK_EQ(pread(fd, again, 64, 1), 64, "pread");
	CHECK(!memcmp(line, again, 64), "read and pread agree");
	CHECK(!close(fd), "close: %s", strerror(errno));
	CHECK_ERRNO(read(fd, line, 1), EBADF);
}

static void test_environment(void)
{
	TEST_BEGIN("environment");
	CHECK(!setenv("MG_TEST", "1", 1) && !strcmp(getenv("MG_TEST"), "1"), "setenv");
	CHECK(!setenv("MG_TEST", "2", 0) && !strcmp(getenv("MG_TEST"), "1"), "no overwriting");
	CHECK(!unsetenv("MG_TEST") && !getenv("MG_TEST"), "unsetenv");
	CHECK_ERRNO(setenv("A=B", "1", 1), EINVAL);
}

static void test_jumps(void)
{
	static jmp_buf env;
	volatile int passes = 0;
	int value;

	TEST_BEGIN("setjmp and longjmp");
	value = setjmp(env);
	CHECK_EQ(value, passes, "value on pass %d", passes);
	if (++passes < 4)
		longjmp(env, passes);
	passes = 0;
	if (!setjmp(env))
		longjmp(env, 0);
	else
		passes = 1;
	CHECK_EQ(passes, 1, "a value of 0 arrives as 1");
}

int main(void)
{
	test_printf();
	test_numbers();
	test_scanf();
	test_strings();
	test_sorting();
	test_malloc();
	test_streams();
	test_environment();
	test_jumps();
	return TEST_END();
}
