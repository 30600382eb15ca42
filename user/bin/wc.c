/* SPDX-License-Identifier: MIT */
/* wc [-lwc] [FILE...]: counts lines, words and bytes. */
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct counts {
	unsigned long lines, words, bytes;
};

static bool show_lines, show_words, show_bytes;

static void count(const char *buf, size_t n, struct counts *c, bool *in_word)
{
	c->bytes += n;
	for (size_t i = 0; i < n; i++) {
		bool letter = !isspace((unsigned char)buf[i]);

		c->lines += buf[i] == '\n';
		c->words += letter && !*in_word;
		*in_word = letter;
	}
}

/* In columns, unless there is only one. */
static void print(const struct counts *c, const char *name)
{
	bool single = show_lines + show_words + show_bytes == 1;
	const unsigned long value[] = { c->lines, c->words, c->bytes };
	const bool shown[] = { show_lines, show_words, show_bytes };

	for (int i = 0; i < 3; i++)
		if (shown[i])
			printf(single ? "%lu" : "%8lu", value[i]);
	printf("%s%s\n", *name ? " " : "", name);
}

/* Counts and prints one file ("" is standard input) and adds it to the total. */
static int count_file(const char *name, struct counts *total)
{
	bool input = !*name || !strcmp(name, "-"), in_word = false;
	int fd = input ? STDIN_FILENO : open(name, O_RDONLY);
	struct counts c = { 0 };
	char buf[8192];
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		count(buf, (size_t)n, &c, &in_word);
	if (n < 0)
		warn("%s", input ? "standard input" : name);
	else
		print(&c, name);
	if (fd >= 0 && !input)
		close(fd);
	total->lines += c.lines;
	total->words += c.words;
	total->bytes += c.bytes;
	return n < 0;
}

int main(int argc, char **argv)
{
	struct counts total = { 0 };
	int option, status = 0;

	while ((option = getopt(argc, argv, "lwc")) != -1) {
		if (option == '?')
			errx(2, "usage: wc [-lwc] [FILE...]");
		show_lines = show_lines || option == 'l';
		show_words = show_words || option == 'w';
		show_bytes = show_bytes || option == 'c';
	}
	if (!show_lines && !show_words && !show_bytes)
		show_lines = show_words = show_bytes = true;
	if (optind == argc)
		status = count_file("", &total);
	for (int i = optind; i < argc; i++)
		status |= count_file(argv[i], &total);
	if (argc - optind > 1)
		print(&total, "total");
	return fflush(stdout) ? 1 : status;
}
