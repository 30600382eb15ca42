/* SPDX-License-Identifier: MIT */
/* From a pattern to a tree. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "regex/re.h"

struct parser {
	struct re *re;
	const char *p;
	int depth;	   /* of open parentheses */
	unsigned int done; /* groups 1 to 9 that are complete */
	bool extended;
	bool at_start;	/* nothing before, in this branch */
	bool no_repeat; /* nothing before that could be repeated */
	int error;
};

static int parse_alternatives(struct parser *ps);

static int bad_pattern(struct parser *ps, int error)
{
	if (!ps->error)
		ps->error = error;
	return -1;
}

static int width_of(const struct re *re, enum re_kind kind, int value, const struct re_node *left,
		    const struct re_node *right)
{
	switch (kind) {
	case RE_EMPTY:
	case RE_ASSERT:
		return 0;
	case RE_CHAR:
		return !re->utf8 || value < 128 ? 1 : -1;
	case RE_ANY:
	case RE_SET:
		return re->utf8 ? -1 : 1;
	case RE_GROUP:
		return left->width;
	case RE_CAT:
		return left->width < 0 || right->width < 0 ? -1 : left->width + right->width;
	case RE_ALT:
		return left->width == right->width ? left->width : -1;
	default:
		return -1;
	}
}

int __re_node(struct re *re, enum re_kind kind, int value, int left, int right)
{
	const struct re_node *l, *r;
	struct re_node *node;

	if (re->nr_nodes >= RE_MAX_NODES)
		return -1;
	if (!(re->nr_nodes & (re->nr_nodes - 1)) || !re->nr_nodes) { /* full: twice as many */
		size_t n = re->nr_nodes ? 2 * (size_t)re->nr_nodes : 1;
		struct re_node *nodes = realloc(re->nodes, n * sizeof(*nodes));

		if (!nodes)
			return -1;
		re->nodes = nodes;
	}
	l = left >= 0 ? &re->nodes[left] : NULL;
	r = right >= 0 ? &re->nodes[right] : NULL;
	node = &re->nodes[re->nr_nodes];
	*node = (struct re_node){ .kind = kind, .value = value, .left = left, .right = right };
	node->width = width_of(re, kind, value, l, r);
	if (l && l->high)
		node->low = l->low;
	else if (r)
		node->low = r->low;
	node->high = r && r->high ? r->high : l ? l->high : 0;
	if (kind == RE_GROUP) {
		node->low = value;
		if (!node->high)
			node->high = value + 1;
	}
	return re->nr_nodes++;
}

static int new_node(struct parser *ps, enum re_kind kind, int value, int left, int right)
{
	int node = ps->error ? -1 : __re_node(ps->re, kind, value, left, right);

	return node < 0 ? bad_pattern(ps, REG_ESPACE) : node;
}

/* ---- lists of nodes ---- */

struct node_list {
	int n, *nodes;
};

static void add_to(struct parser *ps, struct node_list *list, int node)
{
	int *nodes = ps->error ? NULL : realloc(list->nodes, (list->n + 1) * sizeof(*nodes));

	if (!nodes) {
		bad_pattern(ps, REG_ESPACE);
		return;
	}
	list->nodes = nodes;
	nodes[list->n++] = node;
}

/* a (b (c d)), as leftmost shares are sought first. */
static int chained(struct parser *ps, const struct node_list *list)
{
	int tree = list->nodes[list->n - 1];

	for (int i = list->n - 2; i >= 0; i--)
		tree = new_node(ps, RE_CAT, 0, list->nodes[i], tree);
	return tree;
}

/* (a | b) | (c | d): where the order is all that counts, a tree that is not deep. */
static int halved(struct parser *ps, const int *nodes, int n)
{
	int left;

	if (n == 1)
		return nodes[0];
	left = halved(ps, nodes, n / 2);
	return new_node(ps, RE_ALT, 0, left, halved(ps, nodes + n / 2, n - n / 2));
}

/* The list, which it frees, as one tree. */
static int folded(struct parser *ps, enum re_kind kind, struct node_list *list)
{
	int tree = -1;

	if (!ps->error && !list->n)
		tree = new_node(ps, RE_EMPTY, 0, -1, -1);
	else if (!ps->error)
		tree = kind == RE_CAT ? chained(ps, list) : halved(ps, list->nodes, list->n);
	free(list->nodes);
	return tree;
}

/* ---- what stands at p ---- */

/* An operator that basic expressions write with a \. */
static bool at_operator(const struct parser *ps, char c)
{
	return ps->extended ? ps->p[0] == c : ps->p[0] == '\\' && ps->p[1] == c;
}

static void skip_operator(struct parser *ps)
{
	ps->p += ps->extended ? 1 : 2;
}

static bool at_close(const struct parser *ps)
{
	return at_operator(ps, ')') && (ps->depth || !ps->extended);
}

