/* SPDX-License-Identifier: MIT */
/* head [-n LINES | -LINES] [FILE...]: the first lines, 10 unless told otherwise. */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int show(FILE *f, const char *name, long lines)
{
	int c;

	while (lines && (c = getc(f)) != EOF) {
		putchar(c);
		lines -= c == '\n';
	}
	if (ferror(f))
		warn("%s", name);
	return ferror(f) != 0;
}

static int show_file(const char *name, long lines, const char *title)
{
	FILE *f = strcmp(name, "-") ? fopen(name, "r") : stdin;
	int status;

	if (!f) {
		warn("%s", name);
		return 1;
	}
	if (title)
		printf("%s==> %s <==\n", title, name);
	status = show(f, name, lines);
	if (f != stdin)
		fclose(f);
	return status;
}

int main(int argc, char **argv)
{
	int option, status = 0;
	long lines = 10;
	char *end = "";

	if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1]))
		lines = strtol(argv[optind++] + 1, &end, 10);
	while (!*end && (option = getopt(argc, argv, "n:")) != -1) {
		lines = option == 'n' ? strtol(optarg, &end, 10) : -1;
		if (lines < 0 || end == optarg)
			end = "?";
	}
	if (*end)
		errx(2, "usage: head [-n LINES | -LINES] [FILE...]");
	if (optind == argc)
		status = show_file("-", lines, NULL);
	for (int i = optind; i < argc; i++)
		status |= show_file(argv[i], lines,
				    argc - optind == 1 ? NULL :
				    i == optind	       ? "" :
							 "\n");
	return fflush(stdout) ? 1 : status;
}
