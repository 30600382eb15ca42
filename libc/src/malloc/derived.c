/* SPDX-License-Identifier: MIT */
/* calloc, realloc and aligned blocks, by means of malloc(). */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "malloc/malloc.h"

/* n * size, or what malloc() refuses if that is too much for a number. */
static size_t product(size_t n, size_t size)
{
	size_t total;

	return __builtin_mul_overflow(n, size, &total) ? SIZE_MAX : total;
}

void *calloc(size_t n, size_t size)
{
	size_t total = product(n, size);
	void *p = malloc(total);

	if (p && !(chunk_of(p)->head & CHUNK_MAPPED)) /* a fresh mapping is zero already */
		memset(p, 0, total);
	return p;
}

void *realloc(void *p, size_t n)
{
	size_t old;
	void *moved;

	if (!p)
		return malloc(n);
	if (!n) {
		free(p);
		return NULL;
	}
	if (__malloc_resize(p, n))
		return p;
	moved = malloc(n);
	if (!moved)
		return NULL;
	old = malloc_usable_size(p);
	memcpy(moved, p, old < n ? old : n);
	free(p);
	return moved;
}

void *reallocarray(void *p, size_t n, size_t size)
{
	return realloc(p, product(n, size));
}

void *memalign(size_t align, size_t size)
{
	uintptr_t at;
	char *p;

	if (align <= 16)
		return malloc(size);
	if (align & (align - 1)) {
		errno = EINVAL;
		return NULL;
	}
	if (size > PTRDIFF_MAX - align - CHUNK_MIN) {
		errno = ENOMEM;
		return NULL;
	}
	p = malloc(size + align + CHUNK_MIN);
	if (!p || !((uintptr_t)p & (align - 1)))
		return p;
	at = ((uintptr_t)p + CHUNK_MIN + align - 1) & -align;
	__malloc_trim_front(p, at - (uintptr_t)p);
	return (void *)at;
}

void *aligned_alloc(size_t align, size_t size) ALIAS(memalign);

int posix_memalign(void **out, size_t align, size_t size)
{
	int saved = errno;
	void *p;

	if (align < sizeof(void *) || align & (align - 1))
		return EINVAL;
	p = memalign(align, size);
	errno = saved;
	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}
