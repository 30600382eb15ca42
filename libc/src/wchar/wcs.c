/* SPDX-License-Identifier: MIT */
/* Strings of wide characters: as those of bytes (string/), but for their unit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "alias.h"

size_t wcslen(const wchar_t *s)
{
	return wcsnlen(s, ~(size_t)0);
}

size_t wcsnlen(const wchar_t *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

wchar_t *wmemcpy(wchar_t *restrict dst, const wchar_t *restrict src, size_t n)
{
	return memcpy(dst, src, n * sizeof(*dst));
}

wchar_t *wmemmove(wchar_t *dst, const wchar_t *src, size_t n)
{
	return memmove(dst, src, n * sizeof(*dst));
}

wchar_t *wmemset(wchar_t *dst, wchar_t c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		dst[i] = c;
	return dst;
}

int wmemcmp(const wchar_t *a, const wchar_t *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b)
			return *a < *b ? -1 : 1;
	return 0;
}

wchar_t *wmemchr(const wchar_t *s, wchar_t c, size_t n)
{
	for (; n; n--, s++)
		if (*s == c)
			return (wchar_t *)s;
	return NULL;
}

wchar_t *wcpcpy(wchar_t *restrict dst, const wchar_t *restrict src)
{
	size_t n = wcslen(src);

	return wmemcpy(dst, src, n + 1) + n;
}

wchar_t *wcscpy(wchar_t *restrict dst, const wchar_t *restrict src)
{
	wcpcpy(dst, src);
	return dst;
}

wchar_t *wcsncpy(wchar_t *restrict dst, const wchar_t *restrict src, size_t n)
{
	size_t len = wcsnlen(src, n);

	wmemcpy(dst, src, len);
	wmemset(dst + len, L'\0', n - len);
	return dst;
}

wchar_t *wcscat(wchar_t *restrict dst, const wchar_t *restrict src)
{
	wcscpy(dst + wcslen(dst), src);
	return dst;
}

wchar_t *wcsncat(wchar_t *restrict dst, const wchar_t *restrict src, size_t n)
{
	size_t len = wcsnlen(src, n);
	wchar_t *end = wmemcpy(dst + wcslen(dst), src, len) + len;

	*end = L'\0';
	return dst;
}

int wcsncmp(const wchar_t *a, const wchar_t *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return !n || *a == *b ? 0 : *a < *b ? -1 : 1;
}

int wcscmp(const wchar_t *a, const wchar_t *b)
{
	return wcsncmp(a, b, ~(size_t)0);
}

int wcscoll(const wchar_t *a, const wchar_t *b) ALIAS(wcscmp);

int wcscasecmp(const wchar_t *a, const wchar_t *b)
{
	while (*a && towlower((wint_t)*a) == towlower((wint_t)*b)) {
		a++;
		b++;
	}
	return (int)towlower((wint_t)*a) - (int)towlower((wint_t)*b);
}

size_t wcsxfrm(wchar_t *restrict dst, const wchar_t *restrict src, size_t n)
{
	size_t len = wcslen(src);

	if (len < n)
		wcscpy(dst, src);
	return len;
}

wchar_t *wcschr(const wchar_t *s, wchar_t c)
{
	return wmemchr(s, c, wcslen(s) + 1);
}

wchar_t *wcsrchr(const wchar_t *s, wchar_t c)
{
	for (size_t n = wcslen(s) + 1; n; n--)
		if (s[n - 1] == c)
			return (wchar_t *)s + n - 1;
	return NULL;
}

wchar_t *wcsstr(const wchar_t *hay, const wchar_t *needle)
{
	size_t n = wcslen(needle);

	for (;; hay++) {
		if (!wcsncmp(hay, needle, n))
			return (wchar_t *)hay;
		if (!*hay)
			return NULL;
	}
}

size_t wcsspn(const wchar_t *s, const wchar_t *accept)
{
	size_t n = 0;

	while (s[n] && wcschr(accept, s[n]))
		n++;
	return n;
}

size_t wcscspn(const wchar_t *s, const wchar_t *reject)
{
	size_t n = 0;

	while (s[n] && !wcschr(reject, s[n]))
		n++;
	return n;
}

wchar_t *wcspbrk(const wchar_t *s, const wchar_t *accept)
{
	s += wcscspn(s, accept);
	return *s ? (wchar_t *)s : NULL;
}

wchar_t *wcstok(wchar_t *restrict s, const wchar_t *restrict delim, wchar_t **restrict save)
{
	s = s ? s : *save;
	if (!s)
		return NULL;
	s += wcsspn(s, delim);
	if (!*s) {
		*save = NULL;
		return NULL;
	}
	*save = wcspbrk(s, delim);
	if (*save)
		*(*save)++ = L'\0';
	return s;
}

wchar_t *wcsdup(const wchar_t *s)
{
	size_t n = wcslen(s) + 1;
	wchar_t *copy = malloc(n * sizeof(*copy));

	return copy ? wmemcpy(copy, s, n) : NULL;
}

/* ---- numbers: their characters are ASCII, so they are read as text of bytes ---- */

/* As much of s as is ASCII, as bytes that the caller frees; NULL if there is no memory. */
static char *narrow(const wchar_t *s)
{
	size_t n = 0;
	char *text;

	while (s[n] > 0 && s[n] < 0x80)
		n++;
	text = malloc(n + 1);
	for (size_t i = 0; text && i < n; i++)
		text[i] = (char)s[i];
	if (text)
		text[n] = '\0';
	return text;
}

#define WIDE_NUMBER(type, name, parameters, call) \
	type name(const wchar_t *restrict s, wchar_t **restrict end parameters) \
	{ \
		char *text = narrow(s), *stop = text; \
		type value = text ? call : 0; \
\
		if (end) \
			*end = (wchar_t *)s + (stop - text); \
		free(text); \
		return value; \
	}
#define WITH_BASE , int base

/* clang-format off */
WIDE_NUMBER(long, wcstol, WITH_BASE, strtol(text, &stop, base))
WIDE_NUMBER(unsigned long, wcstoul, WITH_BASE, strtoul(text, &stop, base))
WIDE_NUMBER(long long, wcstoll, WITH_BASE, strtoll(text, &stop, base))
WIDE_NUMBER(unsigned long long, wcstoull, WITH_BASE, strtoull(text, &stop, base))
WIDE_NUMBER(double, wcstod, , strtod(text, &stop))
WIDE_NUMBER(float, wcstof, , strtof(text, &stop))
WIDE_NUMBER(long double, wcstold, , strtold(text, &stop))
/* clang-format on */
