/* SPDX-License-Identifier: MIT */
/*
 * The part "args" of the boot bundle: the number of arguments in decimal, the
 * arguments (which may be empty), the environment; each string with its NUL.
 */
#include <errno.h>
#include <merganser.h>
#include <stdlib.h>
#include <string.h>

#include "init.h"

/* The next n strings from *p on, which are there; *p is left past them. */
static char **take(char **p, size_t n)
{
	char **list = calloc(n + 1, sizeof(*list));

	for (size_t i = 0; list && i < n; i++) {
		list[i] = *p;
		*p += strlen(*p) + 1;
	}
	return list;
}

/* How many strings there are from p on, up to end or, if `some`, to an empty one. */
static size_t count(const char *p, const char *end, bool some)
{
	size_t n = 0;

	for (; p < end && (*p || !some); p += strlen(p) + 1)
		n++;
	return n;
}

/* The strings past the number of words, of which there are argc. */
static struct job take_strings(char *p, const char *end, size_t argc)
{
	struct job job = { 0 };

	job.argv = take(&p, argc);
	job.envp = take(&p, count(p, end, true));
	if (!job.argv || !job.envp)
		job.error = strerror(ENOMEM);
	return job;
}

struct job job_parse(char *text, size_t size)
{
	char *words, *end = text + size, *rest;
	unsigned long argc;

	if (!size || end[-1])
		return (struct job){ .error = "the last one does not end" };
	words = text + strlen(text) + 1;
	argc = strtoul(text, &rest, 10);
	if (*rest || *text < '1' || *text > '9')
		return (struct job){ .error = "no number of words" };
	if (argc > count(words, end, false))
		return (struct job){ .error = "fewer words than their number says" };
	return take_strings(words, end, argc);
}

struct job job_read(void)
{
	off_t size = mg_vmo_size(HANDLE_ARGS);
	char *text;

	if (size <= 0)
		return (struct job){ 0 };
	text = malloc((size_t)size);
	if (!text || mg_vmo_read(HANDLE_ARGS, text, (size_t)size, 0) != size)
		return (struct job){ .error = strerror(errno) };
	return job_parse(text, (size_t)size);
}
