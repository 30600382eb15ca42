/* SPDX-License-Identifier: MIT */
/*
 * printf FORMAT [WORD...]: with \ escapes, %% and %s %b %c %d %i %u %o %x %X; the format is
 * used again until all words are printed.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int status;
static char **words;

static const char *next_word(void)
{
	return *words ? *words++ : "";
}

static long next_number(void)
{
	const char *word = next_word();
	char *end;
	long n = strtol(word, &end, 0);

	if (*word == '\'' || *word == '"')
		return (unsigned char)word[1];
	if (*end || (end == word && *word)) {
		warnx("%s: not a number", word);
		status = 1;
	}
	return n;
}

/* Prints the escape at p, which is past its backslash; returns what is past it. */
static const char *put_escape(const char *p)
{
	static const char letters[] = "abfnrtv\\", codes[] = "\a\b\f\n\r\t\v\\";
	const char *letter = *p ? strchr(letters, *p) : NULL;
	int code = 0, digits = 0;

	if (letter) {
		putchar(codes[letter - letters]);
		return p + 1;
	}
	for (; digits < 3 && *p >= '0' && *p <= '7'; digits++)
		code = 8 * code + *p++ - '0';
	putchar(digits ? code : '\\');
	return p;
}

static void put_escaped(const char *s)
{
	while (*s)
		if (*s == '\\')
			s = put_escape(s + 1);
		else
			putchar(*s++);
}

/* Prints one word as the specification has it, which goes from % to its letter. */
static void put_word(char *spec, char letter)
{
	char whole[40];
	int flags = (int)strlen(spec) - 1;

	snprintf(whole, sizeof(whole), "%.*s%s%c", flags, spec, strchr("diuoxX", letter) ? "l" : "",
		 letter);
	switch (letter) {
	case 's':
		printf(whole, next_word());
		break;
	case 'b':
		put_escaped(next_word());
		break;
	case 'c':
		printf(whole, next_word()[0]);
		break;
	default:
		printf(whole, next_number());
	}
}

/* The specification at p; returns what is past it. */
static const char *put_spec(const char *p)
{
	size_t len = 1 + strspn(p + 1, "-+ #0123456789.");
	char spec[32];

	if (p[len] == '%') {
		putchar('%');
		return p + len + 1;
	}
	if (len + 2 > sizeof(spec) || !p[len] || !strchr("sbcdiuoxX", p[len]))
		errx(1, "%s: no such conversion", p);
	memcpy(spec, p, len + 1);
	spec[len + 1] = '\0';
	put_word(spec, p[len]);
	return p + len + 1;
}

static void put_format(const char *p)
{
	while (*p)
		if (*p == '\\')
			p = put_escape(p + 1);
		else if (*p == '%')
			p = put_spec(p);
		else
			putchar(*p++);
}

int main(int argc, char **argv)
{
	char **before;

	if (argc < 2)
		errx(2, "usage: printf FORMAT [WORD...]");
	words = argv + 2;
	do {
		before = words;
		put_format(argv[1]);
	} while (*words && words != before);
	return fflush(stdout) ? 1 : status;
}
