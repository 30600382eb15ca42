/* SPDX-License-Identifier: MIT */
/* Whose share of a match is which: see regex/re.h. */
#include "regex/re.h"

static void unset_groups(struct re_text *text, const struct re_node *node)
{
	for (int i = node->low; i < node->high; i++)
		text->groups[i] = (regmatch_t){ -1, -1 };
}

/* Where left ends and right begins. */
static size_t border(struct re_text *text, const struct re_node *node, size_t from, size_t to)
{
	const struct re_node *left = &text->re->nodes[node->left];
	const struct re_node *right = &text->re->nodes[node->right];

	if (left->width >= 0)
		return from + left->width;
	if (right->width >= 0)
		return to - right->width;
	__re_note_starts(text, right, from, to);
	return __re_last_end(text, left, from, to);
}

/*
 * The last round of a repetition that matches [from, to), which is what its groups tell. Each
 * round is as long as it can be, and none is empty unless there is but one.
 */
static size_t last_round(struct re_text *text, const struct re_node *node, size_t from, size_t to)
{
	const struct re_node *one = &text->re->nodes[node->left];

	if (from == to)
		return from;
	if (one->width > 0)
		return to - one->width;
	__re_note_starts(text, node, from, to);
	__re_note(text, to);
	for (;;) {
		size_t end = __re_last_end(text, one, from, to);

		if (end == to || end == from)
			return from;
		from = end;
	}
}

static void divide_optional(struct re_text *text, const struct re_node *node, size_t from,
			    size_t to)
{
	const struct re_node *one = &text->re->nodes[node->left];
	bool wanted = node->kind == RE_PLUS || !node->value;

	unset_groups(text, one);
	if (from < to || (wanted && __re_matches(text, one, from, to)))
		__re_divide(text, node->left, from, to);
}

void __re_divide(struct re_text *text, int number, size_t from, size_t to)
{
	const struct re_node *node = &text->re->nodes[number];
	size_t middle;

	for (; node->kind == RE_CAT && node->high; node = &text->re->nodes[node->right]) {
		middle = border(text, node, from, to);
		__re_divide(text, node->left, from, middle);
		from = middle;
	}
	if (!node->high)
		return;
	switch (node->kind) {
	case RE_GROUP:
		text->groups[node->value] = (regmatch_t){ (regoff_t)from, (regoff_t)to };
		__re_divide(text, node->left, from, to);
		break;
	case RE_ALT:
		unset_groups(text, node);
		number = node->left;
		if (!__re_matches(text, &text->re->nodes[number], from, to))
			number = node->right;
		__re_divide(text, number, from, to);
		break;
	case RE_STAR:
	case RE_PLUS:
		divide_optional(text, node, last_round(text, node, from, to), to);
		break;
	case RE_OPT:
		divide_optional(text, node, from, to);
		break;
	default:
		break;
	}
}
