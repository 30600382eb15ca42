/* SPDX-License-Identifier: MIT */
/* Inside printf: a conversion specification, where text goes; and what scanf has of both. */
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

/* Reads a length modifier at p, if one is there; returns what follows. */
const char *__parse_length(const char *p, char *length);
/* Bytes of an integer with this length modifier: the first ones of an uint64_t hold its value. */
size_t __length_size(char length);

/* The form with `...` of a function that takes the arguments as ap; fmt is the last before them. */
#define VARIADIC(name, call, ...) \
	int name(__VA_ARGS__, ...) \
	{ \
		va_list ap; \
		int ret; \
\
		va_start(ap, fmt); \
		ret = call; \
		va_end(ap); \
		return ret; \
	}
