/* SPDX-License-Identifier: MIT */
/* See panic.h. */
#include <stdio.h>
#include <stdlib.h>

#include "kernel/core/log.h"
#include "tools/fuzz/fuzz.h"
#include "tools/fuzz/panic.h"

jmp_buf panic_jump;

void __noreturn panic(const char *fmt, ...)
{
	(void)fmt;
	longjmp(panic_jump, 1);
}

_Noreturn void fuzz_failed(const char *file, int line, const char *cond)
{
	fprintf(stderr, "%s:%d: %s does not hold\n", file, line, cond);
	abort();
}
