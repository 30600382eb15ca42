/* SPDX-License-Identifier: MIT */
/*
 * Copying, filling and comparing bytes.  Eight bytes at a time where the
 * length allows: x86-64 loads and stores need no alignment.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* The compiler must not turn these loops into calls of the functions they define. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

typedef uint64_t __attribute__((may_alias, aligned(1))) word;

/* From the first byte on: right for dst below src too, as no byte is written before it is read. */
static inline void copy_forwards(unsigned char *d, const unsigned char *s, size_t n)
{
	for (; n >= 32; n -= 32, d += 32, s += 32) {
		word a = ((const word *)s)[0], b = ((const word *)s)[1];
		word c = ((const word *)s)[2], e = ((const word *)s)[3];

		((word *)d)[0] = a;
		((word *)d)[1] = b;
		((word *)d)[2] = c;
		((word *)d)[3] = e;
	}
	for (; n >= 8; n -= 8, d += 8, s += 8)
		*(word *)d = *(const word *)s;
	while (n--)
		*d++ = *s++;
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	copy_forwards(dst, src, n);
	return dst;
}

void *mempcpy(void *restrict dst, const void *restrict src, size_t n)
{
	return (char *)memcpy(dst, src, n) + n;
}

void *memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (d == s)
		return dst;
	if (d < s || d >= s + n) {
		copy_forwards(d, s, n);
		return dst;
	}
	for (; n >= 8; n -= 8)
		*(word *)(d + n - 8) = *(const word *)(s + n - 8);
	while (n--)
		d[n] = s[n];
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	word fill = (unsigned char)c * 0x0101010101010101ull;

	for (; n >= 32; n -= 32, d += 32) {
		((word *)d)[0] = fill;
		((word *)d)[1] = fill;
		((word *)d)[2] = fill;
		((word *)d)[3] = fill;
	}
	for (; n >= 8; n -= 8, d += 8)
		*(word *)d = fill;
	while (n--)
		*d++ = (unsigned char)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n >= 8 && *(const word *)p == *(const word *)q; n -= 8, p += 8, q += 8)
		;
	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	for (; n; n--, p++)
		if (*p == (unsigned char)c)
			return (void *)p;
	return NULL;
}

void *memrchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	while (n--)
		if (p[n] == (unsigned char)c)
			return (void *)(p + n);
	return NULL;
}

void *memmem(const void *hay, size_t hay_len, const void *needle, size_t needle_len)
{
	const unsigned char *p = hay;

	if (!needle_len)
		return (void *)p;
	for (; hay_len >= needle_len; p++, hay_len--)
		if (*p == *(const unsigned char *)needle && !memcmp(p, needle, needle_len))
			return (void *)p;
	return NULL;
}

void bzero(void *s, size_t n)
{
	memset(s, 0, n);
}

void *memccpy(void *restrict dst, const void *restrict src, int c, size_t n)
{
	const char *end = memchr(src, c, n);
	size_t part = end ? (size_t)(end - (const char *)src) + 1 : n;

	memcpy(dst, src, part);
	return end ? (char *)dst + part : NULL;
}

void *rawmemchr(const void *s, int c)
{
	return memchr(s, c, ~(size_t)0);
}

void bcopy(const void *src, void *dst, size_t n)
{
	memmove(dst, src, n);
}

int bcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

/* Each pair of bytes the other way round. */
void swab(const void *restrict from, void *restrict to, long n)
{
	const char *s = from;
	char *d = to;

	for (; n > 1; n -= 2, s += 2, d += 2) {
		d[0] = s[1];
		d[1] = s[0];
	}
}
