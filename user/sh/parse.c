/* SPDX-License-Identifier: MIT */
/* From text to words: quoting, expansion, separators. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

struct reader {
	const char *p; /* next character of the line */
	char *out;     /* next free byte of cmd->text */
	char *end;
	int last_status;
	bool failed;
};

static void put(struct reader *r, char c)
{
	if (r->out < r->end)
		*r->out++ = c;
	else
		r->failed = true;
}

static void put_string(struct reader *r, const char *s)
{
	while (*s)
		put(r, *s++);
}

/* `$?`, `$NAME`; a lone dollar stands for itself. */
static void expand(struct reader *r)
{
	char name[64], number[12];
	size_t n = 0;

	r->p++;
	if (*r->p == '?') {
		r->p++;
		snprintf(number, sizeof(number), "%d", r->last_status);
		put_string(r, number);
		return;
	}
	while ((isalnum((unsigned char)*r->p) || *r->p == '_') && n < sizeof(name) - 1)
		name[n++] = *r->p++;
	name[n] = '\0';
	if (!n)
		put(r, '$');
	else if (getenv(name))
		put_string(r, getenv(name));
}

static void read_quoted(struct reader *r, char quote)
{
	r->p++;
	while (*r->p && *r->p != quote) {
		if (quote == '"' && *r->p == '$') {
			expand(r);
			continue;
		}
		if (quote == '"' && *r->p == '\\' && strchr("\"\\$", r->p[1]))
			r->p++;
		put(r, *r->p++);
	}
	if (*r->p == quote) {
		r->p++;
		return;
	}
	fprintf(stderr, "sh: missing %c\n", quote);
	r->failed = true;
}

static void read_word(struct reader *r)
{
	while (*r->p && !isspace((unsigned char)*r->p) && !strchr(";&|", *r->p)) {
		if (*r->p == '\'' || *r->p == '"') {
			read_quoted(r, *r->p);
		} else if (*r->p == '$') {
			expand(r);
		} else {
			if (*r->p == '\\' && r->p[1])
				r->p++;
			put(r, *r->p++);
		}
	}
	put(r, '\0');
}

static enum separator read_separator(struct reader *r)
{
	char c = *r->p;

	if (!c || c == '#') {
		r->p += strlen(r->p);
		return SEP_END;
	}
	r->p++;
	if (c == ';')
		return SEP_SEMI;
	if (*r->p == c) {
		r->p++;
		return c == '&' ? SEP_AND : SEP_OR;
	}
	if (c == '&')
		return SEP_BACKGROUND;
	fprintf(stderr, "sh: no pipes yet: they come with the file system server\n");
	return SEP_ERROR;
}

enum separator parse_command(const char **p, struct command *cmd, int last_status)
{
	struct reader r = { *p, cmd->text, cmd->text + sizeof(cmd->text), last_status, false };
	enum separator sep;

	cmd->argc = 0;
	for (;;) {
		r.p += strspn(r.p, " \t\r\n");
		if (!*r.p || strchr(";&|#", *r.p))
			break;
		if (cmd->argc == ARGS_MAX) {
			fprintf(stderr, "sh: more than %d words\n", ARGS_MAX);
			return SEP_ERROR;
		}
		cmd->argv[cmd->argc++] = r.out;
		read_word(&r);
		if (r.failed)
			return SEP_ERROR;
	}
	cmd->argv[cmd->argc] = NULL;
	sep = read_separator(&r);
	*p = r.p;
	return sep;
}
