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
	while (n >= 8) {
		*(any_u64 *)dst = *(const any_u64 *)src;
		dst += 8;
		src += 8;
		n -= 8;
	}
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
	if ((u64)dst - (u64)src >= n) {
		copy_forwards(dst, src, n);
	} else {
		while (n--) /* last bytes first */
			((char *)dst)[n] = ((const char *)src)[n];
	}
	return dst;
}

__no_kasan void *memset(void *dst, int c, size_t n)
{
	char *d = dst;
	u64 pattern = (u8)c * 0x0101010101010101UL;

	kasan_check_write(dst, n);
	while (n >= 8) {
		*(any_u64 *)d = pattern;
		d += 8;
		n -= 8;
	}
	while (n--)
		*d++ = (char)c;
	return dst;
}

__no_kasan int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	kasan_check_read(a, n);
	kasan_check_read(b, n);
	while (n >= 8 && *(const any_u64 *)x == *(const any_u64 *)y) {
		x += 8;
		y += 8;
		n -= 8;
	}
	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

void *memchr(const void *p, int c, size_t n)
{
	const u8 *b = p;

	for (size_t i = 0; i < n; i++)
		if (b[i] == (u8)c)
			return (void *)(b + i);
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
	for (size_t i = 0; i < n; i++)
		if (!a[i] || a[i] != b[i])
			return (u8)a[i] - (u8)b[i];
	return 0;
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);
	size_t n = MIN(len, size - 1);

	memcpy(dst, src, n);
	dst[n] = '\0';
	return len;
}