static bool at_branch_end(const struct parser *ps)
{
	return !*ps->p || at_operator(ps, '|') || at_close(ps);
}

/* In a basic expression $ is an anchor only at the end of a branch. */
static bool at_dollar(const struct parser *ps)
{
	struct parser next = *ps;

	if (*ps->p != '$')
		return false;
	next.p++;
	return ps->extended || !*next.p || at_operator(&next, '|') || at_operator(&next, ')');
}

static bool at_repeat(const struct parser *ps)
{
	return *ps->p == '*' || at_operator(ps, '+') || at_operator(ps, '?') ||
	       at_operator(ps, '{');
}

/* ---- atoms ---- */

static int parse_group(struct parser *ps)
{
	int number = ps->re->nr_groups++, inner;

	skip_operator(ps);
	if (ps->depth == RE_MAX_DEPTH)
		return bad_pattern(ps, REG_ESPACE);
	ps->depth++;
	inner = parse_alternatives(ps);
	ps->depth--;
	if (ps->error)
		return -1;
	if (!at_operator(ps, ')'))
		return bad_pattern(ps, REG_EPAREN);
	skip_operator(ps);
	if (number < 10)
		ps->done |= 1u << number;
	ps->no_repeat = false;
	return new_node(ps, RE_GROUP, number, inner, -1);
}

static int parse_bracket(struct parser *ps)
{
	int set, error;

	ps->p++;
	error = __re_parse_set(ps->re, &ps->p, &set);
	return error ? bad_pattern(ps, error) : new_node(ps, RE_SET, set, -1, -1);
}

static int parse_class(struct parser *ps, const char *name, bool negated)
{
	int set, error = __re_class_set(ps->re, name, !strcmp(name, "alnum"), negated, &set);

	return error ? bad_pattern(ps, error) : new_node(ps, RE_SET, set, -1, -1);
}

static int parse_anchor(struct parser *ps, enum re_where where)
{
	ps->no_repeat = true;
	return new_node(ps, RE_ASSERT, where, -1, -1);
}

/* \ and a character that is no operator. */
static int parse_escape(struct parser *ps)
{
	static const char anchors[] = "`'<>bB";
	char c = ps->p[1];
	const char *anchor = c ? strchr(anchors, c) : NULL;

	if (!c)
		return bad_pattern(ps, REG_EESCAPE);
	ps->p += 2;
	if (anchor)
		return parse_anchor(ps, RE_TEXT_START + (int)(anchor - anchors));
	if (c == 'w' || c == 'W')
		return parse_class(ps, "alnum", c == 'W');
	if (c == 's' || c == 'S')
		return parse_class(ps, "space", c == 'S');
	if (c < '1' || c > '9')
		return new_node(ps, RE_CHAR, (unsigned char)c, -1, -1);
	if (!(ps->done >> (c - '0') & 1))
		return bad_pattern(ps, REG_ESUBREG);
	ps->re->backrefs = true;
	return new_node(ps, RE_BACKREF, c - '0', -1, -1);
}

static int parse_char(struct parser *ps)
{
	size_t len;
	wint_t c = __re_char(ps->re, ps->p, strnlen(ps->p, MB_LEN_MAX), &len);

	ps->p += len;
	return new_node(ps, RE_CHAR, (int)c, -1, -1);
}

static int parse_atom(struct parser *ps)
{
	bool at_start = ps->at_start, no_repeat = ps->no_repeat;

	ps->at_start = ps->no_repeat = false;
	if (at_operator(ps, '('))
		return parse_group(ps);
	if (at_operator(ps, '{'))
		return bad_pattern(ps, REG_BADRPT);
	if (ps->extended && no_repeat && at_repeat(ps))
		return bad_pattern(ps, REG_BADRPT);
	if (*ps->p == '^' && (ps->extended || at_start)) {
		ps->p++;
		return parse_anchor(ps, RE_LINE_START);
	}
	if (at_dollar(ps)) {
		ps->p++;
		return parse_anchor(ps, RE_LINE_END);
	}
	switch (*ps->p) {
	case '[':
		return parse_bracket(ps);
	case '\\':
		return parse_escape(ps);
	case '.':
		ps->p++;
		return new_node(ps, RE_ANY, 0, -1, -1);
	default:
		return parse_char(ps);
	}
}

/* ---- repetitions ---- */

/* The same tree once more; a chain is long, not deep. */
static int copy_of(struct parser *ps, int number)
{
	struct node_list parts = { 0 };
	struct re_node node = ps->re->nodes[number];

	for (; node.kind == RE_CAT && !ps->error; node = ps->re->nodes[number]) {
		add_to(ps, &parts, copy_of(ps, node.left));
		number = node.right;
	}
	if (!ps->error) {
		int left = node.left < 0 ? -1 : copy_of(ps, node.left);
		int right = node.right < 0 ? -1 : copy_of(ps, node.right);

		add_to(ps, &parts, new_node(ps, node.kind, node.value, left, right));
	}
	return folded(ps, RE_CAT, &parts);
}

