/* SPDX-License-Identifier: MIT */
/*
 * Formatted print into memory: d u x p s c %, flags - 0 #, width
 * and precision (also *), lengths l ll z.  No floating point.
 */
#pragma once

#include <stdarg.h>

#include "kernel/lib/types.h"

/*
 * Writes at most size bytes with the final NUL (nothing when size is 0); returns
 * the length that the whole text has, without the NUL, as in standard C.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);

/* The same, but returns what was really written (0 … size - 1): for appending. */
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
