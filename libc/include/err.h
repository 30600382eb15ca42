/* SPDX-License-Identifier: MIT */
/* A message on standard error, with the name of the program before it; then perhaps the end. */
#pragma once

#define __err_like(f, a) __attribute__((format(printf, f, a)))

_Noreturn void err(int status, const char *fmt, ...) __err_like(2, 3);
_Noreturn void errx(int status, const char *fmt, ...) __err_like(2, 3);
void warn(const char *fmt, ...) __err_like(1, 2);
void warnx(const char *fmt, ...) __err_like(1, 2);
