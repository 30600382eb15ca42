/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions of libc against the host's, on generated patterns and texts: whether they
 * are patterns at all, whether they match, and where.  Where a group matches is compared as far as
 * the host follows POSIX, which is where no group stands within a repetition or twice; the rest is
 * a table.  REGEX_CASES: how many.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "tools/hosttest/hosttest.h"

#define _REGEX_H 1 /* the host's own header stays out */
#include "libc/include/regex.h"

#define RENAME(name) extern __typeof__(name) name __asm__("mg_" #name);
RENAME(regcomp)
RENAME(regexec)
RENAME(regerror)
RENAME(regfree)

bool __locale_is_utf8(void);

static bool utf8;

bool __locale_is_utf8(void)
{
	return utf8;
}

#include "libc/src/regex/back.c"
#include "libc/src/regex/divide.c"
#include "libc/src/regex/emit.c"
#include "libc/src/regex/parse.c"
#include "libc/src/regex/regex.c"
#include "libc/src/regex/set.c"
#include "libc/src/regex/walk.c"

#define NR_GROUPS 10

static u64 nr_cases(void)
{
	const char *text = getenv("REGEX_CASES");

	return text ? strtoull(text, NULL, 0) : 2000;
}

/* ---- the host's ---- */

/* Its regex_t, of which only the size is known here. */
struct host_regex {
	char bytes[64];
};

static int (*host_regcomp)(struct host_regex *, const char *, int);
static int (*host_regexec)(const struct host_regex *, const char *, size_t, regmatch_t *, int);
static void (*host_regfree)(struct host_regex *);

static void find_host(void)
{
	host_regcomp = (__typeof__(host_regcomp))dlsym(RTLD_DEFAULT, "regcomp");
	host_regexec = (__typeof__(host_regexec))dlsym(RTLD_DEFAULT, "regexec");
	host_regfree = (__typeof__(host_regfree))dlsym(RTLD_DEFAULT, "regfree");
	CHECK(host_regcomp && host_regexec && host_regfree);
}

/* ---- patterns ---- */

struct made {
	char text[200];
	size_t n;
	bool extended;
	int depth;
	int groups;
	bool branches;
	bool loose; /* a group whose share the host may tell otherwise */
};

static void put(struct made *m, const char *text)
{
	size_t len = strlen(text);

	if (m->n + len >= sizeof(m->text))
		return;
	memcpy(m->text + m->n, text, len + 1);
	m->n += len;
}

/* What extended patterns write without a \. */
static void put_operator(struct made *m, const char *text)
{
	if (!m->extended)
		put(m, "\\");
	put(m, text);
}

