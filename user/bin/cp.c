/* SPDX-License-Identifier: MIT */
/* cp [-r] FROM... TO: copies files, with -r directories and all in them. */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 1024

static bool deep;

static int complain(const char *path)
{
	warn("%s", path);
	return 1;
}

static int copy(const char *from, const char *to);

static int copy_bytes(int in, int out, const char *from, const char *to)
{
	static char buf[65536];
	ssize_t n, done, part;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		for (done = 0; done < n; done += part) {
			part = write(out, buf + done, (size_t)(n - done));
			if (part < 0)
				return complain(to);
		}
	return n < 0 ? complain(from) : 0;
}

static int copy_file(const char *from, const char *to, const struct stat *st)
{
	int in = open(from, O_RDONLY), out, status;

	if (in < 0)
		return complain(from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, st->st_mode & 0777);
	status = out < 0 ? complain(to) : copy_bytes(in, out, from, to);
	close(in);
	if (out >= 0 && close(out))
		status = complain(to);
	return status;
}

static int copy_into(const char *folder, const char *name, const char *to)
{
	char source[PATH_SIZE], target[PATH_SIZE];

	snprintf(source, sizeof(source), "%s/%s", folder, name);
	snprintf(target, sizeof(target), "%s/%s", to, name);
	return copy(source, target);
}

static int copy_folder(const char *from, const char *to)
{
	struct dirent *d;
	int status = 0;
	DIR *dir;

	if (mkdir(to, 0777) && errno != EEXIST)
		return complain(to);
	dir = opendir(from);
	if (!dir)
		return complain(from);
	while ((d = readdir(dir)))
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			status |= copy_into(from, d->d_name, to);
	closedir(dir);
	return status;
}

/* Whether both are one file: server and number are the same. */
static bool same(const struct stat *a, const char *path)
{
	struct stat b;

	return !stat(path, &b) && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* A directory must not be copied into itself: the copy would have no end. */
static bool is_inside(const char *to, const char *from)
{
	size_t len = strlen(from);

	return !strncmp(to, from, len) && to[len] == '/';
}

static int copy(const char *from, const char *to)
{
	struct stat st;

	if (strlen(from) > PATH_SIZE - 260 || strlen(to) > PATH_SIZE - 260) {
		errno = ENAMETOOLONG;
		return complain(from);
	}
	if (stat(from, &st))
		return complain(from);
	if (same(&st, to) || (S_ISDIR(st.st_mode) && is_inside(to, from))) {
		warnx("%s: cannot be copied to itself, %s", from, to);
		return 1;
	}
	if (!S_ISDIR(st.st_mode))
		return copy_file(from, to, &st);
	if (deep)
		return copy_folder(from, to);
	warnx("%s: is a directory, and there is no -r", from);
	return 1;
}

int main(int argc, char **argv)
{
	bool into, usage = false;
	int option, status = 0;
	struct stat st;
	char *to;

	while ((option = getopt(argc, argv, "rR")) != -1) {
		usage = usage || option == '?';
		deep = true;
	}
	if (usage || argc - optind < 2)
		errx(2, "usage: cp [-r] FROM... TO");
	to = argv[argc - 1];
	into = !stat(to, &st) && S_ISDIR(st.st_mode);
	if (!into && argc - optind > 2)
		errx(2, "%s: is no directory, and there are several files", to);
	for (int i = optind; i < argc - 1; i++) {
		char target[PATH_SIZE], from[PATH_SIZE];

		snprintf(from, sizeof(from), "%s", argv[i]);
		snprintf(target, sizeof(target), into ? "%s/%s" : "%s", to, basename(from));
		status |= copy(argv[i], target);
	}
	return status;
}
