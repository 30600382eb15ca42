/* SPDX-License-Identifier: MIT */
/* From the tree to the two programs, which differ in the order of what RE_CAT joins. */
#include <stdlib.h>

#include "regex/re.h"

struct emitter {
	struct re *re;
	enum re_way way;
	int size;
	bool failed;
};

static void emit_node(struct emitter *e, int number);

/* The number of the next instruction. */
static int here(const struct emitter *e)
{
	return e->re->nr_insts[e->way];
}

static struct re_inst *inst_at(const struct emitter *e, int number)
{
	return &e->re->code[e->way][number];
}

static int emit_inst(struct emitter *e, enum re_op op, int a, int b)
{
	if (e->failed)
		return 0;
	if (here(e) == e->size) {
		int size = e->size ? 2 * e->size : 16;
		struct re_inst *code = realloc(e->re->code[e->way], size * sizeof(struct re_inst));

		if (!code) {
			e->failed = true;
			return 0;
		}
		e->re->code[e->way] = code;
		e->size = size;
	}
	*inst_at(e, here(e)) = (struct re_inst){ .op = op, .a = a, .b = b };
	return e->re->nr_insts[e->way]++;
}

/* Only back.c needs these. */
static void emit_for_back(struct emitter *e, enum re_op op, int a)
{
	if (e->re->backrefs)
		emit_inst(e, op, a, 0);
}

static void emit_group(struct emitter *e, const struct re_node *node)
{
	emit_for_back(e, RE_OP_OPEN, node->value);
	emit_node(e, node->left);
	emit_for_back(e, RE_OP_CLOSE, node->value);
}

static void emit_alternatives(struct emitter *e, const struct re_node *node)
{
	int split = emit_inst(e, RE_OP_SPLIT, here(e) + 1, 0), jump;

	emit_node(e, node->left);
	jump = emit_inst(e, RE_OP_JUMP, 0, 0);
	if (e->failed)
		return;
	inst_at(e, split)->b = here(e);
	emit_node(e, node->right);
	if (!e->failed)
		inst_at(e, jump)->a = here(e);
}

/* One round of what is repeated. */
static void emit_round(struct emitter *e, int number)
{
	emit_for_back(e, RE_OP_ROUND, number);
	emit_node(e, e->re->nodes[number].left);
	emit_for_back(e, RE_OP_AGAIN, number);
}

static void emit_star(struct emitter *e, int number)
{
	int split;

	emit_for_back(e, RE_OP_ENTER, number);
	split = emit_inst(e, RE_OP_SPLIT, here(e) + 1, 0);
	emit_round(e, number);
	emit_inst(e, RE_OP_JUMP, split, 0);
	if (!e->failed)
		inst_at(e, split)->b = here(e);
}

static void emit_plus(struct emitter *e, int number)
{
	int start;

	emit_for_back(e, RE_OP_ENTER, number);
	start = here(e);
	emit_round(e, number);
	emit_inst(e, RE_OP_SPLIT, start, here(e) + 1);
}

static void emit_optional(struct emitter *e, int number)
{
	int split = emit_inst(e, RE_OP_SPLIT, here(e) + 1, 0);

	emit_node(e, e->re->nodes[number].left);
	if (!e->failed)
		inst_at(e, split)->b = here(e);
}

/* a (b (c d)): forwards a b c d, backwards d c b a, without going deep. */
static void emit_chain(struct emitter *e, int number)
{
	const struct re_node *nodes = e->re->nodes;
	int n = 0, next = number, *chain;

	for (; nodes[next].kind == RE_CAT; next = nodes[next].right)
		n++;
	chain = malloc(n * sizeof(*chain));
	if (!chain) {
		e->failed = true;
		return;
	}
	for (int i = 0; i < n; i++, number = nodes[number].right)
		chain[i] = number;
	for (int i = 0; e->way == RE_FORWARD && i < n; i++) {
		e->re->nodes[chain[i]].part[e->way].start = here(e);
		emit_node(e, nodes[chain[i]].left);
	}
	emit_node(e, number);
	for (int i = n - 1; i >= 0; i--) {
		struct re_part *part = &e->re->nodes[chain[i]].part[e->way];

		if (e->way == RE_BACKWARD) {
			part->start = nodes[number].part[e->way].start;
			emit_node(e, nodes[chain[i]].left);
		}
		part->end = here(e);
	}
	free(chain);
}

static void emit_node(struct emitter *e, int number)
{
	struct re_node *node = &e->re->nodes[number];
	struct re_part *part = &node->part[e->way];

	if (node->kind == RE_CAT) {
		emit_chain(e, number);
		return;
	}
	part->start = here(e);
	switch (node->kind) {
	case RE_EMPTY:
	case RE_CAT:
		break;
	case RE_CHAR:
	case RE_ANY:
	case RE_SET:
		emit_inst(e, RE_OP_ONE, number, 0);
		break;
	case RE_ASSERT:
		emit_inst(e, RE_OP_ASSERT, node->value, 0);
		break;
	case RE_GROUP:
		emit_group(e, node);
		break;
	case RE_ALT:
		emit_alternatives(e, node);
		break;
	case RE_STAR:
		emit_star(e, number);
		break;
	case RE_PLUS:
		emit_plus(e, number);
		break;
	case RE_OPT:
		emit_optional(e, number);
		break;
	case RE_BACKREF:
		emit_inst(e, RE_OP_BACKREF, node->value, 0);
		break;
	}
	part->end = here(e);
}

int __re_emit(struct re *re)
{
	for (enum re_way way = RE_FORWARD; way <= RE_BACKWARD; way++) {
		struct emitter e = { .re = re, .way = way };

		emit_node(&e, re->root);
		emit_inst(&e, RE_OP_END, 0, 0);
		if (e.failed)
			return REG_ESPACE;
	}
	return 0;
}
