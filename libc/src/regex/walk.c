/* SPDX-License-Identifier: MIT */
/* All threads of a program at once: each instruction has at most one at each place of the text. */
#include <stdlib.h>
#include <string.h>

#include "regex/re.h"

#define NONE SIZE_MAX

struct thread {
	int pc;
	size_t start; /* where its match began */
};

struct threads {
	int n;
	struct thread *all; /* by start, the leftmost first */
};

struct re_walk {
	const struct re_inst *code;
	enum re_way way;
	int end; /* whoever gets here has matched */
	struct threads now, next;
	unsigned long round;	 /* of add_thread() */
	unsigned long *round_of; /* by instruction: the last round that came there */
	int *stack;
	size_t best_start, best_end; /* of the matches; NONE */
	uint8_t *notes;		     /* a bit for each place of the text */
	enum { ANY_END, NOTED_ENDS, NOTE_ENDS } use;
};

bool __re_noted(const struct re_text *text, size_t pos)
{
	return text->walk->notes[pos / 8] >> pos % 8 & 1;
}

void __re_note(struct re_text *text, size_t pos)
{
	text->walk->notes[pos / 8] |= 1u << pos % 8;
}

static void forget_notes(struct re_text *text, size_t from, size_t to)
{
	memset(text->walk->notes + from / 8, 0, to / 8 - from / 8 + 1);
}

