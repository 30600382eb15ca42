/* SPDX-License-Identifier: MIT */
/* <err.h> */
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "program: message: error", in one piece; err < 0: without the error. */
static void complain(int err, const char *fmt, va_list ap)
{
	char text[512] = "";

	if (fmt)
		vsnprintf(text, sizeof(text), fmt, ap);
	fprintf(stderr, "%s: %s%s%s\n", program_invocation_short_name, text,
		fmt && err >= 0 ? ": " : "", err >= 0 ? strerror(err) : "");
}

#define COMPLAIN(err) \
	va_list ap; \
\
	va_start(ap, fmt); \
	complain(err, fmt, ap); \
	va_end(ap)

void warn(const char *fmt, ...)
{
	COMPLAIN(errno);
}

void warnx(const char *fmt, ...)
{
	COMPLAIN(-1);
}

void err(int status, const char *fmt, ...)
{
	COMPLAIN(errno);
	exit(status);
}

void errx(int status, const char *fmt, ...)
{
	COMPLAIN(-1);
	exit(status);
}
