/* SPDX-License-Identifier: MIT */
/* Memory and strings in plain C, eight bytes at a time where that is easy. */
#include "kernel/lib/asan.h"
#include "kernel/lib/string.h"

/* The mem functions are checked by range, once for a call; the strings by the compiler. */

/* Otherwise GCC recognises these loops and replaces them with calls to themselves. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

/* Eight bytes at any address, of whatever type is there. */
typedef u64 __attribute__((may_alias, aligned(1))) any_u64;

/* The source may lie above dst and overlap it: first bytes first. */
static __always_inline __no_kasan void copy_forwards(char *dst, const char *src, size_t n)
{
	for (; n >= 8; n -= 8, dst += 8, src += 8)
		*(any_u64 *)dst = *(const any_u64 *)src;
	while (n--)
		*dst++ = *src++;
}

__no_kasan void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	kasan_check_write(dst, n);
	kasan_check_read(src, n);
	copy_forwards(dst, src, n);
	return dst;
}

__no_kasan void *memmove(void *dst, const void *src, size_t n)
{
	kasan_check_write(dst, n);
	kasan_check_read(src, n);
	if ((u64)dst - (u64)src >= n)
		copy_forwards(dst, src, n);
	else
		while (n--) /* last bytes first */
			((char *)dst)[n] = ((const char *)src)[n];
	return dst;
}

__no_kasan void *memset(void *dst, int c, size_t n)
{
	char *d = dst;
	u64 pattern = (u8)c * 0x0101010101010101UL;

	kasan_check_write(dst, n);
	for (; n >= 8; n -= 8, d += 8)
		*(any_u64 *)d = pattern;
	while (n--)
		*d++ = (char)c;
	return dst;
}

__no_kasan int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	kasan_check_read(a, n);
	kasan_check_read(b, n);
	for (; n >= 8 && *(const any_u64 *)x == *(const any_u64 *)y; n -= 8, x += 8, y += 8)
		;
	for (; n && *x == *y; n--, x++, y++)
		;
	return n ? *x - *y : 0;
}

void *memchr(const void *p, int c, size_t n)
{
	for (const u8 *b = p; n; n--, b++)
		if (*b == (u8)c)
			return (void *)b;
	return NULL;
}

size_t strlen(const char *s)
{
	return strnlen(s, ~0UL);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, ~0UL);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return n ? (u8)*a - (u8)*b : 0;
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);
	size_t n = MIN(len, size - 1);

	memcpy(dst, src, n);
	dst[n] = '\0';
	return len;
}
