/* SPDX-License-Identifier: MIT */
/*
 * From text to tokens.  The text of a command grows by lines until the last construct in
 * it is complete; a word that is not is read again from its start with one line more.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sh.h"

/* The longest first. */
static const struct {
	const char *text;
	enum token token;
} operators[] = {
	{ "&&", TOK_AND },     { "||", TOK_OR },     { ";;", TOK_SEMI2 },      { "<&", TOK_DUP_IN },
	{ ">&", TOK_DUP_OUT }, { ">>", TOK_APPEND }, { "<>", TOK_READ_WRITE }, { ";", TOK_SEMI },
	{ "&", TOK_AMP },      { "|", TOK_PIPE },    { "(", TOK_OPEN },	       { ")", TOK_CLOSE },
	{ "<", TOK_IN },       { ">", TOK_OUT },
};

#define NR_OPERATORS (sizeof(operators) / sizeof(operators[0]))

const char *skip_name(const char *p)
{
	if (isdigit((unsigned char)*p))
		return p;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	return p;
}

const char *skip_to(const char *p, char close)
{
	int depth = 0;

	while (p && *p) {
		if (*p == close && !depth)
			return p + 1;
		if (close == ')')
			depth += (*p == '(') - (*p == ')');
		p = skip_part(p);
	}
	return NULL;
}

/* Up to a quotation mark, in which only backslashes and `$` mean something. */
static const char *skip_double(const char *p)
{
	while (p && *p && *p != '"')
		p = *p == '\'' ? p + 1 : skip_part(p);
	return p && *p ? p + 1 : NULL;
}

static const char *skip_backquote(const char *p)
{
	for (; *p && *p != '`'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : NULL;
}

static const char *skip_dollar(const char *p)
{
	const char *end = skip_name(p);

	if (*p == '(')
		return skip_to(p + 1, ')');
	if (*p == '{')
		return skip_to(p + 1, '}');
	if (end == p && *p && strchr("?$!#@*-0123456789", *p))
		end++;
	return end;
}

const char *skip_part(const char *p)
{
	const char *end;

	switch (*p) {
	case '\\':
		return p[1] && (p[1] != '\n' || p[2]) ? p + 2 : NULL;
	case '\'':
		end = strchr(p + 1, '\'');
		return end ? end + 1 : NULL;
	case '"':
		return skip_double(p + 1);
	case '`':
		return skip_backquote(p + 1);
	case '$':
		return skip_dollar(p + 1);
	default:
		return p + 1;
	}
}

/* Gets a further line: false if there is none. */
static bool more(struct lexer *lx)
{
	int got = source_line(lx->source, &lx->text, !lx->text.len);

	lx->interrupted = got < 0;
	return got > 0;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Goes on to where a token begins: past blanks, comments and lines that are continued. */
static void skip_blanks(struct lexer *lx)
{
	for (;;) {
		const char *p = lx->text.bytes + lx->pos;

		if (blank(*p))
			lx->pos++;
		else if (*p == '\\' && p[1] == '\n')
			lx->pos += 2;
		else if (*p == '#')
			lx->pos += strcspn(p, "\n");
		else if (*p || !more(lx))
			return;
	}
}

static bool operator_at(struct lexer *lx)
{
	const char *p = lx->text.bytes + lx->pos;

	for (size_t i = 0; i < NR_OPERATORS; i++) {
		size_t len = strlen(operators[i].text);

		if (strncmp(p, operators[i].text, len))
			continue;
		lx->token = operators[i].token;
		lx->pos += len;
		return true;
	}
	return false;
}

/* Past the word at pos; NULL if it is not complete. */
static const char *skip_word(const struct lexer *lx)
{
	const char *p = lx->text.bytes + lx->pos;

	while (p && *p && !isspace((unsigned char)*p) && !strchr(";&|()<>", *p))
		p = skip_part(p);
	return p;
}

/* Joins lines that a backslash continues, in place; between single quotes it does not. */
static void join_lines(char *word)
{
	char *in = word, *out = word;
	bool twice = false; /* between double quotes */

	while (*in) {
		const char *end = *in == '\\' || (*in == '\'' && !twice) ? skip_part(in) : in + 1;

		twice = twice != (*in == '"');
		if (*in == '\\' && in[1] == '\n')
			in += 2;
		while (in < end)
			*out++ = *in++;
	}
	*out = '\0';
}

static void word_at(struct lexer *lx)
{
	const char *end, *start;

	while (!(end = skip_word(lx)))
		if (!more(lx)) {
			if (!lx->interrupted)
				complain("syntax error: a quotation or bracket has no end");
			lx->token = TOK_ERROR;
			return;
		}
	start = lx->text.bytes + lx->pos;
	lx->word = mem_copy(start, (size_t)(end - start));
	join_lines(lx->word);
	lx->pos += (size_t)(end - start);
	lx->token = TOK_WORD;
	if (strspn(lx->word, "0123456789") == strlen(lx->word) && (*end == '<' || *end == '>'))
		lx->token = TOK_NUMBER;
}

void lexer_next(struct lexer *lx)
{
	char c;

	if (!lx->text.bytes && !more(lx)) {
		lx->token = lx->interrupted ? TOK_ERROR : TOK_END;
		return;
	}
	skip_blanks(lx);
	lx->start = lx->pos;
	c = lx->text.bytes[lx->pos];
	if (!c) {
		lx->token = lx->interrupted ? TOK_ERROR : TOK_END;
	} else if (c == '\n') {
		lx->token = TOK_NEWLINE;
		lx->pos++;
	} else if (!operator_at(lx)) {
		word_at(lx);
	}
}

const char *lexer_describe(const struct lexer *lx)
{
	for (size_t i = 0; i < NR_OPERATORS; i++)
		if (operators[i].token == lx->token)
			return operators[i].text;
	if (lx->token == TOK_WORD || lx->token == TOK_NUMBER)
		return lx->word;
	return lx->token == TOK_NEWLINE ? "end of line" : "end of input";
}
