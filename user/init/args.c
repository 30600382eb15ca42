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

/* The next n strings from *p on; *p is left past them. */
static char **take(char **p, size_t n)
{
	char **list = calloc(n + 1, sizeof(*list));

	for (size_t i = 0; list && i < n; i++) {
		list[i] = *p;
		*p += strlen(*p) + 1;
	}
	return list;
}

/* How many strings there are from p on, up to an empty one or end. */
static size_t count(const char *p, const char *end)
{
	size_t n = 0;

	for (; p < end && *p; p += strlen(p) + 1)
		n++;
	return n;
}

struct job job_read(void)
{
	off_t size = mg_vmo_size(HANDLE_ARGS);
	struct job job = { 0 };
	char *text, *p;
	size_t argc;

	if (size <= 0)
		return job;
	text = p = calloc(1, (size_t)size + 2);
	if (!text || mg_vmo_read(HANDLE_ARGS, text, (size_t)size, 0) != size) {
		job.error = strerror(errno);
		return job;
	}
	argc = strtoul(text, NULL, 10);
	p += strlen(p) + 1;
	job.argv = take(&p, argc);
	job.envp = take(&p, count(p, text + size));
	if (!argc || !job.argv || !job.envp)
		job.error = argc ? strerror(errno) : "no number of words";
	return job;
}
