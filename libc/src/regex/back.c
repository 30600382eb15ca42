/* SPDX-License-Identifier: MIT */
/*
 * Patterns with back references: what they match no finite automaton tells, so every way through
 * the program is tried, the longest wins, and of several the first.  The ways still to try, and
 * what to restore before, are a stack on the heap.
 */
#include <stdlib.h>
#include <string.h>

#include "regex/re.h"

struct choice {
	int pc;	    /* to try from here; or ~cell, which gets its value back */
	size_t pos; /* or the value */
};

/*
 * Cells: 2n and 2n + 1 are the borders of group n; then, for each node, where its round began,
 * and the one before.
 */
struct back {
	struct re_text *text;
	const struct re_node *nodes;
	size_t *cells, *best, best_end;
	int nr_cells;
	struct choice *stack;
	size_t n, size;
	bool no_memory, found;
};

static void push_choice(struct back *b, int pc, size_t pos)
{
	if (b->n == b->size) {
		size_t size = b->size ? 2 * b->size : 64;
		struct choice *stack =
			size > RE_MAX_STACK ? NULL : realloc(b->stack, size * sizeof(*stack));

		if (!stack) {
			b->no_memory = true;
			return;
		}
		b->stack = stack;
		b->size = size;
	}
	b->stack[b->n++] = (struct choice){ pc, pos };
}

static void set_cell(struct back *b, int cell, size_t value)
{
	push_choice(b, ~cell, b->cells[cell]);
	b->cells[cell] = value;
}

static int round_cell(const struct back *b, int node)
{
	return 2 * (b->text->re->nr_groups + node);
}

/* A new round: what the groups in it had in the last one does not count. */
static void begin_round(struct back *b, int node, size_t pos)
{
	for (int i = 2 * b->nodes[node].low; i < 2 * b->nodes[node].high; i++)
		set_cell(b, i, SIZE_MAX);
	set_cell(b, round_cell(b, node) + 1, b->cells[round_cell(b, node)]);
	set_cell(b, round_cell(b, node), pos);
}

/* After a round: an empty one is the only one. */
static int end_round(struct back *b, int pc, int node, size_t pos)
{
	const size_t *cells = &b->cells[round_cell(b, node)];

	if (cells[0] != pos)
		return pc + 1;
	return cells[1] == SIZE_MAX ? pc + 2 : -1; /* past the jump or split */
}

/* What group n has matched, once more at *pos. */
static bool repeats(struct back *b, int n, size_t *pos)
{
	const struct re_text *text = b->text;
	size_t at = b->cells[2 * n], end = b->cells[2 * n + 1];

	if (at == SIZE_MAX || end == SIZE_MAX)
		return false;
	while (at < end) {
		struct re_node node = { .kind = RE_CHAR };

		if (*pos == text->len)
			return false;
		node.value = (int)__re_next(text, at, RE_FORWARD, &at);
		if (!__re_takes(text, &node, __re_next(text, *pos, RE_FORWARD, pos)))
			return false;
	}
	return true;
}

static void note_match(struct back *b, size_t pos)
{
	if (b->found && pos <= b->best_end)
		return;
	b->found = true;
	b->best_end = pos;
	memcpy(b->best, b->cells, 2 * b->text->re->nr_groups * sizeof(*b->best));
}

/* One instruction: the next, or -1 where this way ends. */
static int follow_inst(struct back *b, int pc, size_t *pos)
{
	const struct re_text *text = b->text;
	const struct re_inst *inst = &text->re->code[RE_FORWARD][pc];

	switch (inst->op) {
	case RE_OP_ONE:
		if (*pos == text->len)
			return -1;
		if (!__re_takes(text, &b->nodes[inst->a], __re_next(text, *pos, RE_FORWARD, pos)))
			return -1;
		break;
	case RE_OP_ASSERT:
		return __re_holds(text, inst->a, *pos) ? pc + 1 : -1;
	case RE_OP_SPLIT:
		push_choice(b, inst->b, *pos);
		return inst->a;
	case RE_OP_JUMP:
		return inst->a;
	case RE_OP_OPEN:
		set_cell(b, 2 * inst->a, *pos);
		break;
	case RE_OP_CLOSE:
		set_cell(b, 2 * inst->a + 1, *pos);
		break;
	case RE_OP_BACKREF:
		return repeats(b, inst->a, pos) ? pc + 1 : -1;
	case RE_OP_ENTER:
		set_cell(b, round_cell(b, inst->a), SIZE_MAX);
		break;
	case RE_OP_ROUND:
		begin_round(b, inst->a, *pos);
		break;
	case RE_OP_AGAIN:
		return end_round(b, pc, inst->a, *pos);
	case RE_OP_END:
		note_match(b, *pos);
		return -1;
	}
	return pc + 1;
}

static void try_all(struct back *b, size_t start)
{
	for (int i = 0; i < b->nr_cells; i++)
		b->cells[i] = SIZE_MAX;
	b->n = 0;
	push_choice(b, 0, start);
	while (b->n && !b->no_memory && !(b->found && b->best_end == b->text->len)) {
		struct choice c = b->stack[--b->n];

		if (c.pc < 0)
			b->cells[~c.pc] = c.pos;
		while (c.pc >= 0)
			c.pc = follow_inst(b, c.pc, &c.pos);
	}
}

static void take_groups(struct back *b, size_t start)
{
	regmatch_t *groups = b->text->groups;

	groups[0] = (regmatch_t){ (regoff_t)start, (regoff_t)b->best_end };
	for (int i = 1; i < b->text->re->nr_groups; i++)
		if (b->best[2 * i] != SIZE_MAX && b->best[2 * i + 1] != SIZE_MAX)
			groups[i] = (regmatch_t){ (regoff_t)b->best[2 * i],
						  (regoff_t)b->best[2 * i + 1] };
}

int __re_back(struct re_text *text)
{
	const struct re *re = text->re;
	struct back b = { .text = text, .nodes = re->nodes };
	size_t pos = text->from;

	b.nr_cells = 2 * (re->nr_groups + re->nr_nodes);
	b.cells = malloc(b.nr_cells * sizeof(*b.cells));
	b.best = malloc(b.nr_cells * sizeof(*b.best));
	b.no_memory = !b.cells || !b.best;
	while (!b.no_memory) {
		try_all(&b, pos);
		if (b.found || pos == text->len)
			break;
		__re_next(text, pos, RE_FORWARD, &pos);
	}
	if (b.found && !b.no_memory)
		take_groups(&b, pos);
	free(b.cells);
	free(b.best);
	free(b.stack);
	if (b.no_memory)
		return REG_ESPACE;
	return b.found ? 0 : REG_NOMATCH;
}
