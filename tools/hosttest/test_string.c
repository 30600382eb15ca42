/* SPDX-License-Identifier: MIT */
/* Memory and strings against the plainest code that does the same. */
#include "kernel/lib/string.h"
#include "tools/hosttest/hosttest.h"

#define SIZE 96

static u8 a[SIZE], b[SIZE];

static void fill(void)
{
	for (int i = 0; i < SIZE; i++) {
		a[i] = (u8)rnd();
		b[i] = a[i];
	}
}

TEST(string_memmove_all_overlaps)
{
	for (size_t from = 0; from < 24; from++)
		for (size_t to = 0; to < 24; to++)
			for (size_t n = 0; n < 40; n++) {
				u8 copy[40];

				fill();
				for (size_t i = 0; i < n; i++)
					copy[i] = b[from + i];
				for (size_t i = 0; i < n; i++)
					b[to + i] = copy[i];
				CHECK(memmove(a + to, a + from, n) == a + to);
				CHECK_EQ(host_memcmp(a, b, SIZE), 0);
			}
}

TEST(string_memcpy_memset_bounds)
{
	for (size_t at = 0; at < 16; at++)
		for (size_t n = 0; n < 48; n++) {
			u8 c = (u8)rnd();

			fill();
			memset(a + at, c, n);
			for (size_t i = 0; i < n; i++)
				b[at + i] = c;
			CHECK_EQ(host_memcmp(a, b, SIZE), 0);
			fill();
			memcpy(a + at, b + 40, n);
			for (size_t i = 0; i < SIZE; i++)
				CHECK_EQ(a[i], i >= at && i < at + n ? b[40 + i - at] : b[i]);
		}
}

TEST(string_memcmp)
{
	for (size_t n = 0; n < SIZE; n++)
		for (size_t at = 0; at < SIZE; at++) {
			fill();
			b[at]++;
			CHECK_EQ(memcmp(a, b, n) == 0, host_memcmp(a, b, n) == 0);
			CHECK_EQ(memcmp(a, b, n) < 0, host_memcmp(a, b, n) < 0);
		}
	CHECK(memcmp("\x7f", "\x80", 1) < 0);
}

TEST(string_functions)
{
	char buf[8];

	CHECK_EQ(strlen(""), 0);
	CHECK_EQ(strlen("abc"), 3);
	CHECK_EQ(strnlen("abc", 2), 2);
	CHECK(strcmp("abc", "abd") < 0 && strcmp("b", "abc") > 0 && !strcmp("", ""));
	CHECK(strcmp("\x80", "a") > 0);
	CHECK(!strncmp("abc", "abd", 2) && strncmp("abc", "abd", 3) < 0);
	CHECK_EQ(strlcpy(buf, "0123456789", sizeof(buf)), 10);
	CHECK_STR(buf, "0123456");
	CHECK_EQ(strlcpy(buf, "ab", sizeof(buf)), 2);
	CHECK_STR(buf, "ab");
	CHECK_EQ((char *)memchr("abc", 'b', 3) - (char *)"abc" < 3, true);
	CHECK(!memchr("abc", 'c', 2));
}

TEST(string_glob_match)
{
	CHECK(glob_match("*", ""));
	CHECK(glob_match("cow*", "cow_fork"));
	CHECK(glob_match("*fork", "cow_fork"));
	CHECK(glob_match("a*b*c", "a_b_b_c"));
	CHECK(glob_match("?ow", "cow"));
	CHECK(!glob_match("cow", "cow_fork"));
	CHECK(!glob_match("a*b", "a_b_c"));
	CHECK(!glob_match("", "x"));
}