/* atom{min,max}, max -1 without end, spelled out: a{2,4} is a(a(a(a)?)?). */
static int repeated(struct parser *ps, int atom, int min, int max)
{
	int tail = -1;

	if (max - min > RE_MAX_OPTIONAL)
		return bad_pattern(ps, REG_ESPACE);
	if (!max)
		return new_node(ps, RE_EMPTY, 0, -1, -1);
	if (max < 0) {
		tail = new_node(ps, min ? RE_PLUS : RE_STAR, 0, atom, -1);
		min -= min > 0;
	}
	for (int i = max; i > min && !ps->error; i--) {
		int one = i == max ? atom : copy_of(ps, atom);

		tail = tail < 0 ? one : new_node(ps, RE_CAT, 0, one, tail);
		tail = new_node(ps, RE_OPT, i > 1, tail, -1);
	}
	for (; min > 0 && !ps->error; min--) {
		int one = tail < 0 ? atom : copy_of(ps, atom);

		tail = tail < 0 ? one : new_node(ps, RE_CAT, 0, one, tail);
	}
	return tail;
}

/*
 * What stands before the next , or the end of the interval: a number, at most RE_MAX_COUNT + 1;
 * -1 nothing; -2 something else.
 */
static int parse_number(struct parser *ps)
{
	int n = -1;

	for (; *ps->p && *ps->p != ',' && !at_operator(ps, '}'); ps->p++) {
		int digit = *ps->p - '0';

		if (digit < 0 || digit > 9 || n == -2)
			n = -2;
		else if (n <= RE_MAX_COUNT)
			n = (n < 0 ? 0 : 10 * n) + digit;
		if (ps->p[0] == '\\' && ps->p[1])
			ps->p++;
	}
	return n <= RE_MAX_COUNT ? n : RE_MAX_COUNT + 1;
}

/* {n}, {n,}, {n,m} or {,m}. */
static int parse_interval(struct parser *ps, int atom)
{
	int min, max;

	skip_operator(ps);
	min = max = parse_number(ps);
	if (min != -2 && *ps->p == ',') {
		ps->p++;
		max = parse_number(ps);
		if (min == -1)
			min = 0;
	}
	if (!*ps->p)
		return bad_pattern(ps, REG_EBRACE);
	if (min < 0 || max == -2 || !at_operator(ps, '}') || (max >= 0 && min > max))
		return bad_pattern(ps, REG_BADBR);
	if (min > RE_MAX_COUNT || max > RE_MAX_COUNT)
		return bad_pattern(ps, REG_BADBR);
	skip_operator(ps);
	return repeated(ps, atom, min, max);
}

static int parse_repeat(struct parser *ps, int atom)
{
	enum re_kind kind = RE_STAR;

	if (at_operator(ps, '{'))
		return parse_interval(ps, atom);
	if (*ps->p == '*') {
		ps->p++;
		return new_node(ps, kind, 0, atom, -1);
	}
	kind = at_operator(ps, '+') ? RE_PLUS : RE_OPT;
	skip_operator(ps);
	return new_node(ps, kind, 0, atom, -1);
}

static int parse_piece(struct parser *ps)
{
	int piece = parse_atom(ps);

	for (int n = 0; !ps->error && !ps->no_repeat && at_repeat(ps); n++) {
		if (n == RE_MAX_DEPTH)
			return bad_pattern(ps, REG_ESPACE);
		if (n && !ps->extended && (*ps->p == '*' || at_operator(ps, '{')))
			return bad_pattern(ps, REG_BADRPT);
		piece = parse_repeat(ps, piece);
	}
	return piece;
}

static int parse_branch(struct parser *ps)
{
	struct node_list pieces = { 0 };

	ps->at_start = ps->no_repeat = true;
	while (!ps->error && !at_branch_end(ps))
		add_to(ps, &pieces, parse_piece(ps));
	return folded(ps, RE_CAT, &pieces);
}

static int parse_alternatives(struct parser *ps)
{
	struct node_list branches = { 0 };

	add_to(ps, &branches, parse_branch(ps));
	while (!ps->error && at_operator(ps, '|')) {
		skip_operator(ps);
		add_to(ps, &branches, parse_branch(ps));
	}
	return folded(ps, RE_ALT, &branches);
}

int __re_parse(struct re *re, const char *pattern)
{
	struct parser ps = { .re = re, .p = pattern, .extended = re->flags & REG_EXTENDED };

	re->nr_groups = 1;
	re->root = parse_alternatives(&ps);
	if (!ps.error && *ps.p)
		bad_pattern(&ps, REG_EPAREN);
	return ps.error;
}
