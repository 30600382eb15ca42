/* SPDX-License-Identifier: MIT */
/*
 * grep [-cinv] PATTERN [FILE...]: the lines that match a basic regular expression of
 * . * ^ $ [...] and backslashes.  Status 0: a line was found, 1: none, 2: an error.
 */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool count_only, ignore_case, numbered, inverted;

static int fold(char c)
{
	return ignore_case ? tolower((unsigned char)c) : (unsigned char)c;
}

/* Past the `]` of the set at p, which is past its `[`; NULL if there is none. */
static const char *set_end(const char *p)
{
	p += *p == '^';
	p += *p == ']';
	p = strchr(p, ']');
	return p ? p + 1 : NULL;
}

static bool in_set(const char *p, char c)
{
	const char *end = set_end(p) - 1;
	bool not = *p == '^', found = false;

	for (p += not ; p < end; p++) {
		const char *high = p[1] == '-' && p + 2 < end ? p + 2 : p;

		found = found || (fold(*p) <= fold(c) && fold(c) <= fold(*high));
		p = high;
	}
	return found != not ;
}

/* Past the pattern's first element, a character or what stands for one. */
static const char *skip_one(const char *p)
{
	if (*p == '\\' && p[1])
		return p + 2;
	return *p == '[' && set_end(p + 1) ? set_end(p + 1) : p + 1;
}

static bool matches_one(const char *p, char c)
{
	if (!c)
		return false;
	if (*p == '\\' && p[1])
		return fold(p[1]) == fold(c);
	if (*p == '[' && set_end(p + 1))
		return in_set(p + 1, c);
	return *p == '.' || fold(*p) == fold(c);
}

/* Whether the pattern matches at the start of s. */
static bool match_here(const char *p, const char *s)
{
	const char *next, *end;

	if (!*p)
		return true;
	if (*p == '$' && !p[1])
		return !*s;
	next = skip_one(p);
	if (*next != '*')
		return matches_one(p, *s) && match_here(next, s + 1);
	for (end = s; matches_one(p, *end); end++)
		;
	for (; end >= s; end--)
		if (match_here(next + 1, end))
			return true;
	return false;
}

static bool matches(const char *pattern, const char *line)
{
	if (*pattern == '^')
		return match_here(pattern + 1, line);
	do {
		if (match_here(pattern, line))
			return true;
	} while (*line++);
	return false;
}

/* How many lines of the file are found; name, if there is one, is put before each. */
static unsigned long search(FILE *f, const char *pattern, const char *name)
{
	unsigned long found = 0, number = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, f)) >= 0) {
		number++;
		if (len && line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (matches(pattern, line) == inverted)
			continue;
		found++;
		if (count_only)
			continue;
		printf("%s%s", name ? name : "", name ? ":" : "");
		if (numbered)
			printf("%lu:", number);
		puts(line);
	}
	free(line);
	if (count_only)
		printf("%s%s%lu\n", name ? name : "", name ? ":" : "", found);
	return found;
}

static int search_file(const char *name, const char *pattern, bool with_name)
{
	bool input = !strcmp(name, "-");
	FILE *f = input ? stdin : fopen(name, "r");
	unsigned long found;
	int failed;

	if (!f) {
		warn("%s", name);
		return 2;
	}
	if (input)
		name = "(standard input)";
	found = search(f, pattern, with_name ? name : NULL);
	failed = ferror(f);
	if (failed)
		warn("%s", name);
	if (!input)
		fclose(f);
	return failed ? 2 : !found;
}

/* An open set, and a backslash that quotes nothing, would mean nothing. */
static void check(const char *p)
{
	for (; *p; p = skip_one(p))
		if ((*p == '[' && !set_end(p + 1)) || (*p == '\\' && !p[1]))
			errx(2, "the pattern ends in an open [ or a backslash");
}

int main(int argc, char **argv)
{
	int option, status = 1, one;
	const char *pattern;

	while ((option = getopt(argc, argv, "cinv")) != -1) {
		if (option == '?')
			errx(2, "usage: grep [-cinv] PATTERN [FILE...]");
		count_only = count_only || option == 'c';
		ignore_case = ignore_case || option == 'i';
		numbered = numbered || option == 'n';
		inverted = inverted || option == 'v';
	}
	if (optind == argc)
		errx(2, "usage: grep [-cinv] PATTERN [FILE...]");
	pattern = argv[optind++];
	check(pattern);
	if (optind == argc)
		status = search_file("-", pattern, false);
	for (int i = optind; i < argc; i++) {
		one = search_file(argv[i], pattern, argc - optind > 1);
		status = one == 2 || status == 2 ? 2 : status && one;
	}
	return fflush(stdout) ? 2 : status;
}
