/* SPDX-License-Identifier: MIT */
/* ln [-sf] FROM... TO: one more name of files; -s a link that says FROM, -f in place of TO. */
#include <err.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool symbolic, force;

static int make(const char *from, const char *to)
{
	if (force)
		unlink(to);
	return symbolic ? symlink(from, to) : link(from, to);
}

int main(int argc, char **argv)
{
	char from[1024], target[1024], *to = argv[argc - 1];
	struct stat st;
	int option, status = 0;
	bool into;

	while ((option = getopt(argc, argv, "sf")) != -1) {
		symbolic = symbolic || option == 's';
		force = force || option == 'f';
		if (option == '?')
			errx(2, "usage: ln [-sf] FROM... TO");
	}
	if (argc - optind < 2)
		errx(2, "usage: ln [-sf] FROM... TO");
	into = !stat(to, &st) && S_ISDIR(st.st_mode);
	if (!into && argc - optind > 2)
		errx(2, "%s: is no directory, and there are several files", to);
	for (int i = optind; i < argc - 1; i++) {
		snprintf(from, sizeof(from), "%s", argv[i]);
		snprintf(target, sizeof(target), into ? "%s/%s" : "%s", to, basename(from));
		if (!make(argv[i], target))
			continue;
		warn("%s to %s", argv[i], target);
		status = 1;
	}
	return status;
}
