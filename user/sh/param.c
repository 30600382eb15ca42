/* SPDX-License-Identifier: MIT */
/* What stands after a dollar: parameters, arithmetic, commands. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

static const char *number(long n)
{
	static char digits[24];

	snprintf(digits, sizeof(digits), "%ld", n);
	return digits;
}

/* The value of a parameter other than `$@` and `$*`; NULL if it has none. */
static const char *value_of(const char *name)
{
	long n;

	switch (*name) {
	case '?':
		return number(sh.status);
	case '$':
		return number(sh.pid);
	case '!':
		return sh.background ? number(sh.background) : NULL;
	case '#':
		return number(sh.nr_params);
	case '-':
		return sh.option_e ? sh.option_x ? "ex" : "e" : sh.option_x ? "x" : "";
	}
	if (!isdigit((unsigned char)*name))
		return var_get(name);
	n = atol(name);
	return !n ? sh.name : n <= sh.nr_params ? sh.params[n - 1] : NULL;
}

/* `$@` and `$*`: a field for each parameter, unless it is "$*" or where nothing is split. */
static void expand_params(struct expansion *e, char which, bool quoted)
{
	bool join = !e->split || (quoted && which == '*');

	for (int i = 0; i < sh.nr_params; i++) {
		if (i && join)
			expand_value(e, " ", true);
		else if (i)
			expand_end_field(e);
		if (quoted)
			e->begun = true;
		expand_value(e, sh.params[i], quoted);
	}
}

static void expand_param(struct expansion *e, const char *name, bool quoted)
{
	const char *value;

	if (*name == '@' || *name == '*') {
		expand_params(e, *name, quoted);
		return;
	}
	value = value_of(name);
	if (value)
		expand_value(e, value, quoted);
}

/* `${name:?word}` has no value. */
static void missing(struct expansion *e, const char *name, const char *word)
{
	char *text = expand_string(word);

	complain("%s: %s", name, text && *text ? text : "has no value");
	e->failed = true;
}

/*
 * The value without what matches the pattern at its start (from the shortest match on, or
 * the longest) or end.
 */
static char *trim(const char *value, const char *pattern, bool start, bool longest)
{
	size_t len = strlen(value);

	for (size_t i = 0; i <= len; i++) {
		size_t n = longest ? len - i : i; /* as much is to match */
		char *part = start ? mem_copy(value, n) : (char *)value + len - n;

		if (glob_match(pattern, part))
			return start ? (char *)value + n : mem_copy(value, len - n);
	}
	return (char *)value;
}

/* `${name#pattern}` and its kin; op points at the `#` or `%`. */
static void expand_trimmed(struct expansion *e, const char *value, const char *op, bool quoted)
{
	bool longest = op[1] == op[0];
	char *pattern = expand_pattern(op + 1 + longest);

	value = mem_copy(value, strlen(value));
	if (!pattern)
		e->failed = true;
	else
		expand_value(e, trim(value, pattern, *op == '#', longest), quoted);
}

/* `${name-word}` and its kin, with or without a colon; rest begins at that or the operator. */
static void expand_choice(struct expansion *e, const char *name, const char *rest, bool quoted)
{
	const char *value = value_of(name), *word = rest + (*rest == ':') + 1;
	bool unset = !value || (*rest == ':' && !*value);
	char *text;

	switch (word[-1]) {
	case '-':
		unset ? expand_text(e, word, word + strlen(word), quoted) :
			expand_value(e, value, quoted);
		break;
	case '+':
		if (!unset)
			expand_text(e, word, word + strlen(word), quoted);
		break;
	case '=':
		text = unset ? expand_string(word) : (char *)value;
		e->failed = !text;
		if (text && unset)
			var_set(name, text);
		if (text)
			expand_value(e, text, quoted);
		break;
	default:
		unset ? missing(e, name, word) : expand_value(e, value, quoted);
	}
}

/* What stands in `${…}`. */
static void expand_braces(struct expansion *e, char *inside, bool quoted)
{
	bool length = *inside == '#' && inside[1];
	char *name = inside + length, *rest = (char *)skip_name(name), *value;

	while (rest == name ? isdigit((unsigned char)*rest) : isdigit((unsigned char)*rest))
		rest++;
	if (rest == name && *rest)
		rest++;
	name = mem_copy(name, (size_t)(rest - name));
	if (!*rest && !length) {
		expand_param(e, name, quoted);
	} else if (!*rest) {
		value = (char *)value_of(name);
		expand_value(e, number(value ? (long)strlen(value) : 0), quoted);
	} else if (strchr("#%", *rest)) {
		expand_trimmed(e, value_of(name) ? value_of(name) : "", rest, quoted);
	} else if (*rest && strchr("-+=?", rest[*rest == ':']) && rest[*rest == ':']) {
		expand_choice(e, name, rest, quoted);
	} else {
		complain("${%s}: bad substitution", inside);
		e->failed = true;
	}
}

static void expand_arith(struct expansion *e, const char *text, const char *end, bool quoted)
{
	struct expansion inner = { .split = false };
	char *plain;
	long value = 0;

	expand_text(&inner, text, end, true);
	plain = unquote(text_take(&inner.field));
	e->failed = inner.failed || !arith(plain, &value);
	if (!e->failed)
		expand_value(e, number(value), quoted);
}

/* Between backquotes a backslash quotes itself, a dollar and a backquote. */
static char *without_backquotes(const char *p, const char *end, bool quoted)
{
	struct text t = { 0 };

	for (; p < end; p++) {
		if (*p == '\\' && strchr(quoted ? "$`\\\"" : "$`\\", p[1]))
			p++;
		text_put(&t, *p);
	}
	return text_take(&t);
}

const char *expand_dollar(struct expansion *e, const char *p, bool quoted)
{
	const char *end = skip_part(p);
	size_t len = (size_t)(end - p);

	if (*p == '`')
		substitute(e, without_backquotes(p + 1, end - 1, quoted), quoted);
	else if (len == 1)
		expand_value(e, "$", quoted);
	else if (!strncmp(p, "$((", 3) && end[-2] == ')')
		expand_arith(e, p + 3, end - 2, quoted);
	else if (p[1] == '(')
		substitute(e, mem_copy(p + 2, len - 3), quoted);
	else if (p[1] == '{')
		expand_braces(e, mem_copy(p + 2, len - 3), quoted);
	else
		expand_param(e, mem_copy(p + 1, len - 1), quoted);
	return end;
}
