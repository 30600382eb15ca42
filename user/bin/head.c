/* SPDX-License-Identifier: MIT */
/* head [-n LINES | -LINES] [FILE...]: the first lines, 10 unless told otherwise. */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/lib/each_file.h"

static long lines = 10;

static void show(FILE *f)
{
	long left = lines;
	int c;

	while (left && (c = getc(f)) != EOF) {
		putchar(c);
		left -= c == '\n';
	}
}

int main(int argc, char **argv)
{
	int option;
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
	return show_files(argc - optind, argv + optind, show);
}
