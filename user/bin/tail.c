/* SPDX-License-Identifier: MIT */
/* tail [-n [+]LINES] [FILE...]: the last lines, 10 unless told otherwise; +N: from line N on. */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/lib/each_file.h"

static unsigned long lines = 10;
static bool from_start;

static void show_rest(FILE *f)
{
	unsigned long line = 1;
	int c;

	while ((c = getc(f)) != EOF) {
		if (line >= lines)
			putchar(c);
		line += c == '\n';
	}
}

/* Keeps the last lines in a ring. */
static void show_last(FILE *f)
{
	struct line {
		char *text;
		size_t room;
		ssize_t len;
	} *ring = calloc(lines + 1, sizeof(*ring));
	unsigned long n = 0, first;

	if (!ring)
		err(1, "out of memory");
	for (;; n++) {
		struct line *l = &ring[n % (lines + 1)];

		l->len = getline(&l->text, &l->room, f);
		if (l->len < 0)
			break;
	}
	for (first = n > lines ? n - lines : 0; first < n; first++)
		fwrite(ring[first % (lines + 1)].text, 1, (size_t)ring[first % (lines + 1)].len,
		       stdout);
	for (n = 0; n <= lines; n++)
		free(ring[n].text);
	free(ring);
}

int main(int argc, char **argv)
{
	int option;
	char *end = "";

	if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1]))
		lines = strtoul(argv[optind++] + 1, &end, 10);
	while (!*end && (option = getopt(argc, argv, "n:")) != -1) {
		if (option == 'n') {
			from_start = *optarg == '+';
			lines = strtoul(optarg, &end, 10);
		}
		if (option == '?' || end == optarg || *optarg == '-')
			end = "?";
	}
	if (*end || lines > 1000000)
		errx(2, "usage: tail [-n [+]LINES | -LINES] [FILE...]");
	return show_files(argc - optind, argv + optind, from_start ? show_rest : show_last);
}
