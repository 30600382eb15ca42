/* SPDX-License-Identifier: MIT */
/*
 * Memory and strings.  The compiler may call the mem functions by itself.  Whole
 * pages are cleared and copied by kernel/x86/page_ops.h.
 */
#pragma once

#include "kernel/lib/types.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* First byte equal to c among n, or NULL. */
void *memchr(const void *p, int c, size_t n);

size_t strlen(const char *s);

/* Length of s, but at most max; looks at no byte beyond that. */
size_t strnlen(const char *s, size_t max);

int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

/* Copies at most size - 1 bytes and always terminates (size > 0); returns strlen(src). */
size_t strlcpy(char *dst, const char *src, size_t size);

char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);

/* Whether s begins with prefix. */
bool strstarts(const char *s, const char *prefix);

/* Whether name matches a pattern in which * stands for any run and ? for any one character. */
bool glob_match(const char *pattern, const char *name);

/*
 * Parses a whole string: decimal, 0x hexadecimal, optional suffix K, M or G.
 * -EINVAL if anything else stands there, -ERANGE if it does not fit.
 */
int parse_u64(const char *s, u64 *value);
