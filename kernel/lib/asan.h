/* SPDX-License-Identifier: MIT */
/*
 * Checks that the compiler cannot make itself, for loops that it does not see
 * into: kernel/core/kasan.c answers.  The __asan names are the compiler's own,
 * so every floor may use them.
 */
#pragma once

#include "kernel/lib/types.h"

#if CONFIG_KASAN

/* A function whose accesses are not checked. */
#define __no_kasan __attribute__((no_sanitize_address))

void __asan_loadN_noabort(u64 addr, size_t n);
void __asan_storeN_noabort(u64 addr, size_t n);

/* The caller is about to read, or to write, n bytes: reports if it must not. */
static inline void kasan_check_read(const void *p, size_t n)
{
	__asan_loadN_noabort((u64)p, n);
}
static inline void kasan_check_write(const void *p, size_t n)
{
	__asan_storeN_noabort((u64)p, n);
}

#else

#define __no_kasan
#define kasan_check_read(p, n)	((void)0)
#define kasan_check_write(p, n) ((void)0)

#endif
