/* SPDX-License-Identifier: MIT */
/*
 * Memory and strings.  The compiler may call the mem functions by itself.  Whole
 * pages are cleared and copied by kernel/x86/page_ops.h.
 */
#pragma once

#include "kernel/lib/types.h"

/* Copies n bytes that do not overlap; returns dst. */
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
/* Copies n bytes that may overlap; returns dst. */
void *memmove(void *dst, const void *src, size_t n);
/* Sets n bytes to the low byte of c; returns dst. */
void *memset(void *dst, int c, size_t n);
/* Negative, 0, positive: the order of the first unequal unsigned bytes. */
int memcmp(const void *a, const void *b, size_t n);

/* First byte equal to c among n, or NULL. */
void *memchr(const void *p, int c, size_t n);

/* Bytes before the NUL. */
size_t strlen(const char *s);

/* Length of s, but at most max; looks at no byte beyond that. */
size_t strnlen(const char *s, size_t max);

/* Negative, 0, positive: the order of the first unequal unsigned bytes. */
int strcmp(const char *a, const char *b);
/* As strcmp(), looking at no more than n bytes. */
int strncmp(const char *a, const char *b, size_t n);

/* Copies at most size - 1 bytes and always terminates (size > 0); returns strlen(src). */
size_t strlcpy(char *dst, const char *src, size_t size);

/* Whether name matches a pattern in which * stands for any run and ? for any one character. */
bool glob_match(const char *pattern, const char *name);