static const char *one_of(const char *const *list, size_t n)
{
	return list[rnd_below(n)];
}
#define ONE_OF(...) \
	one_of((const char *const[]){ __VA_ARGS__ }, \
	       sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void make_alternatives(struct made *m);

static void make_atom(struct made *m)
{
	u64 kind = rnd_below(20);

	if (kind < 10) {
		put(m, ONE_OF("a", "b", "c", "A", "_"));
	} else if (kind < 12) {
		put(m, ".");
	} else if (kind < 14) {
		put(m, ONE_OF("[ab]", "[^a]", "[a-c]", "[[:alpha:]]", "[[:upper:]b]", "[]a]",
			      "[b-]", "[[:digit:]_]", "[^[:space:]]", "[[.a.]-b]", "[[=c=]]"));
	} else if (kind < 18 && m->depth < 3) {
		m->depth++;
		m->groups++;
		put_operator(m, "(");
		make_alternatives(m);
		put_operator(m, ")");
		m->depth--;
	} else {
		put(m, ONE_OF("\\w", "\\W", "\\n", "\\."));
	}
}

static void make_piece(struct made *m)
{
	int groups = m->groups;

	make_atom(m);
	while (!rnd_below(3)) {
		switch (rnd_below(5)) {
		case 0:
		case 1:
			put(m, "*");
			break;
		case 2:
			put_operator(m, "+");
			break;
		case 3:
			put_operator(m, "?");
			break;
		default:
			put_operator(m, "{");
			put(m, ONE_OF("1", "2", "0,1", "1,2", "2,3", "1,", "0,", ",2"));
			put_operator(m, "}");
		}
		if (m->groups > groups)
			m->loose = true;
		if (rnd_below(8))
			break;
	}
}

static void make_alternatives(struct made *m)
{
	do {
		if (!m->depth && !rnd_below(4)) /* the host goes wrong with anchors in loops */
			put(m, ONE_OF("^", "\\<", "\\b"));
		for (u64 n = 1 + rnd_below(3); n; n--)
			make_piece(m);
		if (!m->depth && !rnd_below(4))
			put(m, ONE_OF("$", "\\>"));
		if (rnd_below(4))
			break;
		m->branches = true;
		put_operator(m, "|");
	} while (true);
}

/* Text of the same characters, which are few. */
static void make_text(char *text)
{
	u64 n = rnd_below(10);

	for (u64 i = 0; i < n; i++)
		text[i] = "aaabbccA_ \n."[rnd_below(12)];
	text[n] = '\0';
}

static void compare(const struct made *m, const regex_t *mine, const struct host_regex *theirs,
		    int cflags)
{
	regmatch_t seen[NR_GROUPS], right[NR_GROUPS];
	int eflags = (int)rnd_below(4), got, want;
	/* The host's time is without bounds where it looks for groups in loops. */
	size_t most = m->loose || m->branches ? 1 : NR_GROUPS, n = cflags & REG_NOSUB ? 0 : most;
	char text[16];

	make_text(text);
	got = regexec(mine, text, n, seen, eflags);
	want = host_regexec(theirs, text, n, right, eflags);
	if (got != want)
		test_failed(__FILE__, __LINE__, "\"%s\" (%d) on \"%s\" (%d): expected %d, seen %d",
			    m->text, cflags, text, eflags, want, got);
	for (size_t i = 0; i < n && !got; i++)
		if (seen[i].rm_so != right[i].rm_so || seen[i].rm_eo != right[i].rm_eo)
			test_failed(__FILE__, __LINE__,
				    "\"%s\" (%d) on \"%s\" (%d), %zu: expected %d-%d, seen %d-%d",
				    m->text, cflags, text, eflags, i, right[i].rm_so,
				    right[i].rm_eo, seen[i].rm_so, seen[i].rm_eo);
}

/* Of several faults of one bracket expression each side may name another one. */
static bool in_bracket(int error)
{
	return error == REG_EBRACK || error == REG_ECTYPE || error == REG_ECOLLATE ||
	       error == REG_ERANGE;
}

static void check_pattern(const struct made *m, int cflags, int nr_texts)
{
	struct host_regex theirs;
	regex_t mine;
	int got = regcomp(&mine, m->text, cflags), want = host_regcomp(&theirs, m->text, cflags);

	if (want == REG_BADPAT) /* POSIX has a better word for it */
		want = REG_EBRACK;
	if (got != want && !(in_bracket(got) && in_bracket(want)))
		test_failed(__FILE__, __LINE__, "\"%s\" (%d): expected error %d, seen %d", m->text,
			    cflags, want, got);
	if (got)
		return;
	for (int i = 0; i < nr_texts; i++)
		compare(m, &mine, &theirs, cflags);
	regfree(&mine);
	host_regfree(&theirs);
}

TEST(regex)
{
	find_host();
	for (u64 i = nr_cases(); i; i--) {
		struct made m = { .extended = rnd_below(2) };
		int cflags = m.extended ? REG_EXTENDED : 0;

		if (!rnd_below(4))
			cflags |= REG_ICASE;
		if (!rnd_below(4))
			cflags |= REG_NEWLINE;
		if (!rnd_below(10))
			cflags |= REG_NOSUB;
		make_alternatives(&m);
		check_pattern(&m, cflags, 10);
	}
}

/* Patterns of any bytes: the same are refused, for the same reason. */
TEST(regex_errors)
{
	static const char *const parts[] = {
		"\\(", "\\)", "(",	")",   "{",	"}",	 "\\{", "\\}",	  "[",	 "]",
		"^",   "$",   "*",	"+",   "?",	"|",	 "\\|", "a",	  "b",	 "-",
		"1",   "2",   ",",	"\\1", "\\2",	"\\",	 "[:",	"alpha:", ":]",	 "[a-c]",
		".",   "[.",  "[[.a.]", "[=",  "[^]a]", "[b-a]", "a{1", "a\\{2,", "{3}", "[a-",
	};
	find_host();
	for (u64 i = nr_cases(); i; i--) {
		struct made m = { .loose = true };
		int cflags = rnd_below(2) ? REG_EXTENDED : 0;

		for (u64 n = 1 + rnd_below(6); n; n--)
			put(&m, parts[rnd_below(sizeof(parts) / sizeof(parts[0]))]);
		check_pattern(&m, cflags, 0);
	}
}

/* What POSIX says of groups, where hosts differ; and of characters of several bytes. */
static const struct known {
	const char *pattern, *text;
	int flags;
	const char *groups; /* start-end of each, or "no" */
} known[] = {
	{ "(a|ab)(c|bcd)(d*)", "abcd", REG_EXTENDED, "0-4 0-2 2-3 3-4" },
	{ "(a|ab)(bcd|c)(d|.*)", "abcd", REG_EXTENDED, "0-4 0-2 2-3 3-4" },
	{ "(a+|b)*", "ab", REG_EXTENDED, "0-2 1-2" },
	{ "(a+|b){0,}", "ab", REG_EXTENDED, "0-2 1-2" },
	{ "((a)|(b))*", "ab", REG_EXTENDED, "0-2 1-2 none 1-2" },
	{ "(a*)*", "b", REG_EXTENDED, "0-0 0-0" },
	{ "(a*)+", "b", REG_EXTENDED, "0-0 0-0" },
	{ "(a*)*", "aa", REG_EXTENDED, "0-2 0-2" },
	{ "(ab|a)(bc|c)?", "abc", REG_EXTENDED, "0-3 0-2 2-3" },
	{ "(xyx|x)*(yxz)?", "xyxyxz", REG_EXTENDED, "0-6 0-3 3-6" },
	{ "x*", "axx", REG_EXTENDED, "0-0" },
	{ "(Ab|cD)*", "aBcD", REG_EXTENDED | REG_ICASE, "0-4 2-4" },
	{ "\\(a*\\)*\\(x\\)\\1", "aaxaa", 0, "0-5 0-2 2-3" },
	{ "\\(.*\\)\\1", "abab", 0, "0-4 0-2" },
	{ "\\(a\\)*b\\1", "ab", 0, "no" },
	{ "^\\(.\\)\\(.\\).\\2\\1$", "abcba", 0, "0-5 0-1 1-2" },
	{ "a\\{2\\}\\(b\\{1,2\\}\\)", "aabbb", 0, "0-4 2-4" },
	{ "^*a", "*a", 0, "0-2" },
	{ "a^b$c", "a^b$c", 0, "0-5" },
	{ "^b$", "a\nb\nc", REG_NEWLINE, "2-3" },
	{ "^b$", "a\nb\nc", 0, "no" },
	{ "a.c", "a\nc", REG_NEWLINE, "no" },
	{ "(.)(.)", "\u00e9\u20ac", REG_EXTENDED, "0-5 0-2 2-5" },
	{ "[\u00e0-\u00ef]+(x?)", "a\u00e9\u00e8", REG_EXTENDED, "1-5 5-5" },
	{ "\u00c9*", "\u00e9\u00e9", REG_EXTENDED | REG_ICASE, "0-4" },
	{ "[^a]",
	  "\xff"
	  "a",
	  REG_EXTENDED, "no" },
	{ "(a*)(ab)*(b*)", "abb", REG_EXTENDED, "0-3 0-1 none 1-3" },
	{ "((a*)(b|abc))(c*)", "abc", REG_EXTENDED, "0-3 0-3 0-0 0-3 3-3" },
};

static void describe(char *buf, int n, const regmatch_t *groups)
{
	*buf = '\0';
	for (int i = 0; i < n; i++) {
		buf += sprintf(buf, i ? " " : "");
		if (groups[i].rm_so < 0)
			buf += sprintf(buf, "none");
		else
			buf += sprintf(buf, "%d-%d", groups[i].rm_so, groups[i].rm_eo);
	}
}

TEST(regex_groups)
{
	CHECK(setlocale(LC_CTYPE, "C.UTF-8")); /* towlower() is the host's here */
	utf8 = true;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct known *k = &known[i];
		regmatch_t groups[NR_GROUPS];
		char seen[200] = "no";
		regex_t regex;

		CHECK_EQ(regcomp(&regex, k->pattern, k->flags), 0);
		if (!regexec(&regex, k->text, NR_GROUPS, groups, 0))
			describe(seen, (int)regex.re_nsub + 1, groups);
		regfree(&regex);
		if (strcmp(seen, k->groups))
			test_failed(__FILE__, __LINE__, "\"%s\" on \"%s\": expected %s, seen %s",
				    k->pattern, k->text, k->groups, seen);
	}
}

/* Time and memory have bounds: 100,000 bytes, repetitions in repetitions. */
TEST(regex_bounds)
{
	static char text[100001];
	regmatch_t groups[2];
	regex_t regex;

	memset(text, 'a', sizeof(text) - 1);
	CHECK_EQ(regcomp(&regex, "((a*)*)*b|(a?){30}a{30}c", REG_EXTENDED), 0);
	CHECK_EQ(regexec(&regex, text, 2, groups, 0), REG_NOMATCH);
	regfree(&regex);
	CHECK_EQ(regcomp(&regex, "(a|aa|aaa)*", REG_EXTENDED), 0);
	CHECK_EQ(regexec(&regex, text, 2, groups, 0), 0);
	CHECK_EQ(groups[0].rm_eo, 100000);
	CHECK_EQ(groups[1].rm_eo, 100000);
	regfree(&regex);
	CHECK_EQ(regcomp(&regex, "((a{1,200}){1,200}){1,200}", REG_EXTENDED), REG_ESPACE);
}
