/* SPDX-License-Identifier: MIT */
/*
 * From tokens to a tree, by recursive descent: one function for each rule.
 *
 *	list     = and_or { (";" | "&" | newline) and_or }
 *	and_or   = pipeline { ("&&" | "||") pipeline }
 *	pipeline = [ "!" ] command { "|" command }
 *	command  = compound { redirect } | simple
 *	compound = "{" list "}" | "(" list ")" | if | while | until | for | case
 *	simple   = { name=word | redirect } { word | redirect }
 *
 * Words such as `if` are reserved only where a command may begin.  After an error
 * `failed` is set, and every rule returns without reading further.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sh.h"

struct parser {
	struct lexer *lx;
	bool failed;
};

static struct node *parse_list(struct parser *p, bool lines);

static struct node *new_node(enum node_kind kind, struct node *left, struct node *right)
{
	struct node *n = mem_alloc(sizeof(*n));

	n->kind = kind;
	n->left = left;
	n->right = right;
	return n;
}

static void advance(struct parser *p)
{
	if (p->failed)
		return;
	lexer_next(p->lx);
	if (p->lx->token == TOK_ERROR)
		p->failed = true;
}

static void *unexpected(struct parser *p)
{
	if (!p->failed)
		complain("syntax error: unexpected %s", lexer_describe(p->lx));
	p->failed = true;
	return NULL;
}

static bool at(const struct parser *p, enum token token)
{
	return !p->failed && p->lx->token == token;
}

static bool at_word(const struct parser *p, const char *word)
{
	return at(p, TOK_WORD) && !strcmp(p->lx->word, word);
}

static bool accept(struct parser *p, enum token token)
{
	bool here = at(p, token);

	if (here)
		advance(p);
	return here;
}

static bool accept_word(struct parser *p, const char *word)
{
	bool here = at_word(p, word);

	if (here)
		advance(p);
	return here;
}

static void expect_word(struct parser *p, const char *word)
{
	if (!accept_word(p, word))
		unexpected(p);
}

static void skip_newlines(struct parser *p)
{
	while (accept(p, TOK_NEWLINE))
		;
}

/* Takes the word at hand to the end of a list. */
static struct word **take_word(struct parser *p, struct word **tail)
{
	*tail = mem_alloc(sizeof(**tail));
	(*tail)->text = p->lx->word;
	tail = &(*tail)->next;
	advance(p);
	return tail;
}

/* ---- simple commands ---- */

static bool at_redirect(const struct parser *p)
{
	return !p->failed && (p->lx->token >= TOK_DUP_IN || p->lx->token == TOK_NUMBER);
}

static void parse_redirect(struct parser *p, struct redirect ***tail)
{
	struct redirect *r = mem_alloc(sizeof(*r));
	int fd = -1;

	if (at(p, TOK_NUMBER)) {
		fd = atoi(p->lx->word);
		advance(p);
	}
	r->kind = p->lx->token;
	r->fd = fd >= 0									? fd :
		r->kind == TOK_IN || r->kind == TOK_DUP_IN || r->kind == TOK_READ_WRITE ? 0 :
											  1;
	advance(p);
	if (!at(p, TOK_WORD)) {
		unexpected(p);
		return;
	}
	r->target = p->lx->word;
	advance(p);
	**tail = r;
	*tail = &r->next;
}

static bool is_assignment(const char *word)
{
	const char *end = skip_name(word);

	return end > word && *end == '=';
}

static struct node *parse_simple(struct parser *p)
{
	struct node *n = new_node(NODE_COMMAND, NULL, NULL);
	struct word **assigns = &n->assigns, **words = &n->words;
	struct redirect **redirects = &n->redirects;

	for (;;) {
		if (at_redirect(p))
			parse_redirect(p, &redirects);
		else if (!at(p, TOK_WORD))
			break;
		else if (!n->words && is_assignment(p->lx->word))
			assigns = take_word(p, assigns);
		else
			words = take_word(p, words);
	}
	return n->assigns || n->words || n->redirects ? n : unexpected(p);
}

