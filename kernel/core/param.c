/* SPDX-License-Identifier: MIT */
/* Boot parameters, read straight from the command line each time: they are few. */
#include "kernel/core/param.h"
#include "kernel/lib/string.h"
#include "kernel/x86/bootinfo.h"

/* The value of name within the command line, or NULL; the last mention wins. */
static const char *find_value(const char *name)
{
	size_t len = strlen(name);
	const char *found = NULL;

	for (const char *word = boot_info.cmdline; *word;) {
		if (strncmp(word, name, len) == 0 && word[len] == '=')
			found = word + len + 1;
		while (*word && *word != ' ')
			word++;
		while (*word == ' ')
			word++;
	}
	return found;
}

bool param_get(const char *name, char *buf, size_t size)
{
	const char *value = find_value(name);
	size_t n = 0;

	if (!value)
		return false;
	for (; n + 1 < size && value[n] && value[n] != ' '; n++)
		buf[n] = value[n];
	buf[n] = '\0';
	return true;
}

bool param_is(const char *name, const char *value)
{
	char buf[16];

	return param_get(name, buf, sizeof(buf)) && strcmp(buf, value) == 0;
}
