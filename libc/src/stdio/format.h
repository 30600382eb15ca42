/* SPDX-License-Identifier: MIT */
/*
 * Inside printf and scanf: a conversion specification, the arguments it names, and the place where
 * text goes.  Nothing here knows of streams: the text goes out through __format_bytes().
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Where a number of a specification comes from; a positive one is the number of an argument. */
enum { NOT_GIVEN = -2, IN_TEXT = -1, NEXT_ARG = 0 };

struct format_spec {
	bool left, plus, space, alt, zero, group, other_digits;
	int width, precision;		/* precision -1: none given */
	int width_from, precision_from; /* NOT_GIVEN, IN_TEXT, an argument */
	int value_from;			/* an argument */
	char length; /* 0 h H(hh) l q(ll) j z t L; of %wN and %wfN as the size has it */
	char conv;   /* 0 at the end of the format */
};

struct format_out {
	FILE *f;   /* to a stream, or */
	char *buf; /* to memory: size bytes, the last for the NUL */
	size_t size;
	size_t len; /* of the whole text, whether it fitted or not */
	bool failed;
};

/* Arguments, one after the other or by their numbers. */
struct format_args {
	va_list rest;
	va_list first;	 /* where a numbered argument is counted from */
	const char *fmt; /* tells the types of those before it */
};

union format_value {
	uint64_t integer;
	double number;
	long double extended;
};

/* What an argument is for va_arg(). */
enum format_kind { KIND_NONE, KIND_INT, KIND_LONG, KIND_DOUBLE, KIND_EXTENDED };

/* ---- spec.c ---- */

/* Reads the specification behind a '%', numbers in the text too; returns what follows it. */
const char *__format_parse(const char *p, struct format_spec *spec);
/* Whether printf() knows it, and then what its argument is. */
enum format_kind __format_kind(const struct format_spec *spec, bool *known);
/* Fetches the argument with this number, or the next one. */
void __format_arg(struct format_args *args, int from, enum format_kind kind,
		  union format_value *value);
/* Width and precision from their arguments; false with errno EOVERFLOW: a number too large. */
bool __format_numbers(struct format_args *args, struct format_spec *spec);
/* Reads a length modifier at p, if one is there; returns what follows. */
const char *__parse_length(const char *p, char *length);
/* Bytes of an integer with this length modifier: the first ones of an uint64_t hold its value. */
size_t __length_size(char length);

/* ---- printf.c, format.c, float.c ---- */

void __format_bytes(struct format_out *out, const char *s, size_t n);
/* A number: prefix, then zeros (of padding or precision), then the n characters of body. */
void __format_number(struct format_out *out, const struct format_spec *spec, const char *prefix,
		     size_t zeros, const char *body, size_t n);
/* %a %e %f %g in either case. */
void __format_double(struct format_out *out, const struct format_spec *spec, double value);
/* The whole text; a failure, with errno, is noted in out. */
void __format(struct format_out *out, const char *fmt, va_list ap);

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
