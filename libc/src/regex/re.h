/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions, in four steps.
 *
 *	parse.c, set.c	the pattern becomes a tree
 *	emit.c		the tree becomes two programs: one reads the text forwards, one backwards
 *	walk.c		all threads of a program at once (Thompson, Pike): where the
 *			leftmost-longest match is; the time is that of text x program
 *	divide.c	who of the tree has which part of the match: each node's share is as long as
 *			what follows allows.  `left right` in [i, j): right, run backwards from j,
 *			notes where it can begin; left, run forwards, ends at the last of these.
 *	back.c		patterns with back references: every way is tried, and the longest wins
 *
 * A pattern costs memory of at most RE_MAX_NODES nodes; a text a bit for each byte.
 */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <wctype.h>

#define RE_MAX_NODES	100000
#define RE_MAX_DEPTH	256 /* of parentheses and repetitions within each other */
#define RE_MAX_COUNT	32767
#define RE_MAX_OPTIONAL 2000	    /* n - m of {m,n} */
#define RE_MAX_STACK	(4ul << 20) /* entries, of back.c */
#define RE_SET_KINDS	12
#define RE_BAD_BYTE	0x110000u /* and the byte: no character begins there */

enum re_kind {
	RE_EMPTY,
	RE_CHAR,   /* value: the character */
	RE_ANY,	   /* . */
	RE_SET,	   /* value: number of the set */
	RE_ASSERT, /* value: enum re_where */
	RE_GROUP,  /* value: its number; left */
	RE_CAT,	   /* left right */
	RE_ALT,	   /* left | right */
	RE_STAR,   /* left */
	RE_PLUS,
	RE_OPT,	    /* value 1: the last of {m,n}, which is not there to match nothing */
	RE_BACKREF, /* value: the group */
};

enum re_where {
	RE_LINE_START,
	RE_LINE_END,
	RE_TEXT_START,
	RE_TEXT_END,
	RE_WORD_START,
	RE_WORD_END,
	RE_WORD_EDGE,
	RE_NO_WORD_EDGE
};

enum re_way { RE_FORWARD, RE_BACKWARD };

/* What a program has of a node: it is entered at start, and left at end. */
struct re_part {
	int start, end;
};

struct re_node {
	enum re_kind kind;
	int value, left, right;
	int low, high; /* its groups: low <= number < high */
	int width;     /* bytes that it matches; -1: not always as many */
	struct re_part part[2];
};

enum re_op {
	RE_OP_ONE,    /* a: the node whose character comes */
	RE_OP_ASSERT, /* a: enum re_where */
	RE_OP_SPLIT,  /* on at a, and if that fails at b */
	RE_OP_JUMP,   /* on at a */
	RE_OP_OPEN,   /* a: the group; only for back.c, as the following */
	RE_OP_CLOSE,
	RE_OP_BACKREF, /* a: the group */
	RE_OP_ENTER,   /* a: the node that is repeated */
	RE_OP_ROUND,   /* a: the same; a round begins */
	RE_OP_AGAIN,   /* a: the same; a round ends, and if it is the first it may be empty */
	RE_OP_END,
};

struct re_inst {
	enum re_op op;
	int a, b;
};

struct re_range {
	wint_t from, to;
};

struct re_set {
	uint32_t bits[4];      /* below 128 */
	bool negated, newline; /* newline: \W, which takes it, also with REG_NEWLINE */
	int nr_ranges, nr_kinds;
	struct re_range *ranges;
	wctype_t kinds[RE_SET_KINDS];
};

struct re {
	int flags;
	bool utf8, backrefs;
	int root, nr_groups; /* group 0, the whole, included */
	int nr_nodes, nr_sets, nr_insts[2];
	struct re_node *nodes;
	struct re_set *sets;
	struct re_inst *code[2];
	int nr_rounds;
};

/* What one regexec() works with. */
struct re_text {
	const struct re *re;
	const char *s;
	size_t from, len;
	int flags; /* REG_NOTBOL ... */
	bool no_memory;
	regmatch_t *groups; /* nr_groups of them */
	struct re_walk *walk;
};

/* The tree of a pattern: 0, or an error of <regex.h>. */
int __re_parse(struct re *re, const char *pattern);
/* Both programs of a tree: 0 or REG_ESPACE. */
int __re_emit(struct re *re);
/* A new node: its number, or -1 for lack of memory. */
int __re_node(struct re *re, enum re_kind kind, int value, int left, int right);
/* A bracket expression; *p is past its [, and then past its ]: 0 with its set, or an error. */
int __re_parse_set(struct re *re, const char **p, int *set);
/* A set of the named class of characters, or of all others: 0, REG_ECTYPE, REG_ESPACE. */
int __re_class_set(struct re *re, const char *name, bool word, bool negated, int *set);
bool __re_in_set(const struct re *re, const struct re_set *set, wint_t c);
/* The character at s, of n bytes; *len: how many it has. Where none is, RE_BAD_BYTE + the byte. */
wint_t __re_char(const struct re *re, const char *s, size_t n, size_t *len);

/* The character that begins, or going backwards ends, at pos; *next: its other side. */
wint_t __re_next(const struct re_text *text, size_t pos, enum re_way way, size_t *next);
bool __re_takes(const struct re_text *text, const struct re_node *node, wint_t c);
bool __re_holds(const struct re_text *text, enum re_where where, size_t pos);

/* Memory for walks over a text: false if there is none; and its end. */
bool __re_walk_start(struct re_text *text);
void __re_walk_end(struct re_text *text);
/* The leftmost match, and of those the longest: its borders, or false. */
bool __re_search(struct re_text *text, size_t *start, size_t *end);
/* Whether a node matches exactly [from, to). */
bool __re_matches(struct re_text *text, const struct re_node *node, size_t from, size_t to);
/* Notes where a node may begin that ends at `to`, not before `from`. */
void __re_note_starts(struct re_text *text, const struct re_node *node, size_t from, size_t to);
/* Where a node ends last that begins at `from`, of the noted places up to `to`; or -1. */
ssize_t __re_last_end(struct re_text *text, const struct re_node *node, size_t from, size_t to);
bool __re_noted(const struct re_text *text, size_t pos);
void __re_note(struct re_text *text, size_t pos);
/* Sets the groups of a node that matches [from, to). */
void __re_divide(struct re_text *text, int node, size_t from, size_t to);
/* Match and groups of a pattern with back references: 0, REG_NOMATCH, REG_ESPACE. */
int __re_back(struct re_text *text);
