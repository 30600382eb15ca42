/* SPDX-License-Identifier: MIT */
/* rm [-rf] PATH...: -r directories with all in them too, -f says nothing of what is not there. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 1024

static bool deep, force;

static int complain(const char *path)
{
	if (force && errno == ENOENT)
		return 0;
	warn("%s", path);
	return 1;
}

static int remove_path(const char *path);

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Empties a directory; begins anew after each removal, since that moves the entries. */
static int remove_inside(const char *path)
{
	char below[PATH_SIZE];
	struct dirent *d;
	int status = 0;
	DIR *dir = opendir(path);

	if (!dir)
		return complain(path);
	while (!status && (d = readdir(dir))) {
		if (is_dots(d->d_name))
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, d->d_name) >= PATH_SIZE) {
			errno = ENAMETOOLONG;
			status = complain(path);
			continue;
		}
		status = remove_path(below);
		rewinddir(dir);
	}
	closedir(dir);
	return status;
}

static int remove_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return complain(path);
	if (!S_ISDIR(st.st_mode))
		return unlink(path) ? complain(path) : 0;
	if (!deep) {
		errno = EISDIR;
		return complain(path);
	}
	return remove_inside(path) || (rmdir(path) && complain(path));
}

int main(int argc, char **argv)
{
	bool usage = false;
	int option, status = 0;

	while ((option = getopt(argc, argv, "rRf")) != -1) {
		usage = usage || option == '?';
		force = force || option == 'f';
		deep = deep || option != 'f';
	}
	if (usage || (optind == argc && !force))
		errx(2, "usage: rm [-rf] PATH...");
	for (int i = optind; i < argc; i++) {
		const char *slash = strrchr(argv[i], '/');

		if (!is_dots(slash ? slash + 1 : argv[i])) {
			status |= remove_path(argv[i]);
			continue;
		}
		warnx("%s: will not be removed", argv[i]);
		status = 1;
	}
	return status;
}
