/* SPDX-License-Identifier: MIT */
/* Variables: a sorted list of "name=value", of which some are given to programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sh.h"

struct var {
	struct var *next;
	char *text; /* "name=value", or "name" if it is exported without a value */
	size_t name_len;
	bool exported;
};

static struct var *vars;
static size_t count;

/* Before, at or after the name in the order of the list: < 0, 0, > 0. */
static int compare(const struct var *v, const char *name, size_t len)
{
	int order = strncmp(v->text, name, v->name_len < len ? v->name_len : len);

	return order ? order : (v->name_len > len) - (v->name_len < len);
}

/* Where the variable is, or would be. */
static struct var **place_of(const char *name, size_t len)
{
	struct var **p = &vars;

	while (*p && compare(*p, name, len) < 0)
		p = &(*p)->next;
	return p;
}

static bool is_it(const struct var *v, const char *name, size_t len)
{
	return v && !compare(v, name, len);
}

/* The variable whose name the text begins with, which is made if there is none. */
static struct var *make(const char *text, size_t len)
{
	struct var **p = place_of(text, len), *v;

	if (is_it(*p, text, len))
		return *p;
	v = keep_alloc(sizeof(*v));
	v->text = keep_alloc(len + 1);
	memcpy(v->text, text, len);
	v->name_len = len;
	v->next = *p;
	*p = v;
	count++;
	return v;
}

const char *var_get(const char *name)
{
	size_t len = strlen(name);
	struct var *v = *place_of(name, len);

	return is_it(v, name, len) && v->text[len] ? v->text + len + 1 : NULL;
}

void var_assign(const char *assignment)
{
	struct var *v = make(assignment, strcspn(assignment, "="));
	char *text = keep_copy(assignment); /* which may be the old one */

	free(v->text);
	v->text = text;
}

void var_set(const char *name, const char *value)
{
	struct text t = { 0 };

	text_add(&t, name);
	text_put(&t, '=');
	text_add(&t, value);
	var_assign(t.bytes);
	free(t.bytes);
}

void var_unset(const char *name)
{
	struct var **p = place_of(name, strlen(name)), *v = *p;

	if (!is_it(v, name, strlen(name)))
		return;
	*p = v->next;
	free(v->text);
	free(v);
	count--;
}

void var_export(const char *name)
{
	make(name, strcspn(name, "="))->exported = true;
}

void var_import(void)
{
	for (char **p = environ; *p; p++) {
		const char *end = skip_name(*p);

		if (end == *p || *end != '=')
			continue; /* no name that the shell could use */
		var_assign(*p);
		var_export(*p);
	}
}

char **var_environment(void)
{
	char **list = keep_alloc((count + 1) * sizeof(*list));
	size_t n = 0;

	for (struct var *v = vars; v; v = v->next)
		if (v->exported && v->text[v->name_len])
			list[n++] = v->text;
	return list;
}

/* The value in quotes, so that the shell could read it again. */
static void print_quoted(const char *value)
{
	putchar('\'');
	for (; *value; value++)
		if (*value == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*value);
	puts("'");
}

void var_print(bool exported, const char *before)
{
	for (struct var *v = vars; v; v = v->next) {
		if (exported && !v->exported)
			continue;
		printf("%s%.*s", before, (int)v->name_len, v->text);
		if (v->text[v->name_len]) {
			putchar('=');
			print_quoted(v->text + v->name_len + 1);
		} else {
			putchar('\n');
		}
	}
}
