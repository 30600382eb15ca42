/* SPDX-License-Identifier: MIT */
/* What head and tail have in common: show() for each file, under its name if there are several. */
#pragma once

#include <err.h>
#include <stdio.h>
#include <string.h>

/*
 * One file, "-": standard input; title: what stands before its name, or null for no name.  0 or 1.
 */
static inline int show_file(const char *name, const char *title, void (*show)(FILE *f))
{
	FILE *f = strcmp(name, "-") ? fopen(name, "r") : stdin;
	int failed;

	if (!f) {
		warn("%s", name);
		return 1;
	}
	if (title)
		printf("%s==> %s <==\n", title, name);
	show(f);
	failed = ferror(f) != 0;
	if (failed)
		warn("%s", name);
	if (f != stdin)
		fclose(f);
	return failed;
}

/* The n names, none: standard input.  The program's exit status. */
static inline int show_files(int n, char **names, void (*show)(FILE *f))
{
	int failed = n ? 0 : show_file("-", NULL, show);

	for (int i = 0; i < n; i++)
		failed |= show_file(names[i], n == 1 ? NULL : i ? "\n" : "", show);
	return fflush(stdout) ? 1 : failed;
}
