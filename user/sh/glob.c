/* SPDX-License-Identifier: MIT */
/* Patterns, and the file names that match them. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sh.h"

/* The character at p, which a backslash may quote; p is left past it. */
static unsigned char take(const char **p)
{
	if (**p == '\\' && (*p)[1])
		++*p;
	return (unsigned char)*(*p)++;
}

/* Past the `]` of the set at p, which is past its `[`; NULL if there is none. */
static const char *set_end(const char *p)
{
	p += *p == '!';
	do {
		if (!*p || *p == '/')
			return NULL;
		take(&p);
	} while (*p != ']');
	return p + 1;
}

/* Whether c is in the set at p. */
static bool in_set(const char *p, unsigned char c)
{
	const char *end = set_end(p) - 1;
	bool not = *p == '!', found = false;

	for (p += not ; p < end;) {
		unsigned char low = take(&p), high = low;

		if (*p == '-' && p + 1 < end) {
			p++;
			high = take(&p);
		}
		found = found || (low <= c && c <= high);
	}
	return found != not ;
}

bool glob_match(const char *p, const char *s)
{
	for (;;) {
		if (*p == '*') {
			while (*p == '*')
				p++;
			for (; *s; s++)
				if (glob_match(p, s))
					return true;
		} else if (*p == '[' && set_end(p + 1) && *s) {
			if (!in_set(p + 1, (unsigned char)*s++))
				return false;
			p = set_end(p + 1);
		} else if (*p == '?' && *s) {
			p++;
			s++;
		} else if (!*p || !*s) {
			return !*p && !*s;
		} else if (take(&p) != (unsigned char)*s++) {
			return false;
		}
	}
}

char *unquote(char *pattern)
{
	const char *from = pattern;
	char *to = pattern;

	while (*from)
		*to++ = (char)take(&from);
	*to = '\0';
	return pattern;
}

static bool is_special(const char *p)
{
	while (*p) {
		if (*p == '*' || *p == '?' || (*p == '[' && set_end(p + 1)))
			return true;
		take(&p);
	}
	return false;
}

struct search {
	struct word *found;
	size_t count;
};

static void found(struct search *s, const char *path)
{
	struct word *w = mem_alloc(sizeof(*w));

	w->text = mem_copy(path, strlen(path));
	w->next = s->found;
	s->found = w;
	s->count++;
}

static char *joined(const char *folder, const char *name, const char *slashes, size_t n)
{
	struct text t = { 0 };

	text_add(&t, folder);
	text_add(&t, name);
	while (n--)
		text_put(&t, *slashes);
	return text_take(&t);
}

static void search(struct search *s, const char *folder, const char *pattern);

/* Goes on in folder/name with what follows the slashes, or has found it. */
static void enter(struct search *s, const char *folder, const char *name, const char *slashes)
{
	size_t n = strspn(slashes, "/");
	char *path = joined(folder, name, slashes, n);
	struct stat st;

	if (lstat(path, &st))
		return;
	if (slashes[n])
		search(s, path, slashes + n);
	else
		found(s, path);
}

/* Looks below folder ("" is here; else it ends in a slash) for the first part of the pattern. */
static void search(struct search *s, const char *folder, const char *pattern)
{
	size_t len = strcspn(pattern, "/");
	char *part = mem_copy(pattern, len);
	struct dirent *d;
	DIR *dir;

	if (!is_special(part)) {
		enter(s, folder, unquote(part), pattern + len);
		return;
	}
	dir = opendir(*folder ? folder : ".");
	while (dir && (d = readdir(dir)))
		if ((d->d_name[0] != '.' || part[0] == '.') && glob_match(part, d->d_name))
			enter(s, folder, d->d_name, pattern + len);
	if (dir)
		closedir(dir);
}

static int by_text(const void *a, const void *b)
{
	return strcmp((*(struct word *const *)a)->text, (*(struct word *const *)b)->text);
}

bool glob_files(const char *pattern, struct word ***tail)
{
	struct search s = { 0 };
	struct word **sorted, *w;
	size_t i = 0;

	if (!is_special(pattern))
		return false;
	search(&s, "", pattern);
	sorted = mem_alloc((s.count + 1) * sizeof(*sorted));
	for (w = s.found; w; w = w->next)
		sorted[i++] = w;
	qsort(sorted, s.count, sizeof(*sorted), by_text);
	for (i = 0; i < s.count; i++) {
		sorted[i]->next = NULL;
		**tail = sorted[i];
		*tail = &sorted[i]->next;
	}
	return s.count;
}