/* ---- compound commands ---- */

/* Words that end a list and begin no command. */
static bool at_closing(const struct parser *p)
{
	static const char *const words[] = {
		"}", "then", "elif", "else", "fi", "do", "done", "esac"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (at_word(p, words[i]))
			return true;
	return false;
}

/* The list of a compound command: it may not be empty. */
static struct node *parse_body(struct parser *p)
{
	struct node *n = parse_list(p, true);

	return n ? n : unexpected(p);
}

/* After `if` or `elif`. */
static struct node *parse_if(struct parser *p)
{
	struct node *n = new_node(NODE_IF, parse_body(p), NULL);

	expect_word(p, "then");
	n->right = parse_body(p);
	if (accept_word(p, "elif")) {
		n->other = parse_if(p);
		return n;
	}
	if (accept_word(p, "else"))
		n->other = parse_body(p);
	expect_word(p, "fi");
	return n;
}

static struct node *parse_do(struct parser *p)
{
	struct node *body;

	expect_word(p, "do");
	body = parse_body(p);
	expect_word(p, "done");
	return body;
}

static struct node *parse_while(struct parser *p, enum node_kind kind)
{
	struct node *n = new_node(kind, parse_body(p), NULL);

	n->right = parse_do(p);
	return n;
}

static struct node *parse_for(struct parser *p)
{
	struct node *n = new_node(NODE_FOR, NULL, NULL);
	struct word **tail;

	if (!at(p, TOK_WORD) || *skip_name(p->lx->word))
		return unexpected(p);
	tail = take_word(p, &n->words);
	skip_newlines(p);
	n->all_params = !accept_word(p, "in");
	while (!n->all_params && at(p, TOK_WORD))
		tail = take_word(p, tail);
	accept(p, TOK_SEMI);
	skip_newlines(p);
	n->right = parse_do(p);
	return n;
}

static struct node *parse_arm(struct parser *p)
{
	struct node *n = new_node(NODE_ARM, NULL, NULL);
	struct word **tail = &n->words;

	accept(p, TOK_OPEN);
	do {
		if (!at(p, TOK_WORD))
			return unexpected(p);
		tail = take_word(p, tail);
	} while (accept(p, TOK_PIPE));
	if (!accept(p, TOK_CLOSE))
		return unexpected(p);
	n->left = parse_list(p, true);
	return n;
}

static struct node *parse_case(struct parser *p)
{
	struct node *n = new_node(NODE_CASE, NULL, NULL), **tail = &n->right;

	if (!at(p, TOK_WORD))
		return unexpected(p);
	take_word(p, &n->words);
	skip_newlines(p);
	expect_word(p, "in");
	skip_newlines(p);
	while (!p->failed && !at_word(p, "esac")) {
		*tail = parse_arm(p);
		if (!*tail || (!accept(p, TOK_SEMI2) && !at_word(p, "esac")))
			return unexpected(p);
		tail = &(*tail)->right;
		skip_newlines(p);
	}
	expect_word(p, "esac");
	return n;
}

static struct node *parse_braces(struct parser *p)
{
	struct node *n = parse_body(p);

	expect_word(p, "}");
	return n;
}

static struct node *parse_subshell(struct parser *p)
{
	struct node *n = new_node(NODE_SUBSHELL, parse_body(p), NULL);

	return accept(p, TOK_CLOSE) ? n : unexpected(p);
}

/* A compound command, or NULL if none begins here. */
static struct node *parse_compound(struct parser *p)
{
	if (accept(p, TOK_OPEN))
		return parse_subshell(p);
	if (accept_word(p, "{"))
		return parse_braces(p);
	if (accept_word(p, "if"))
		return parse_if(p);
	if (accept_word(p, "while"))
		return parse_while(p, NODE_WHILE);
	if (accept_word(p, "until"))
		return parse_while(p, NODE_UNTIL);
	if (accept_word(p, "for"))
		return parse_for(p);
	return accept_word(p, "case") ? parse_case(p) : NULL;
}

static struct node *parse_one(struct parser *p)
{
	struct node *n = parse_compound(p), *group;
	struct redirect **tail;

	if (p->failed)
		return NULL;
	if (!n)
		return at_closing(p) ? unexpected(p) : parse_simple(p);
	if (!at_redirect(p))
		return n;
	group = new_node(NODE_GROUP, n, NULL);
	for (tail = &group->redirects; at_redirect(p);)
		parse_redirect(p, &tail);
	return group;
}

/* ---- what joins commands ---- */

/* The text from `from` up to the token at hand, without the blanks at its end. */
static char *text_since(const struct parser *p, size_t from)
{
	const char *text = p->lx->text.bytes + from;
	size_t len = p->lx->start - from;

	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	return mem_copy(text, len);
}

static struct node *parse_pipeline(struct parser *p)
{
	bool not = accept_word(p, "!");
	size_t start = p->lx->start;
	struct node *first = parse_one(p), *last = first, *n = first;

	while (accept(p, TOK_PIPE)) {
		skip_newlines(p);
		last->next = parse_one(p);
		last = last->next;
		n = n == first ? new_node(NODE_PIPE, first, NULL) : n;
	}
	if (p->failed)
		return NULL;
	n->text = text_since(p, start);
	return not ? new_node(NODE_NOT, n, NULL) : n;
}

static struct node *parse_and_or(struct parser *p)
{
	struct node *n = parse_pipeline(p);

	while (at(p, TOK_AND) || at(p, TOK_OR)) {
		n = new_node(at(p, TOK_AND) ? NODE_AND : NODE_OR, n, NULL);
		advance(p);
		skip_newlines(p);
		n->right = parse_pipeline(p);
	}
	return n;
}

/* After a command: `;`, `&` and, if the list goes over lines, newlines.  False: it ends here. */
static bool parse_separator(struct parser *p, struct node **n, size_t start, bool lines)
{
	if (at(p, TOK_AMP)) {
		*n = new_node(NODE_BACKGROUND, *n, NULL);
		(*n)->text = text_since(p, start);
		advance(p);
	} else if (!accept(p, TOK_SEMI) && !(lines && at(p, TOK_NEWLINE))) {
		return false;
	}
	if (lines)
		skip_newlines(p);
	return true;
}

static bool at_list_end(const struct parser *p)
{
	return p->failed || at(p, TOK_END) || at(p, TOK_NEWLINE) || at(p, TOK_CLOSE) ||
	       at(p, TOK_SEMI2) || at_closing(p);
}

/* NULL if there is no command.  `lines`: newlines do not end the list. */
static struct node *parse_list(struct parser *p, bool lines)
{
	struct node *list = NULL, *n;
	bool more = true;

	if (lines)
		skip_newlines(p);
	while (more && !at_list_end(p)) {
		size_t start = p->lx->start;

		n = parse_and_or(p);
		if (p->failed)
			return NULL;
		more = parse_separator(p, &n, start, lines);
		list = list ? new_node(NODE_LIST, list, n) : n;
	}
	return list;
}

int parse_command(struct lexer *lx, struct node **out)
{
	struct parser p = { lx, false };

	*out = NULL;
	lx->text.len = lx->pos = lx->start = 0;
	free(lx->text.bytes);
	lx->text = (struct text){ 0 };
	advance(&p);
	if (at(&p, TOK_END))
		return 0;
	*out = parse_list(&p, false);
	if (!p.failed && !at(&p, TOK_NEWLINE) && !at(&p, TOK_END))
		unexpected(&p);
	return p.failed ? -1 : 1;
}
