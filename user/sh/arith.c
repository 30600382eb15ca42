/* SPDX-License-Identifier: MIT */
/* $((…)): integers with the operators of C, by precedence climbing. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

/* Of two operators that begin alike the longer comes first. */
static const struct {
	const char *text;
	int level; /* binds the tighter the higher */
} operators[] = {
	{ "||", 1 }, { "&&", 2 }, { "==", 6 }, { "!=", 6 }, { "<<", 8 }, { ">>", 8 },
	{ "<=", 7 }, { ">=", 7 }, { "<", 7 },  { ">", 7 },  { "|", 3 },	 { "^", 4 },
	{ "&", 5 },  { "+", 9 },  { "-", 9 },  { "*", 10 }, { "/", 10 }, { "%", 10 },
};

struct reader {
	const char *p;
	const char *error; /* the first thing that is wrong */
};

static long binary(struct reader *r, int level);

static void skip_blanks(struct reader *r)
{
	r->p += strspn(r->p, " \t\n");
}

static void fail(struct reader *r, const char *error)
{
	if (!r->error)
		r->error = error;
}

static long variable(struct reader *r)
{
	const char *end = skip_name(r->p), *value;
	char *name = mem_copy(r->p, (size_t)(end - r->p)), *stop;
	long n;

	r->p = end;
	value = var_get(name);
	if (!value || !*value)
		return 0;
	n = strtol(value, &stop, 0);
	if (*stop)
		fail(r, "a variable is no number");
	return n;
}

static long operand(struct reader *r)
{
	char *end;
	long n;

	skip_blanks(r);
	switch (*r->p) {
	case '-':
		r->p++;
		return (long)(0 - (unsigned long)operand(r));
	case '+':
		r->p++;
		return operand(r);
	case '!':
		r->p++;
		return !operand(r);
	case '~':
		r->p++;
		return ~operand(r);
	case '(':
		r->p++;
		n = binary(r, 1);
		if (*r->p == ')')
			r->p++;
		else
			fail(r, "a bracket is missing");
		return n;
	}
	if (skip_name(r->p) > r->p)
		return variable(r);
	n = strtol(r->p, &end, 0);
	if (end == r->p)
		fail(r, "a number is missing");
	r->p = end;
	return n;
}

static long divide(struct reader *r, long a, long b, bool rest)
{
	if (!b)
		fail(r, "division by zero");
	if (!b || b == -1)
		return rest || !b ? 0 : (long)(0 - (unsigned long)a);
	return rest ? a % b : a / b;
}

static long compute(struct reader *r, const char *op, long a, long b)
{
	unsigned long x = (unsigned long)a, y = (unsigned long)b;

	switch (op[0] + (op[1] << 8)) {
	case '|' + ('|' << 8):
		return a || b;
	case '&' + ('&' << 8):
		return a && b;
	case '=' + ('=' << 8):
		return a == b;
	case '!' + ('=' << 8):
		return a != b;
	case '<' + ('<' << 8):
		return (long)(x << (y & 63));
	case '>' + ('>' << 8):
		return a >> (y & 63);
	case '<' + ('=' << 8):
		return a <= b;
	case '>' + ('=' << 8):
		return a >= b;
	case '<':
		return a < b;
	case '>':
		return a > b;
	case '|':
		return a | b;
	case '^':
		return a ^ b;
	case '&':
		return a & b;
	case '+':
		return (long)(x + y);
	case '-':
		return (long)(x - y);
	case '*':
		return (long)(x * y);
	default:
		return divide(r, a, b, *op == '%');
	}
}

/* The operator at hand if it binds at least so tightly, else -1. */
static int operator_at(struct reader *r, int level)
{
	skip_blanks(r);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (!strncmp(r->p, operators[i].text, strlen(operators[i].text)))
			return operators[i].level >= level ? (int)i : -1;
	return -1;
}

static long binary(struct reader *r, int level)
{
	long a = operand(r), b;
	int op;

	while (!r->error && (op = operator_at(r, level)) >= 0) {
		r->p += strlen(operators[op].text);
		b = binary(r, operators[op].level + 1);
		a = compute(r, operators[op].text, a, b);
	}
	return a;
}

bool arith(const char *text, long *value)
{
	struct reader r = { .p = text };

	skip_blanks(&r);
	*value = *r.p ? binary(&r, 1) : 0;
	skip_blanks(&r);
	if (!r.error && *r.p)
		fail(&r, "an operator is missing");
	if (r.error)
		complain("$((%s)): %s", text, r.error);
	return !r.error;
}
