/* SPDX-License-Identifier: MIT */
/* Whole pages, by string instructions: 512 iterations of eight bytes. */
#pragma once

#include "kernel/lib/asan.h"
#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"

/* Zeroes one page; page-aligned, mapped. */
static inline void clear_page(void *page)
{
	u64 n = PAGE_SIZE / 8;

	kasan_check_write(page, PAGE_SIZE);
	__asm__ volatile("rep stosq" : "+D"(page), "+c"(n) : "a"(0UL) : "memory");
}

/* Copies one page; both page-aligned and mapped, not overlapping. */
static inline void copy_page(void *dst, const void *src)
{
	u64 n = PAGE_SIZE / 8;

	kasan_check_write(dst, PAGE_SIZE);
	kasan_check_read(src, PAGE_SIZE);
	__asm__ volatile("rep movsq" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
}
