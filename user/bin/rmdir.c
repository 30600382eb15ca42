/* SPDX-License-Identifier: MIT */
/* rmdir PATH...: removes empty directories. */
#include <err.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status = 0;

	if (getopt(argc, argv, "") != -1 || optind == argc)
		errx(2, "usage: rmdir PATH...");
	for (int i = optind; i < argc; i++) {
		if (!rmdir(argv[i]))
			continue;
		warn("%s", argv[i]);
		status = 1;
	}
	return status;
}
