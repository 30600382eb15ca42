/* SPDX-License-Identifier: MIT */
/* getopt() of POSIX: short options, stops at the first operand. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *optarg;
int optind = 1, opterr = 1, optopt;

static int complain(char *const argv[], const char *options, const char *what)
{
	if (*options == ':')
		return ':';
	if (opterr)
		fprintf(stderr, "%s: %s -- '%c'\n", argv[0], what, optopt);
	return '?';
}

int getopt(int argc, char *const argv[], const char *options)
{
	static int pos = 1; /* within argv[optind] */
	const char *spec;

	if (optind >= argc || !argv[optind] || argv[optind][0] != '-' || !argv[optind][1])
		return -1;
	if (!strcmp(argv[optind], "--")) {
		optind++;
		return -1;
	}
	optopt = argv[optind][pos++];
	optarg = argv[optind] + pos;
	if (!*optarg) {
		optind++;
		pos = 1;
	}
	spec = optopt == ':' ? NULL : strchr(options, optopt);
	if (!spec) {
		complain(argv, options, "unknown option");
		return '?';
	}
	if (spec[1] != ':')
		return optopt;
	if (!*optarg && optind >= argc)
		return complain(argv, options, "option needs an argument");
	if (!*optarg)
		optarg = argv[optind];
	optind++;
	pos = 1;
	return optopt;
}
