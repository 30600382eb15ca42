/* SPDX-License-Identifier: MIT */
/* Whole pages, in plain C. */
#pragma once

#include "kernel/x86/layout.h"

static inline void clear_page(void *page)
{
	__builtin_memset(page, 0, PAGE_SIZE);
}

static inline void copy_page(void *dst, const void *src)
{
	__builtin_memcpy(dst, src, PAGE_SIZE);
}