/* ---- characters ---- */

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The same for bytes from 128 on, in UTF-8. */
static wint_t long_char(const char *s, size_t n, size_t *len)
{
	static const wint_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = s[0];
	size_t need = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	wint_t c = first & (0x7f >> need);

	*len = 1;
	if (first < 0xc2 || first > 0xf4 || need > n)
		return RE_BAD_BYTE + first;
	for (size_t i = 1; i < need; i++) {
		if (!continues(s[i]))
			return RE_BAD_BYTE + first;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return RE_BAD_BYTE + first;
	*len = need;
	return c;
}

wint_t __re_char(const struct re *re, const char *s, size_t n, size_t *len)
{
	*len = 1;
	if (!re->utf8 || (unsigned char)*s < 128)
		return (unsigned char)*s;
	return long_char(s, n, len);
}

wint_t __re_next(const struct re_text *text, size_t pos, enum re_way way, size_t *next)
{
	const struct re *re = text->re;
	size_t len;
	wint_t c;

	if (way == RE_FORWARD) {
		c = __re_char(re, text->s + pos, text->len - pos, &len);
		*next = pos + len;
		return c;
	}
	for (size_t n = 2; re->utf8 && n <= 4 && n <= pos && continues(text->s[pos - n + 1]); n++) {
		c = __re_char(re, text->s + pos - n, n, &len);
		if (len == n) {
			*next = pos - n;
			return c;
		}
	}
	*next = pos - 1;
	return __re_char(re, text->s + pos - 1, 1, &len);
}

bool __re_takes(const struct re_text *text, const struct re_node *node, wint_t c)
{
	const struct re *re = text->re;
	wint_t value = (wint_t)node->value;

	if (node->kind == RE_SET)
		return c < RE_BAD_BYTE && __re_in_set(re, &re->sets[node->value], c);
	if (node->kind == RE_ANY)
		return c < RE_BAD_BYTE && (c != '\n' || !(re->flags & REG_NEWLINE));
	return c == value || ((re->flags & REG_ICASE) &&
			      (towlower(c) == towlower(value) || towupper(c) == towupper(value)));
}

static bool word_at(const struct re_text *text, size_t pos, enum re_way way)
{
	size_t next;
	wint_t c;

	if (pos == (way == RE_FORWARD ? text->len : 0))
		return false;
	c = __re_next(text, pos, way, &next);
	return c == '_' || ((text->re->utf8 || c < 128) && iswalnum(c));
}

bool __re_holds(const struct re_text *text, enum re_where where, size_t pos)
{
	bool newline = text->re->flags & REG_NEWLINE;
	bool before, after;

	switch (where) {
	case RE_LINE_START:
		return pos ? newline && text->s[pos - 1] == '\n' : !(text->flags & REG_NOTBOL);
	case RE_LINE_END:
		if (pos == text->len)
			return !(text->flags & REG_NOTEOL);
		return newline && text->s[pos] == '\n';
	case RE_TEXT_START:
		return !pos;
	case RE_TEXT_END:
		return pos == text->len;
	default:
		break;
	}
	before = word_at(text, pos, RE_BACKWARD);
	after = word_at(text, pos, RE_FORWARD);
	switch (where) {
	case RE_WORD_START:
		return !before && after;
	case RE_WORD_END:
		return before && !after;
	case RE_WORD_EDGE:
		return before != after;
	default:
		return before == after;
	}
}

/* ---- threads ---- */

/* Somebody has matched [start, pos). */
static void matched(struct re_text *text, size_t start, size_t pos)
{
	struct re_walk *w = text->walk;

	if (w->use == NOTE_ENDS) {
		__re_note(text, pos);
		return;
	}
	if (w->use == NOTED_ENDS && !__re_noted(text, pos))
		return;
	if (w->best_start == NONE || start < w->best_start ||
	    (start == w->best_start && pos > w->best_end)) {
		w->best_start = start;
		w->best_end = pos;
	}
}

/* A thread comes to pc, and from there to all that consumes a character. */
static void add_thread(struct re_text *text, struct threads *list, int pc, size_t start, size_t pos)
{
	struct re_walk *w = text->walk;
	int depth = 0;

	w->stack[depth++] = pc;
	while (depth) {
		const struct re_inst *inst;

		pc = w->stack[--depth];
		if (pc == w->end)
			matched(text, start, pos);
		if (pc == w->end || w->round_of[pc] == w->round)
			continue;
		w->round_of[pc] = w->round;
		inst = &w->code[pc];
		if (inst->op == RE_OP_ONE)
			list->all[list->n++] = (struct thread){ pc, start };
		else if (inst->op == RE_OP_ASSERT && __re_holds(text, inst->a, pos))
			w->stack[depth++] = pc + 1;
		else if (inst->op == RE_OP_SPLIT)
			w->stack[depth++] = inst->b;
		if (inst->op == RE_OP_SPLIT || inst->op == RE_OP_JUMP)
			w->stack[depth++] = inst->a;
	}
}

/* Takes all threads over the character at pos: where that ends; no further than limit. */
static size_t step_threads(struct re_text *text, size_t pos, size_t limit)
{
	struct re_walk *w = text->walk;
	struct threads swap = w->now;
	size_t next;
	wint_t c = __re_next(text, pos, w->way, &next);

	w->next.n = 0;
	w->round++;
	for (int i = 0; i < w->now.n; i++) {
		const struct thread *t = &w->now.all[i];
		const struct re_node *node = &text->re->nodes[w->code[t->pc].a];

		if (t->start > w->best_start ||
		    (w->way == RE_FORWARD ? next > limit : next < limit))
			break;
		if (__re_takes(text, node, c))
			add_thread(text, &w->next, t->pc + 1, t->start, next);
	}
	w->now = w->next;
	w->next = swap;
	return next;
}

static void begin_walk(struct re_text *text, enum re_way way, int end)
{
	struct re_walk *w = text->walk;

	w->code = text->re->code[way];
	w->way = way;
	w->end = end;
	w->now.n = 0;
	w->best_start = w->best_end = NONE;
	w->round++;
}

/* One part of a program, from here to at most limit. */
static void walk_part(struct re_text *text, const struct re_node *node, enum re_way way,
		      size_t from, size_t limit)
{
	struct re_walk *w = text->walk;

	begin_walk(text, way, node->part[way].end);
	add_thread(text, &w->now, node->part[way].start, 0, from);
	for (size_t pos = from; w->now.n && pos != limit;)
		pos = step_threads(text, pos, limit);
}

bool __re_search(struct re_text *text, size_t *start, size_t *end)
{
	const struct re *re = text->re;
	struct re_walk *w = text->walk;
	size_t pos = text->from;

	w->use = ANY_END;
	begin_walk(text, RE_FORWARD, re->nodes[re->root].part[RE_FORWARD].end);
	add_thread(text, &w->now, 0, pos, pos);
	while (pos < text->len && (w->now.n || w->best_start == NONE)) {
		pos = step_threads(text, pos, text->len);
		if (w->best_start == NONE)
			add_thread(text, &w->now, 0, pos, pos);
	}
	*start = w->best_start;
	*end = w->best_end;
	return w->best_start != NONE;
}

bool __re_matches(struct re_text *text, const struct re_node *node, size_t from, size_t to)
{
	forget_notes(text, from, to);
	__re_note(text, to);
	return __re_last_end(text, node, from, to) >= 0;
}

void __re_note_starts(struct re_text *text, const struct re_node *node, size_t from, size_t to)
{
	forget_notes(text, from, to);
	text->walk->use = NOTE_ENDS;
	walk_part(text, node, RE_BACKWARD, to, from);
}

ssize_t __re_last_end(struct re_text *text, const struct re_node *node, size_t from, size_t to)
{
	struct re_walk *w = text->walk;

	w->use = NOTED_ENDS;
	walk_part(text, node, RE_FORWARD, from, to);
	return w->best_end == NONE ? -1 : (ssize_t)w->best_end;
}

bool __re_walk_start(struct re_text *text)
{
	const struct re *re = text->re;
	int most = re->nr_insts[RE_FORWARD] > re->nr_insts[RE_BACKWARD] ? re->nr_insts[RE_FORWARD] :
									  re->nr_insts[RE_BACKWARD];
	struct re_walk *w = calloc(1, sizeof(*w));

	text->walk = w;
	if (!w)
		return false;
	w->now.all = malloc(most * sizeof(struct thread));
	w->next.all = malloc(most * sizeof(struct thread));
	w->round_of = calloc(most, sizeof(*w->round_of));
	w->stack = malloc((2 * (size_t)most + 2) * sizeof(*w->stack));
	w->notes = malloc(text->len / 8 + 1);
	return w->now.all && w->next.all && w->round_of && w->stack && w->notes;
}

void __re_walk_end(struct re_text *text)
{
	struct re_walk *w = text->walk;

	if (w) {
		free(w->now.all);
		free(w->next.all);
		free(w->round_of);
		free(w->stack);
		free(w->notes);
	}
	free(w);
}
