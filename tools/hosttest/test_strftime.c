/* SPDX-License-Identifier: MIT */
/* strftime() of libc against the host's, on generated dates and formats.  STDIO_CASES: how many. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/hosttest/hosttest.h"

size_t mg_strftime(char *restrict s, size_t size, const char *restrict fmt,
		   const struct tm *restrict tm);
#define strftime mg_strftime
#include "libc/src/time/strftime.c"
#undef strftime

static u64 nr_cases(void)
{
	const char *text = getenv("STDIO_CASES");

	return text ? strtoull(text, NULL, 0) : 50000;
}

static char any_of(const char *text)
{
	return text[rnd_below(strlen(text))];
}

static void add(char *fmt, const char *text)
{
	strcat(fmt, text);
}

TEST(strftime)
{
	for (u64 i = nr_cases(); i; i--) {
		char fmt[32] = "%", seen[200] = "", right[200] = "";
		time_t t = (time_t)rnd_below(1ul << 36) - (1l << 34);
		struct tm tm;
		size_t seen_len, right_len;

		gmtime_r(&t, &tm);
		for (u64 n = rnd_below(3); n; n--)
			add(fmt, (char[]){ any_of("_-0^#"), '\0' });
		if (!rnd_below(3))
			add(fmt, (char[]){ any_of("123456789"), '\0' });
		if (rnd_below(20)) /* the host fills zones up to another width than it says */
			add(fmt,
			    (char[]){ any_of("aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYZ%"), '\0' });
		else
			strcpy(fmt, "%z");
		seen_len = mg_strftime(seen, sizeof(seen), fmt, &tm);
		right_len = strftime(right, sizeof(right), fmt, &tm);
		if (seen_len != right_len || strcmp(seen, right))
			test_failed(__FILE__, __LINE__,
				    "\"%s\" of %ld: expected \"%s\", seen \"%s\"", fmt, t, right,
				    seen);
	}
}
