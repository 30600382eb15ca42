/* SPDX-License-Identifier: MIT */
/*
 * Wide characters: a wchar_t is a code point of Unicode, which the locale's characters of one or
 * more bytes stand for: ASCII in "C", UTF-8 in a locale whose name ends in it.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef unsigned int wint_t;
typedef unsigned long wctype_t;

#define WEOF ((wint_t)-1)

typedef struct {
	unsigned int value;  /* the bits that have come */
	unsigned char first; /* of the bytes that have come, the first one; 0: none */
	unsigned char need;  /* bytes that are still to come */
	unsigned char have;
} mbstate_t;

struct tm;

wint_t btowc(int c);
int wctob(wint_t c);
int mbsinit(const mbstate_t *state);
size_t mbrlen(const char *restrict s, size_t n, mbstate_t *restrict state);
size_t mbrtowc(wchar_t *restrict wide, const char *restrict s, size_t n, mbstate_t *restrict state);
size_t wcrtomb(char *restrict s, wchar_t wide, mbstate_t *restrict state);
size_t mbsrtowcs(wchar_t *restrict wide, const char **restrict s, size_t n,
		 mbstate_t *restrict state);
size_t mbsnrtowcs(wchar_t *restrict wide, const char **restrict s, size_t bytes, size_t n,
		  mbstate_t *restrict state);
size_t wcsrtombs(char *restrict s, const wchar_t **restrict wide, size_t n,
		 mbstate_t *restrict state);
int wcwidth(wchar_t c);
int wcswidth(const wchar_t *s, size_t n);

size_t wcslen(const wchar_t *s);
size_t wcsnlen(const wchar_t *s, size_t max);
wchar_t *wcscpy(wchar_t *restrict dst, const wchar_t *restrict src);
wchar_t *wcpcpy(wchar_t *restrict dst, const wchar_t *restrict src);
wchar_t *wcsncpy(wchar_t *restrict dst, const wchar_t *restrict src, size_t n);
wchar_t *wcscat(wchar_t *restrict dst, const wchar_t *restrict src);
wchar_t *wcsncat(wchar_t *restrict dst, const wchar_t *restrict src, size_t n);
int wcscmp(const wchar_t *a, const wchar_t *b);
int wcsncmp(const wchar_t *a, const wchar_t *b, size_t n);
int wcscoll(const wchar_t *a, const wchar_t *b);
int wcscasecmp(const wchar_t *a, const wchar_t *b);
size_t wcsxfrm(wchar_t *restrict dst, const wchar_t *restrict src, size_t n);
wchar_t *wcschr(const wchar_t *s, wchar_t c);
wchar_t *wcsrchr(const wchar_t *s, wchar_t c);
wchar_t *wcsstr(const wchar_t *hay, const wchar_t *needle);
size_t wcsspn(const wchar_t *s, const wchar_t *accept);
size_t wcscspn(const wchar_t *s, const wchar_t *reject);
wchar_t *wcspbrk(const wchar_t *s, const wchar_t *accept);
wchar_t *wcstok(wchar_t *restrict s, const wchar_t *restrict delim, wchar_t **restrict save);
wchar_t *wcsdup(const wchar_t *s);
wchar_t *wmemcpy(wchar_t *restrict dst, const wchar_t *restrict src, size_t n);
wchar_t *wmemmove(wchar_t *dst, const wchar_t *src, size_t n);
wchar_t *wmemset(wchar_t *dst, wchar_t c, size_t n);
int wmemcmp(const wchar_t *a, const wchar_t *b, size_t n);
wchar_t *wmemchr(const wchar_t *s, wchar_t c, size_t n);

long wcstol(const wchar_t *restrict s, wchar_t **restrict end, int base);
unsigned long wcstoul(const wchar_t *restrict s, wchar_t **restrict end, int base);
long long wcstoll(const wchar_t *restrict s, wchar_t **restrict end, int base);
unsigned long long wcstoull(const wchar_t *restrict s, wchar_t **restrict end, int base);
double wcstod(const wchar_t *restrict s, wchar_t **restrict end);
float wcstof(const wchar_t *restrict s, wchar_t **restrict end);
long double wcstold(const wchar_t *restrict s, wchar_t **restrict end);
