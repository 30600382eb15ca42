/* SPDX-License-Identifier: MIT */
/*
 * What a word stands for.  In one pass over the word, as it was typed:
 *
 *	a$x'*'"$y"   with x="1 2", y=z   gives the fields   a1   2\*z
 *
 * Blanks that came from an unquoted `$` end a field; what was quoted stands after a
 * backslash, if file name matching could take it for something special.  Then every field
 * that has something special unquoted becomes the names that match, and the backslashes go.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

static void put(struct expansion *e, char c, bool quoted)
{
	if (strchr("\\*?[]-!", c) && (quoted || c == '\\'))
		text_put(&e->field, '\\');
	text_put(&e->field, c);
}

void expand_end_field(struct expansion *e)
{
	struct word *w;

	if (!e->begun && !e->field.len)
		return;
	w = mem_alloc(sizeof(*w));
	w->text = text_take(&e->field);
	*e->tail = w;
	e->tail = &w->next;
	e->begun = false;
}

void expand_value(struct expansion *e, const char *value, bool quoted)
{
	for (; *value; value++)
		if (!quoted && e->split && strchr(" \t\n", *value))
			expand_end_field(e);
		else
			put(e, *value, quoted);
}

static const char *expand_single(struct expansion *e, const char *p)
{
	for (p++; *p != '\''; p++)
		put(e, *p, true);
	e->begun = true;
	return p + 1;
}

/* "$@" without parameters is no field, not an empty one. */
static const char *expand_double(struct expansion *e, const char *p)
{
	const char *end = skip_part(p);
	bool nothing = !sh.nr_params && (!strncmp(p, "\"$@\"", 4) || !strncmp(p, "\"${@}\"", 6));

	if (!nothing)
		e->begun = true;
	expand_text(e, p + 1, end - 1, true);
	return end;
}

/* Between double quotes a backslash is one of the text unless it quotes what would not be. */
static const char *expand_backslash(struct expansion *e, const char *p, bool quoted)
{
	if (quoted && !strchr("$`\"\\", p[1])) {
		put(e, '\\', true);
		return p + 1;
	}
	put(e, p[1], true);
	e->begun = true;
	return p + 2;
}

void expand_text(struct expansion *e, const char *p, const char *end, bool quoted)
{
	while (p < end && !e->failed) {
		if (*p == '\'' && !quoted)
			p = expand_single(e, p);
		else if (*p == '"')
			p = expand_double(e, p);
		else if (*p == '\\')
			p = expand_backslash(e, p, quoted);
		else if (*p == '$' || *p == '`')
			p = expand_dollar(e, p, quoted);
		else
			expand_value(e, (char[]){ *p++, '\0' }, quoted);
	}
}

static void expand_word(struct expansion *e, const char *word)
{
	expand_text(e, word, word + strlen(word), false);
}

bool expand_words(const struct word *words, struct word **out)
{
	struct word *fields = NULL;
	struct expansion e = { .split = true, .tail = &fields };

	for (; words && !e.failed; words = words->next) {
		expand_word(&e, words->text);
		expand_end_field(&e);
	}
	*out = NULL;
	for (; fields; fields = fields->next) {
		if (glob_files(fields->text, &out))
			continue;
		*out = mem_alloc(sizeof(**out));
		(*out)->text = unquote(fields->text);
		out = &(*out)->next;
	}
	text_take(&e.field);
	return !e.failed;
}

char *expand_pattern(const char *word)
{
	struct expansion e = { .split = false };
	char *s;

	expand_word(&e, word);
	s = text_take(&e.field);
	return e.failed ? NULL : s;
}

char *expand_string(const char *word)
{
	char *s = expand_pattern(word);

	return s ? unquote(s) : NULL;
}
