/* SPDX-License-Identifier: MIT */
/* chmod MODE PATH...: MODE is octal, or + or - and some of r, w and x, for everybody. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static _Noreturn void usage(void)
{
	errx(2, "usage: chmod OCTAL | +rwx | -rwx PATH...");
}

/* The bits of octal digits or letters; a usage error if it is neither. */
static mode_t bits_of(const char *word)
{
	mode_t bits = 0;
	char *end;

	if (*word == '+' || *word == '-') {
		if (!word[1] || strspn(word + 1, "rwx") < strlen(word + 1))
			usage();
		bits = strchr(word, 'r') ? 0444 : 0;
		bits |= strchr(word, 'w') ? 0222 : 0;
		return bits | (strchr(word, 'x') ? 0111 : 0);
	}
	bits = (mode_t)strtoul(word, &end, 8);
	if (end == word || *end || bits > 07777)
		usage();
	return bits;
}

int main(int argc, char **argv)
{
	int status = 0;
	struct stat st;
	mode_t bits;

	if (argc < 3)
		usage();
	bits = bits_of(argv[1]);
	for (int i = 2; i < argc; i++) {
		mode_t mode = bits;

		if (!stat(argv[i], &st))
			mode = argv[1][0] == '+' ? st.st_mode | bits :
			       argv[1][0] == '-' ? st.st_mode & ~bits :
						   bits;
		if (!chmod(argv[i], mode & 07777))
			continue;
		warn("%s", argv[i]);
		status = 1;
	}
	return status;
}
