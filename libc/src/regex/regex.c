/* SPDX-License-Identifier: MIT */
/* Compiling, matching, freeing; the words for errors. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locale/locale.h"
#include "regex/re.h"

static void free_re(struct re *re)
{
	for (int i = 0; i < re->nr_sets; i++)
		free(re->sets[i].ranges);
	free(re->sets);
	free(re->nodes);
	free(re->code[RE_FORWARD]);
	free(re->code[RE_BACKWARD]);
	free(re);
}

int regcomp(regex_t *restrict regex, const char *restrict pattern, int flags)
{
	struct re *re = calloc(1, sizeof(*re));
	int error;

	regex->__re = NULL;
	regex->re_nsub = 0;
	if (!re)
		return REG_ESPACE;
	re->flags = flags;
	re->utf8 = __locale_is_utf8();
	error = __re_parse(re, pattern);
	if (!error)
		error = __re_emit(re);
	if (error) {
		free_re(re);
		return error;
	}
	regex->re_nsub = re->nr_groups - 1;
	regex->__re = re;
	return 0;
}

/* A pattern without back references; groups beyond 0 only if somebody asks. */
static int match_text(struct re_text *text, bool with_groups)
{
	size_t start, end;

	if (!__re_walk_start(text))
		return REG_ESPACE;
	if (!__re_search(text, &start, &end))
		return REG_NOMATCH;
	if (with_groups)
		__re_divide(text, text->re->root, start, end);
	text->groups[0] = (regmatch_t){ (regoff_t)start, (regoff_t)end };
	return 0;
}

static int exec_text(struct re_text *text, size_t n, regmatch_t *matches)
{
	int nr_groups = text->re->nr_groups, error;

	text->groups = malloc(nr_groups * sizeof(*text->groups));
	if (!text->groups)
		return REG_ESPACE;
	for (int i = 0; i < nr_groups; i++)
		text->groups[i] = (regmatch_t){ -1, -1 };
	error = text->re->backrefs ? __re_back(text) : match_text(text, n > 1);
	__re_walk_end(text);
	for (size_t i = 0; i < n && !error; i++)
		matches[i] = i < (size_t)nr_groups ? text->groups[i] : (regmatch_t){ -1, -1 };
	free(text->groups);
	return error;
}

int regexec(const regex_t *restrict regex, const char *restrict s, size_t n,
	    regmatch_t matches[restrict], int flags)
{
	struct re_text text = { .re = regex->__re, .s = s, .flags = flags };

	if (!text.re)
		return REG_BADPAT;
	if (flags & REG_STARTEND) {
		text.from = matches[0].rm_so;
		text.len = matches[0].rm_eo;
	} else {
		text.len = strlen(s);
	}
	if (text.len > INT_MAX)
		return REG_ESPACE;
	return exec_text(&text, text.re->flags & REG_NOSUB ? 0 : n, matches);
}

void regfree(regex_t *regex)
{
	if (regex->__re)
		free_re(regex->__re);
	regex->__re = NULL;
}

size_t regerror(int error, const regex_t *restrict regex, char *restrict buf, size_t size)
{
	static const char *const words[] = {
		[REG_NOERROR] = "No error",
		[REG_NOMATCH] = "No match",
		[REG_BADPAT] = "Invalid regular expression",
		[REG_ECOLLATE] = "Unknown collating element",
		[REG_ECTYPE] = "Unknown character class",
		[REG_EESCAPE] = "Backslash at the end",
		[REG_ESUBREG] = "Invalid back reference",
		[REG_EBRACK] = "Bracket [ without ]",
		[REG_EPAREN] = "Parenthesis without its other half",
		[REG_EBRACE] = "Brace { without }",
		[REG_BADBR] = "Invalid numbers in {}",
		[REG_ERANGE] = "Invalid end of a range",
		[REG_ESPACE] = "Out of memory",
		[REG_BADRPT] = "Nothing before the repetition",
	};
	bool known = error >= 0 && (size_t)error < sizeof(words) / sizeof(words[0]);

	(void)regex;
	return snprintf(buf, size, "%s", known ? words[error] : "Unknown error") + 1;
}
