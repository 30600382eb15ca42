/* SPDX-License-Identifier: MIT */
/* Formatted print against the C library's, on generated formats and values. */
#include "kernel/lib/format.h"
#include "tools/hosttest/hosttest.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

static char seen[256], expected[256];

static int mg_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

#define COMPARE(fmt, ...) \
	do { \
		int n = mg_snprintf(seen, sizeof(seen), fmt, ##__VA_ARGS__); \
		int m = host_snprintf(expected, sizeof(expected), fmt, ##__VA_ARGS__); \
		if (n != m || host_strcmp(seen, expected)) \
			test_failed(__FILE__, __LINE__, \
				    "format \"%s\": expected \"%s\", seen \"%s\"", fmt, expected, \
				    seen); \
	} while (0)

static void generate_flags(char **at, const char *flags)
{
	for (; *flags; flags++)
		if (rnd_below(3) == 0)
			*(*at)++ = *flags;
}

static void generate(char *fmt, const char *flags, const char *length, char letter)
{
	*fmt++ = '<';
	*fmt++ = '%';
	generate_flags(&fmt, flags);
	if (rnd_below(2))
		fmt += host_snprintf(fmt, 8, "%d", 1 + (int)rnd_below(25));
	if (rnd_below(3) == 0)
		fmt += host_snprintf(fmt, 8, ".%d", (int)rnd_below(25));
	host_snprintf(fmt, 8, "%s%c>", length, letter);
}

static u64 interesting(void)
{
	static const u64 values[] = { 0,
				      1,
				      7,
				      8,
				      9,
				      10,
				      127,
				      128,
				      255,
				      256,
				      32767,
				      32768,
				      65535,
				      0x7fffffff,
				      0x80000000,
				      0xffffffff,
				      0x100000000,
				      0x7fffffffffffffff,
				      0x8000000000000000,
				      ~0UL };

	return rnd_below(3) ? values[rnd_below(ARRAY_SIZE(values))] : rnd() >> rnd_below(64);
}

TEST(format_integers_like_libc)
{
	static const char letters[] = "dux";
	static const char *const lengths[] = { "", "l", "ll", "z" };
	char fmt[32];

	for (int i = 0; i < 200000; i++) {
		char letter = letters[rnd_below(3)];
		u64 length = rnd_below(ARRAY_SIZE(lengths));
		const char *flags = letter == 'x' ? "-0#" : "-0";
		u64 value = interesting();

		generate(fmt, flags, lengths[length], letter);
		if (!length)
			COMPARE(fmt, (int)value);
		else
			COMPARE(fmt, value);
	}
}

TEST(format_strings_like_libc)
{
	static const char *const texts[] = { "", "a", "hello", "a longer line of text" };
	char fmt[32];

	for (int i = 0; i < 20000; i++) {
		const char *text = texts[rnd_below(4)];
		int letter = 'a' + (int)rnd_below(26);

		generate(fmt, "-", "", 's');
		COMPARE(fmt, text);
		host_snprintf(fmt, sizeof(fmt), "<%%%s%dc>", rnd_below(2) ? "-" : "",
			      1 + (int)rnd_below(9));
		COMPARE(fmt, letter);
	}
	COMPARE("%5d|%-5d|%.*s|%d", 42, 42, 2, "xyz", 7);
	COMPARE("100%% %c%c", 'o', 'k');
	COMPARE("%p", (void *)0x1234abcd);
}

TEST(format_truncates_and_counts)
{
	char buf[8] = "xxxxxxx";
	const char *volatile none = NULL; /* volatile: the compiler shall not know */

	CHECK_EQ(mg_snprintf(buf, 5, "%s-%d", "abc", 123), 7);
	CHECK_STR(buf, "abc-");
	CHECK_EQ(buf[5], 'x');
	CHECK_EQ(mg_snprintf(NULL, 0, "%d", 12345), 5);
	CHECK_EQ(scnprintf(buf, 5, "%s-%d", "abc", 123), 4);
	CHECK_EQ(scnprintf(buf, sizeof(buf), "ab"), 2);
	CHECK_EQ(mg_snprintf(buf, sizeof(buf), "%s", none), 6);
	CHECK_STR(buf, "(null)");
}
