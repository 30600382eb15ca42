/* SPDX-License-Identifier: MIT */
/*
 * printf()'s engine of libc against the host's, on generated formats: flags, widths,
 * precisions, lengths and conversions in all mixtures, known and unknown, one after the other and
 * by their numbers.  STDIO_CASES sets how many.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "tools/hosttest/hosttest.h"

#include "libc/src/stdio/float.c"
#include "libc/src/stdio/format.c"
#include "libc/src/stdio/spec.c"

void __format_bytes(struct format_out *out, const char *s, size_t n)
{
	if (out->len < out->size)
		memcpy(out->buf + out->len, s, MIN(n, out->size - out->len));
	out->len += n;
}

static __attribute__((format(printf, 3, 0))) int mg_vsnprintf(char *s, size_t size, const char *fmt,
							      va_list ap)
{
	struct format_out out = { .buf = s, .size = size - 1 };

	__format(&out, fmt, ap);
	s[MIN(out.len, size - 1)] = '\0';
	return out.failed ? -1 : (int)out.len;
}

static u64 nr_cases(void)
{
	const char *text = getenv("STDIO_CASES");

	return text ? strtoull(text, NULL, 0) : 50000;
}

static void compare(const char *fmt, ...)
{
	static char seen[4096], right[4096];
	int seen_len, right_len;
	va_list ap;

	va_start(ap, fmt);
	errno = 0;
	seen_len = mg_vsnprintf(seen, sizeof(seen), fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	errno = 0;
	right_len = vsnprintf(right, sizeof(right), fmt, ap);
	va_end(ap);
	if (seen_len != right_len || (seen_len >= 0 && strcmp(seen, right)))
		test_failed(__FILE__, __LINE__, "\"%s\": expected %d \"%s\", seen %d \"%s\"", fmt,
			    right_len, right, seen_len, seen);
}

/* One of the characters of a text. */
static char any_of(const char *text)
{
	return text[rnd_below(strlen(text))];
}

static void add(char *fmt, const char *text)
{
	strcat(fmt, text);
}

/* Flags, width, precision and length, each there or not. */
static void add_spec(char *fmt, const char *conversions, const char *const *lengths, size_t n)
{
	char number[16];

	for (u64 i = rnd_below(4); i; i--)
		add(fmt, (char[]){ any_of("-+ #0'"), '\0' });
	if (rnd_below(2)) {
		snprintf(number, sizeof(number), "%d", (int)rnd_below(40) + 1);
		add(fmt, number);
	}
	if (rnd_below(2)) {
		snprintf(number, sizeof(number), ".%d", (int)rnd_below(40));
		add(fmt, rnd_below(8) ? number : ".");
	}
	add(fmt, lengths[rnd_below(n)]);
	add(fmt, (char[]){ any_of(conversions), '\0' });
}

static const char *const int_lengths[] = { "", "hh", "h", "l", "ll", "j", "z", "t", "q", "L", "Z" };
static const char *const no_lengths[] = { "" };

static u64 any_integer(void)
{
	return rnd() >> rnd_below(64);
}

TEST(printf_integers)
{
	for (u64 i = nr_cases(); i; i--) {
		char fmt[64] = "%";

		add_spec(fmt, "diuoxXbB", int_lengths, ARRAY_SIZE(int_lengths));
		add(fmt, "|%s");
		compare(fmt, any_integer(), "after");
	}
}

TEST(printf_doubles)
{
	for (u64 i = nr_cases(); i; i--) {
		u64 bits = rnd();
		double value;
		char fmt[64] = "%";

		memcpy(&value, &bits, sizeof(value));
		if (rnd_below(2))
			value = (double)(s64)any_integer() / 1024;
		add_spec(fmt, "eEfFgGaA", no_lengths, 1);
		add(fmt, "|%d");
		compare(fmt, value, 7);
	}
}

TEST(printf_texts)
{
	static const char *const texts[] = { "", "a", "some words", NULL };

	for (u64 i = nr_cases(); i; i--) {
		char fmt[64] = "%";

		add_spec(fmt, "sp", no_lengths, 1);
		add(fmt, "%%%c|%d%m");
		compare(fmt, texts[rnd_below(4)], 'x', 7);
	}
}

/* Letters that stand for nothing take no argument. */
TEST(printf_unknown)
{
	for (u64 i = nr_cases(); i; i--) {
		char fmt[64] = "%d %";

		add_spec(fmt, "kryvDUOMNT!&", int_lengths, ARRAY_SIZE(int_lengths));
		add(fmt, " %s %d");
		compare(fmt, 1, "word", 2);
	}
}

TEST(printf_numbered)
{
	for (u64 i = nr_cases(); i; i--) {
		static const char *const specs[] = { "%1$d",  "%2$s",	   "%3$.2f", "%4$lx",
						     "%1$5d", "%2$*1$s",   "%4$lu",  "%3$*1$.*1$g",
						     "%1$c",  "%2$.*1$s|", "%3$e",   "%%" };
		char fmt[128] = "%2$s%4$ld%1$d%3$g"; /* no gaps: of those nobody knows the type */

		for (u64 n = rnd_below(6); n; n--)
			add(fmt, specs[rnd_below(ARRAY_SIZE(specs))]);
		compare(fmt, (int)rnd_below(30), "a word", (double)rnd_below(1000) / 8,
			any_integer());
	}
}

TEST(printf_edges)
{
	compare("%");
	compare("abc%");
	compare("%-5");
	compare("%99999999999d", 5);
	compare("%.99999999999d", 5);
	compare("%2147483648s", "x");
	compare("%*d|%-*d|%.*d", -5, 42, -5, 42, -5, 42);
	compare("%ls|%.2ls|%5lc|%S", L"wide", L"wide", (wint_t)L'x', L"more");
	compare("%lc", (wint_t)0xe9);
	compare("%5%|%-5%|%p|%10p", NULL, (void *)0x1234);
}
