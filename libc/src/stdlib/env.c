/* SPDX-License-Identifier: MIT */
/* The environment: an array of "name=value", at first the one that exec left on the stack. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **copied; /* environ once it lives in the heap */

/* The slot of name, or the slot of the closing NULL. */
static char **find(const char *name, size_t len)
{
	char **p = environ;

	for (; *p; p++)
		if (!strncmp(*p, name, len) && (*p)[len] == '=')
			break;
	return p;
}

static int bad_name(const char *name)
{
	if (name && *name && !strchr(name, '='))
		return 0;
	errno = EINVAL;
	return 1;
}

char *getenv(const char *name)
{
	size_t len = strlen(name);
	char **p = find(name, len);

	return *p ? *p + len + 1 : NULL;
}

/* Makes room for one more entry in an array that may be changed. */
static int grow(void)
{
	size_t n = 0;
	char **longer;

	while (environ[n])
		n++;
	longer = realloc(copied, (n + 2) * sizeof(*longer));
	if (!longer)
		return -1;
	if (environ != copied)
		memcpy(longer, environ, (n + 1) * sizeof(*longer));
	longer[n + 1] = NULL;
	environ = copied = longer;
	return 0;
}

int setenv(const char *name, const char *value, int overwrite)
{
	char *entry;
	char **p;

	if (bad_name(name))
		return -1;
	if (!overwrite && getenv(name))
		return 0;
	if (asprintf(&entry, "%s=%s", name, value) < 0)
		return -1;
	if (!*find(name, strlen(name)) && grow()) {
		free(entry);
		return -1;
	}
	/* The old entry is left alone: the program may hold what getenv() gave it. */
	p = find(name, strlen(name));
	*p = entry;
	return 0;
}

int unsetenv(const char *name)
{
	char **p;

	if (bad_name(name))
		return -1;
	for (p = find(name, strlen(name)); *p; p++)
		p[0] = p[1];
	return 0;
}

/* The string itself becomes the entry. */
int putenv(char *entry)
{
	size_t len = strcspn(entry, "=");

	if (!entry[len])
		return unsetenv(entry);
	if (!*find(entry, len) && grow())
		return -1;
	*find(entry, len) = entry;
	return 0;
}

int clearenv(void)
{
	static char *nothing[] = { NULL };

	free(copied);
	copied = NULL;
	environ = nothing;
	return 0;
}
