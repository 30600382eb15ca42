/* SPDX-License-Identifier: MIT */
/*
 * Proves: printf() and scanf() have the conversions of C17, C23 and POSIX, and what they do not
 * know takes no argument, so that those which follow stand where they belong; a failed scanf()
 * leaves room for ungetc(); strftime() is whole.  tools/hosttest/test_stdio.c holds generated
 * formats against the host's.  See libc/README.md.
 *
 * cpus: 1
 * suite: check
 */
#include <limits.h>
#include <locale.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

#include "test.h"

/* The formats here are such as a compiler warns of. */
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-overflow"

static void shows(const char *want, const char *fmt, ...)
{
	char seen[200];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(seen, sizeof(seen), fmt, ap);
	va_end(ap);
	CHECK(!strcmp(seen, want) && len == (int)strlen(want), "\"%s\": %d \"%s\", want \"%s\"",
	      fmt, len, seen, want);
}

static void test_printf(void)
{
	char text[8];
	int n = 0;

	TEST_BEGIN("printf: what has come since C99, what POSIX and the GNU library add");
	shows("1234567|after", "%'d|%s", 1234567, "after");
	shows("101|0b101|0B101|after", "%b|%#b|%#B|%s", 5, 5, 5, "after");
	shows("hello world", "%2$s %1$s", "world", "hello");
	shows("   42|3.14|c", "%2$*1$d|%3$.*4$f|%5$c", 5, 42, 3.14159, 2, 'c');
	shows("5|5|7|after", "%qd|%Ld|%Zu|%s", 5LL, 5LL, (size_t)7, "after");
	shows("-1|65535|4294967295|-1|x", "%w8d|%w16u|%w32u|%w64d|%s", -1, -1, -1, -1l, "x");
	shows("-1|-1|x", "%wf8d|%wf32d|%s", -1, -1l, "x");
	shows("wide wi    x", "%ls %.2S %4lc", L"wide", L"wide", (wint_t)L'x');
	shows("(nil)|0x10|(null)||", "%p|%p|%s|%.3s|", NULL, (void *)16, NULL, NULL);
	errno = ENOENT;
	shows("No such file or directory|No", "%m|%.2m");

	TEST_BEGIN("printf: what is no conversion takes no argument and is shown");
	shows("%y|x", "%y|%s", "x");
	shows("%-5k 7|x", "%-5lk %d|%s", 7, "x");
	shows("%3.2Q|x", "%*.*Q|%s", 3, 2, "x");
	CHECK_ERRNO(snprintf(text, sizeof(text), "ab%"), EINVAL);
	CHECK_ERRNO(snprintf(text, sizeof(text), "%2147483648d", 1), EOVERFLOW);
	CHECK_ERRNO(snprintf(text, sizeof(text), "%2147483647d%d", 1, 1), EOVERFLOW);
	CHECK_ERRNO(snprintf(text, sizeof(text), "%lc", (wint_t)0xd800), EILSEQ);
	CHECK_EQ(snprintf(text, 0, "abc%n%s", &n, "def"), 6, "length");
	CHECK_EQ(n, 3, "%%n");
}

static void test_scanf(void)
{
	char *word = NULL, set[8], two[2];
	wchar_t wide[8], *grown = NULL;
	void *p = &p;
	int a = -1, b = -1, n = -1;
	long l = -1;

	TEST_BEGIN("scanf: memory that it allocates, numbered arguments, binary, wide characters");
	CHECK_EQ(sscanf("hello 42", "%ms %d", &word, &a), 2, "items");
	CHECK(word && !strcmp(word, "hello") && a == 42, "%s %d", word, a);
	free(word);
	CHECK_EQ(sscanf("abc9", "%m[a-z]%d", &word, &a), 2, "items");
	CHECK(word && !strcmp(word, "abc") && a == 9, "%s %d", word, a);
	free(word);
	word = NULL;
	CHECK_EQ(sscanf("9", "%m[a-z]", &word), 0, "items");
	CHECK(!word, "what does not match allocates nothing");
	CHECK_EQ(sscanf("5 6", "%2$d %1$d", &a, &b), 2, "items");
	CHECK(a == 6 && b == 5, "%d %d", a, b);
	CHECK_EQ(sscanf("0b101 11", "%b %b", &a, &b), 2, "items");
	CHECK(a == 5 && b == 3, "%d %d", a, b);
	CHECK_EQ(sscanf("wide (nil)", "%ls %p", wide, &p), 2, "items");
	CHECK(!wcscmp(wide, L"wide") && !p, "wide, and %p", p);
	CHECK_EQ(sscanf("grows", "%mls", &grown), 1, "items");
	CHECK(grown && wcslen(grown) == 5, "allocated wide characters");
	free(grown);
	CHECK_EQ(sscanf("300 -7", "%hhd %qd", set, &l), 2, "items");
	CHECK(set[0] == 44 && l == -7, "%d %ld", set[0], l);
	CHECK_EQ(sscanf("ab7", "%2c%*d%n", two, &n), 1, "items");
	CHECK(!memcmp(two, "ab", 2) && n == 3, "%.2s %d", two, n);
	CHECK_EQ(sscanf("12ab", "%i%1c", &a, two), 2, "items");
	CHECK(a == 12 && *two == 'a', "decimal digits end at %c", *two);
	CHECK_EQ(sscanf("-0x1fg 08", "%ig %i%n", &a, &b, &n), 2, "items");
	CHECK(a == -31 && b == 0 && n == 8, "%d %d %d", a, b, n);
	CHECK_EQ(sscanf("5 x", "%d %y", &a, &b), 1, "an unknown conversion ends it");
}

