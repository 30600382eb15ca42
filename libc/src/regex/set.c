/* SPDX-License-Identifier: MIT */
/* Bracket expressions: reading them, and who is in one. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "regex/re.h"

#define NAME_SIZE 32

/* What stands at one place of the list. */
struct element {
	bool is_class;
	wint_t c;
};

static int new_set(struct re *re, int *set)
{
	struct re_set *sets = realloc(re->sets, (re->nr_sets + 1) * sizeof(*sets));

	if (!sets)
		return REG_ESPACE;
	re->sets = sets;
	memset(&sets[re->nr_sets], 0, sizeof(*sets));
	*set = re->nr_sets++;
	return 0;
}

static int add_range(struct re_set *set, wint_t from, wint_t to)
{
	struct re_range *ranges;

	for (; from < 128 && from <= to; from++)
		set->bits[from / 32] |= 1u << from % 32;
	if (from > to)
		return 0;
	ranges = realloc(set->ranges, (set->nr_ranges + 1) * sizeof(*ranges));
	if (!ranges)
		return REG_ESPACE;
	set->ranges = ranges;
	ranges[set->nr_ranges++] = (struct re_range){ from, to };
	return 0;
}

static int add_class(const struct re *re, struct re_set *set, const char *name)
{
	bool letters = !strcmp(name, "upper") || !strcmp(name, "lower");
	wctype_t kind = wctype(letters && (re->flags & REG_ICASE) ? "alpha" : name);

	if (!kind)
		return REG_ECTYPE;
	for (wint_t c = 0; c < 128; c++)
		if (iswctype(c, kind))
			set->bits[c / 32] |= 1u << c % 32;
	for (int i = 0; i < set->nr_kinds; i++)
		if (set->kinds[i] == kind)
			return 0;
	if (set->nr_kinds < RE_SET_KINDS)
		set->kinds[set->nr_kinds++] = kind;
	return 0;
}

int __re_class_set(struct re *re, const char *name, bool word, bool negated, int *set)
{
	int error = new_set(re, set);

	if (!error)
		error = add_class(re, &re->sets[*set], name);
	if (!error && word)
		error = add_range(&re->sets[*set], '_', '_');
	if (!error)
		re->sets[*set].negated = re->sets[*set].newline = negated;
	return error;
}

/* [:name:], [=c=] or [.c.]; *p is past the bracket and its kind. */
static int named(const struct re *re, const char **p, char kind, struct re_set *set,
		 struct element *element)
{
	char name[NAME_SIZE];
	size_t n = 0, len;

	for (; (*p)[0] != kind || (*p)[1] != ']'; (*p)++) {
		if (!**p || n == NAME_SIZE - 1)
			return REG_EBRACK;
		name[n++] = **p;
	}
	name[n] = '\0';
	*p += 2;
	element->is_class = kind != '.';
	if (kind == ':')
		return add_class(re, set, name);
	element->c = __re_char(re, name, n, &len);
	if (len != n)
		return REG_ECOLLATE;
	return kind == '=' ? add_range(set, element->c, element->c) : 0;
}

static int element_at(const struct re *re, const char **p, struct re_set *set,
		      struct element *element)
{
	size_t len;

	*element = (struct element){ 0 };
	if (!**p)
		return REG_EBRACK;
	if ((*p)[0] == '[' && (*p)[1] && strchr(".=:", (*p)[1])) {
		*p += 2;
		return named(re, p, (*p)[-1], set, element);
	}
	element->c = __re_char(re, *p, strnlen(*p, MB_LEN_MAX), &len);
	*p += len;
	return 0;
}

/* The next of the list: a class, a character or a range. */
static int add_next(const struct re *re, const char **p, struct re_set *set, bool first)
{
	struct element from, to;
	int error;

	if ((*p)[0] == '-' && !first && (*p)[1] != ']')
		return (*p)[1] ? REG_ERANGE : REG_EBRACK;
	error = element_at(re, p, set, &from);
	if (error)
		return error;
	if ((*p)[0] != '-' || (*p)[1] == ']')
		return from.is_class ? 0 : add_range(set, from.c, from.c);
	(*p)++;
	error = element_at(re, p, set, &to);
	if (error)
		return error;
	if (from.is_class || to.is_class || from.c > to.c)
		return REG_ERANGE;
	return add_range(set, from.c, to.c);
}

int __re_parse_set(struct re *re, const char **p, int *number)
{
	int error = new_set(re, number);
	struct re_set *set;

	if (error)
		return error;
	set = &re->sets[*number];
	set->negated = **p == '^';
	if (set->negated)
		(*p)++;
	for (bool first = true; first || **p != ']'; first = false) {
		error = add_next(re, p, set, first);
		if (error)
			return error;
	}
	(*p)++;
	return 0;
}

static bool listed(const struct re *re, const struct re_set *set, wint_t c)
{
	if (c < 128)
		return set->bits[c / 32] >> c % 32 & 1;
	for (int i = 0; i < set->nr_ranges; i++)
		if (c >= set->ranges[i].from && c <= set->ranges[i].to)
			return true;
	for (int i = 0; re->utf8 && i < set->nr_kinds; i++)
		if (iswctype(c, set->kinds[i]))
			return true;
	return false;
}

bool __re_in_set(const struct re *re, const struct re_set *set, wint_t c)
{
	if (set->negated && !set->newline && c == '\n' && (re->flags & REG_NEWLINE))
		return false;
	if (listed(re, set, c))
		return !set->negated;
	if ((re->flags & REG_ICASE) &&
	    (listed(re, set, towlower(c)) || listed(re, set, towupper(c))))
		return !set->negated;
	return set->negated;
}
