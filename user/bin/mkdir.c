/* SPDX-License-Identifier: MIT */
/* mkdir [-p] PATH...: makes directories, with -p those above them too. */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes what is above the path; what is there already is fine. */
static int make_above(char *path)
{
	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0777) && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return 0;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int make(char *path, bool above)
{
	if (above && (make_above(path) || is_folder(path)))
		return is_folder(path) ? 0 : -1;
	return mkdir(path, 0777);
}

int main(int argc, char **argv)
{
	bool above = false, usage = false;
	int option, status = 0;

	while ((option = getopt(argc, argv, "p")) != -1) {
		above = above || option == 'p';
		usage = usage || option == '?';
	}
	if (usage || optind == argc)
		errx(2, "usage: mkdir [-p] PATH...");
	for (int i = optind; i < argc; i++) {
		if (!make(argv[i], above))
			continue;
		warn("%s", argv[i]);
		status = 1;
	}
	return status;
}
