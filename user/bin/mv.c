/* SPDX-License-Identifier: MIT */
/* mv FROM... TO: gives files and directories another name or place in the same file system. */
#include <err.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char from[1024], target[1024], *to = argv[argc - 1];
	struct stat st;
	bool into;
	int status = 0;

	if (getopt(argc, argv, "") != -1 || argc - optind < 2)
		errx(2, "usage: mv FROM... TO");
	into = !stat(to, &st) && S_ISDIR(st.st_mode);
	if (!into && argc - optind > 2)
		errx(2, "%s: is no directory, and there are several files", to);
	for (int i = optind; i < argc - 1; i++) {
		snprintf(from, sizeof(from), "%s", argv[i]);
		snprintf(target, sizeof(target), into ? "%s/%s" : "%s", to, basename(from));
		if (!rename(argv[i], target))
			continue;
		warn("%s to %s", argv[i], target);
		status = 1;
	}
	return status;
}
