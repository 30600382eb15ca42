/* SPDX-License-Identifier: MIT */
/*
 * test and [: with up to four arguments as POSIX tells them apart by their number, with
 * more as an expression of ! -a -o ( ).
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sh.h"

struct reader {
	char **p, **end;
	bool failed;
};

static bool or_expression(struct reader *r);

static bool fail(struct reader *r, const char *what, const char *word)
{
	if (!r->failed)
		complain("test: %s: %s", word, what);
	r->failed = true;
	return false;
}

static long number(struct reader *r, const char *word)
{
	long n = 0;

	if (!parse_number(word, &n))
		fail(r, "not a number", word);
	return n;
}

static bool is_unary(const char *word)
{
	return word[0] == '-' && word[1] && !word[2] && strchr("nzefdrwxspctLh", word[1]);
}

static bool is_binary(const char *word)
{
	static const char *const words[] = { "=", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

static bool file_test(char op, const char *path)
{
	bool link = op == 'L' || op == 'h';
	struct stat st;

	if (link ? lstat(path, &st) : stat(path, &st))
		return false;
	switch (op) {
	case 'L':
	case 'h':
		return S_ISLNK(st.st_mode);
	case 'f':
		return S_ISREG(st.st_mode);
	case 'd':
		return S_ISDIR(st.st_mode);
	case 'p':
		return S_ISFIFO(st.st_mode);
	case 'c':
		return S_ISCHR(st.st_mode);
	case 's':
		return st.st_size > 0;
	case 'r':
		return !access(path, R_OK);
	case 'w':
		return !access(path, W_OK);
	case 'x':
		return !access(path, X_OK);
	default:
		return true;
	}
}

static bool unary(struct reader *r, char op, const char *word)
{
	if (op == 'n' || op == 'z')
		return !*word == (op == 'z');
	if (op == 't')
		return isatty((int)number(r, word));
	return file_test(op, word);
}

static bool binary(struct reader *r, const char *a, const char *op, const char *b)
{
	long x, y;

	if (op[0] != '-')
		return !strcmp(a, b) == (*op == '=');
	x = number(r, a);
	y = number(r, b);
	switch (op[1] << 8 | op[2]) {
	case 'e' << 8 | 'q':
		return x == y;
	case 'n' << 8 | 'e':
		return x != y;
	case 'l' << 8 | 't':
		return x < y;
	case 'l' << 8 | 'e':
		return x <= y;
	case 'g' << 8 | 't':
		return x > y;
	default:
		return x >= y;
	}
}

static bool primary(struct reader *r)
{
	long left = r->end - r->p;
	char **p = r->p;
	bool value;

	if (left <= 0)
		return fail(r, "an argument is missing", "end");
	if (left >= 3 && is_binary(p[1])) {
		r->p += 3;
		return binary(r, p[0], p[1], p[2]);
	}
	if (!strcmp(*p, "!") && left > 1) {
		r->p++;
		return !primary(r);
	}
	if (!strcmp(*p, "(") && left > 1) {
		r->p++;
		value = or_expression(r);
		if (r->p == r->end || strcmp(*r->p++, ")"))
			fail(r, "a bracket is missing", "(");
		return value;
	}
	if (left >= 2 && is_unary(*p)) {
		r->p += 2;
		return unary(r, p[0][1], p[1]);
	}
	r->p++;
	return **p;
}

static bool accept(struct reader *r, const char *word)
{
	bool here = r->p < r->end && !strcmp(*r->p, word);

	r->p += here;
	return here;
}

static bool and_expression(struct reader *r)
{
	bool value = primary(r);

	while (!r->failed && accept(r, "-a"))
		value = primary(r) && value;
	return value;
}

static bool or_expression(struct reader *r)
{
	bool value = and_expression(r);

	while (!r->failed && accept(r, "-o"))
		value = and_expression(r) || value;
	return value;
}

int builtin_test(char **argv)
{
	struct reader r = { .p = argv + 1, .end = argv + 1 };
	bool value;

	while (*r.end)
		r.end++;
	if (!strcmp(*argv, "[") && (r.end == r.p || strcmp(*--r.end, "]"))) {
		complain("[: the closing ] is missing");
		return STATUS_ERROR;
	}
	if (r.p == r.end)
		return 1;
	value = or_expression(&r);
	if (!r.failed && r.p < r.end)
		fail(&r, "unexpected", *r.p);
	return r.failed ? STATUS_ERROR : !value;
}
