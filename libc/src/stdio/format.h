/* SPDX-License-Identifier: MIT */
/* Inside printf: one conversion specification and the place where text goes. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct format_spec {
	bool left, plus, space, alt, zero;
	int width;
	int precision; /* -1: none given */
	char length;   /* 0 h H(hh) l q(ll) j z t L */
	char conv;
};

struct format_out {
	FILE *f;   /* to a stream, or */
	char *buf; /* to memory: size bytes, the last for the NUL */
	size_t size;
	size_t len; /* of the whole text, whether it fitted or not */
	bool failed;
};

void __format_bytes(struct format_out *out, const char *s, size_t n);
/* A number: prefix, then zeros (of padding or precision), then the n characters of body. */
void __format_number(struct format_out *out, const struct format_spec *spec, const char *prefix,
		     size_t zeros, const char *body, size_t n);
/* %a %e %f %g in either case. */
void __format_double(struct format_out *out, const struct format_spec *spec, double value);
void __format(struct format_out *out, const char *fmt, va_list ap);
