/* SPDX-License-Identifier: MIT */
/* hexdump [-C] [FILE...]: bytes in hexadecimal and as text; a * stands for lines that repeat. */
#include <ctype.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROW 16

static char **files; /* those still to be read */
static FILE *file;
static int status;

/* Opens the next file that can be; false when there is none. */
static bool next_file(void)
{
	if (file && file != stdin)
		fclose(file);
	for (file = NULL; !file && *files; files++) {
		file = strcmp(*files, "-") ? fopen(*files, "r") : stdin;
		if (file)
			continue;
		warn("%s", *files);
		status = 1;
	}
	return file;
}

/* The next bytes of all files together. */
static size_t fill(unsigned char *row)
{
	size_t n = 0;

	while (file && n < ROW) {
		size_t got = fread(row + n, 1, ROW - n, file);

		n += got;
		if (!got && !next_file())
			break;
	}
	return n;
}

static void print_row(unsigned long at, const unsigned char *row, size_t n)
{
	printf("%08lx ", at);
	for (size_t i = 0; i < ROW; i++) {
		if (i % 8 == 0)
			putchar(' ');
		if (i < n)
			printf("%02x ", row[i]);
		else
			fputs("   ", stdout);
	}
	fputs(" |", stdout);
	for (size_t i = 0; i < n; i++)
		putchar(isprint(row[i]) ? row[i] : '.');
	puts("|");
}

static void dump(void)
{
	unsigned char row[ROW], last[ROW];
	unsigned long at = 0;
	bool starred = false;
	size_t n;

	for (; (n = fill(row)); at += n) {
		bool again = at && n == ROW && !memcmp(row, last, ROW);

		if (!again)
			print_row(at, row, n);
		else if (!starred)
			puts("*");
		starred = again;
		memcpy(last, row, ROW);
	}
	if (at)
		printf("%08lx\n", at);
}

int main(int argc, char **argv)
{
	static char *input[] = { "-", NULL };
	int option;

	while ((option = getopt(argc, argv, "C")) != -1)
		if (option == '?')
			errx(2, "usage: hexdump [-C] [FILE...]");
	files = optind < argc ? argv + optind : input;
	if (next_file())
		dump();
	return fflush(stdout) ? 1 : status;
}
