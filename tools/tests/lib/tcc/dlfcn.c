/* SPDX-License-Identifier: MIT */
/* dlsym() for what `tcc -run` has compiled: it calls the libc that tcc itself is linked to. */
#include <dlfcn.h>
#include <string.h>

struct symbol {
	const char *name;
	void *address;
};

extern const struct symbol symbols[]; /* all of libc.a: the test makes this table */

void *dlsym(void *handle, const char *name)
{
	for (const struct symbol *s = symbols; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s->address;
	return 0;
}

void *dlopen(const char *file, int flags)
{
	return 0;
}

int dlclose(void *handle)
{
	return 0;
}

const char *dlerror(void)
{
	return "there are no shared libraries";
}