static void test_unget(void)
{
	FILE *f = tmpfile();
	int n = 0;

	TEST_BEGIN("after a failed scanf there is still room for ungetc");
	REQUIRE(f, "tmpfile: %s", strerror(errno));
	fputs("abc 12x", f);
	rewind(f);
	CHECK_EQ(fscanf(f, "%d", &n), 0, "items");
	CHECK_EQ(fscanf(f, "%%"), 0, "no %% is there, and nothing is taken");
	CHECK_EQ(ungetc('7', f), '7', "ungetc");
	CHECK_EQ(fscanf(f, "%dabc%d", &n, &n), 2, "items");
	CHECK_EQ(n, 12, "the second number");
	CHECK_EQ(getc(f), 'x', "what follows");
	CHECK_EQ(getc(f), EOF, "the end");
	CHECK_EQ(ungetc('y', f), 'y', "ungetc at the end");
	CHECK(!feof(f) && getc(f) == 'y' && getc(f) == EOF, "it comes back, then the end again");
	fclose(f);
}

static void test_wide(void)
{
	static const char text[] = "a\303\251\342\202\254\360\237\230\200";
	wchar_t wide[8];
	char back[16], name[256];
	mbstate_t state = { 0 };

	TEST_BEGIN("characters of several bytes: none in \"C\", UTF-8 where the locale says so");
	CHECK_EQ(mbstowcs(wide, text, 8), (size_t)-1, "in the C locale");
	CHECK_EQ(errno, EILSEQ, "errno");
	CHECK(MB_CUR_MAX == 1 && !setlocale(LC_ALL, "de_DE.ISO-8859-1"), "unknown locales");
	CHECK(setlocale(LC_ALL, "C.UTF-8") && MB_CUR_MAX > 1, "C.UTF-8");
	CHECK_EQ(mbstowcs(wide, text, 8), 4, "characters");
	CHECK(wide[1] == 0xe9 && wide[2] == 0x20ac && wide[3] == 0x1f600, "%x %x %x", wide[1],
	      wide[2], wide[3]);
	CHECK_EQ(wcstombs(back, wide, sizeof(back)), sizeof(text) - 1, "bytes");
	CHECK(!strcmp(back, text), "and back");
	CHECK_EQ(mbrtowc(wide, "\342", 1, &state), (size_t)-2, "a part");
	CHECK_EQ(mbrtowc(wide, "\202\254", 2, &state), 2, "the rest");
	CHECK_EQ(*wide, 0x20ac, "the character");
	CHECK_EQ(mbtowc(wide, "\300\200", 2), -1, "a form that is too long");
	CHECK_EQ(mbtowc(wide, "\355\240\200", 3), -1, "a surrogate");
	CHECK_EQ(mbtowc(wide, "\364\220\200\200", 4), -1, "beyond Unicode");
	CHECK_EQ(mbtowc(wide, "\364\217\277\277", 4), 4, "its last character");
	CHECK_EQ(*wide, 0x10ffff, "its number");
	CHECK_EQ(mbtowc(wide, "\364\200\200\200", 4), 4, "the first of its last plane");
	shows("[\342\202\254]", "[%lc]", (wint_t)0x20ac);
	shows("[a\303\251]", "[%.3ls]", L"a\u00e9\u20ac");
	CHECK(iswalpha(0xe9) && towupper(0xe9) == 0xc9 && iswprint(0x20ac), "classes");
	CHECK(wcwidth(0x4e00) == 2 && wcwidth(0x301) == 0 && wcwidth(7) == -1, "widths");
	CHECK(setlocale(LC_TIME, "POSIX"), "a category by itself");
	strcpy(name, setlocale(LC_ALL, NULL));
	CHECK(setlocale(LC_ALL, "C") && MB_CUR_MAX == 1, "back to C");
	CHECK(setlocale(LC_ALL, name) && MB_CUR_MAX > 1, "and to %s", name);
	CHECK(!strcmp(setlocale(LC_TIME, NULL), "C"), "each category to its own");
	CHECK(!setlocale(LC_ALL, "LC_CTYPE=C.UTF-8"), "a name of one category for all");
	CHECK(setlocale(LC_ALL, "C"), "back to C");
}

static void dates(const char *want, const char *fmt)
{
	const time_t t = 4886718345; /* Wed Nov  8 05:45:45 2124 */
	char seen[100];
	struct tm tm;
	size_t n = strftime(seen, sizeof(seen), fmt, gmtime_r(&t, &tm));

	CHECK(n == strlen(want) && !strcmp(seen, want), "\"%s\": %s, want %s", fmt, seen, want);
}

static void test_strftime(void)
{
	TEST_BEGIN("strftime: flags, widths, seconds, and what is no conversion");
	dates("4886718345 am  5  5 +0000", "%s %P %k %l %z");
	dates("WED NOV  8 05:45:45 2124", "%^c");
	dates("8|  8|0008|002124", "%-d|%_3d|%04e|%06Y");
	dates("%Q|24|%", "%Q|%Ey|%");
	dates("  2124-11-08", "%12F");
}

int main(void)
{
	test_printf();
	test_scanf();
	test_unget();
	test_wide();
	test_strftime();
	return TEST_END();
}
