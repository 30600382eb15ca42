/* SPDX-License-Identifier: MIT */
/*
 * The part "args" of the boot bundle: the strings of argv, each with its NUL,
 * an empty string, then the environment.
 */
#include <merganser.h>
#include <stdlib.h>
#include <string.h>

#include "init.h"

/* The strings from *p on, up to an empty one or end; *p is left behind that. */
static char **strings(char **p, char *end)
{
	size_t n = 0;
	char **list;

	for (char *s = *p; s < end && *s; s += strlen(s) + 1)
		n++;
	list = calloc(n + 1, sizeof(*list));
	for (size_t i = 0; list && i < n; i++) {
		list[i] = *p;
		*p += strlen(*p) + 1;
	}
	++*p;
	return list;
}

struct job job_read(void)
{
	off_t size = mg_vmo_size(HANDLE_ARGS);
	struct job job = { 0 };
	char *text, *p;

	if (size <= 0)
		return job;
	text = p = calloc(1, (size_t)size + 2);
	if (!text || mg_vmo_read(HANDLE_ARGS, text, (size_t)size, 0) != size || !*text)
		return job;
	job.argv = strings(&p, text + size);
	job.envp = strings(&p, text + size);
	return job;
}
