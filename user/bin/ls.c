/* SPDX-License-Identifier: MIT */
/*
 * ls [-al1] [PATH...]: what is in directories, sorted.  In columns on a terminal, one a line
 * elsewhere; -l with mode, links, size and date, -a names that begin with a dot too.
 */
#include <dirent.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 80

struct list {
	char **names;
	size_t n;
};

static bool all, detailed, columns;
static int status;

static void complain(const char *path)
{
	warn("%s", path);
	status = 1;
}

static void add(struct list *l, const char *name)
{
	l->names = realloc(l->names, (l->n + 1) * sizeof(*l->names));
	if (l->names)
		l->names[l->n] = strdup(name);
	if (!l->names || !l->names[l->n++])
		err(1, "out of memory");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_mode(mode_t mode)
{
	char text[] = "-rwxrwxrwx";

	switch (mode & S_IFMT) {
	case S_IFDIR:
		text[0] = 'd';
		break;
	case S_IFLNK:
		text[0] = 'l';
		break;
	case S_IFCHR:
		text[0] = 'c';
		break;
	case S_IFIFO:
		text[0] = 'p';
		break;
	}
	for (int i = 0; i < 9; i++)
		if (!(mode & (0400 >> i)))
			text[i + 1] = '-';
	fputs(text, stdout);
}

static void print_target(const char *path)
{
	char text[4096];
	ssize_t len = readlink(path, text, sizeof(text));

	if (len >= 0)
		printf(" -> %.*s", (int)len, text);
}

static void print_long(const char *folder, const char *name)
{
	char path[4096], date[20];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s%s", folder ? folder : "", folder ? "/" : "", name);
	if (lstat(path, &st)) {
		complain(path);
		return;
	}
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M", gmtime(&st.st_mtime));
	print_mode(st.st_mode);
	printf(" %3lu %9ld %s %s", st.st_nlink, st.st_size, date, name);
	if (S_ISLNK(st.st_mode))
		print_target(path);
	putchar('\n');
}

/* Down the columns, as many as fit. */
static void print_columns(const struct list *l)
{
	size_t width = 0, across, rows;

	for (size_t i = 0; i < l->n; i++)
		width = strlen(l->names[i]) > width ? strlen(l->names[i]) : width;
	across = width + 2 < WIDTH ? WIDTH / (width + 2) : 1;
	rows = (l->n + across - 1) / across;
	for (size_t row = 0; row < rows; row++)
		for (size_t i = row; i < l->n; i += rows) {
			bool last = i + rows >= l->n;

			printf("%-*s%s", last ? 0 : (int)width + 2, l->names[i], last ? "\n" : "");
		}
}

/* Prints and forgets the names, which are below folder unless that is NULL. */
static void print(const char *folder, struct list *l)
{
	qsort(l->names, l->n, sizeof(*l->names), by_name);
	if (columns && !detailed)
		print_columns(l);
	for (size_t i = 0; i < l->n; i++) {
		if (detailed)
			print_long(folder, l->names[i]);
		else if (!columns)
			puts(l->names[i]);
		free(l->names[i]);
	}
	free(l->names);
	*l = (struct list){ 0 };
}

static void list_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct list l = { 0 };
	struct dirent *d;

	if (!dir) {
		complain(path);
		return;
	}
	while ((d = readdir(dir)))
		if (all || d->d_name[0] != '.')
			add(&l, d->d_name);
	closedir(dir);
	print(path, &l);
}

/* With -l a link itself, otherwise where it leads, if that is somewhere. */
static int look_at(const char *path, struct stat *st)
{
	return !detailed && !stat(path, st) ? 0 : lstat(path, st);
}

/* Files first, then what is in the directories, each under its name. */
static void list_paths(char **paths, int n)
{
	struct list files = { 0 }, folders = { 0 };
	struct stat st;
	bool gap;

	for (int i = 0; i < n; i++)
		if (look_at(paths[i], &st))
			complain(paths[i]);
		else
			add(S_ISDIR(st.st_mode) ? &folders : &files, paths[i]);
	qsort(folders.names, folders.n, sizeof(*folders.names), by_name);
	gap = files.n;
	print(NULL, &files);
	for (size_t i = 0; i < folders.n; i++) {
		if (n > 1)
			printf("%s%s:\n", i || gap ? "\n" : "", folders.names[i]);
		list_folder(folders.names[i]);
	}
}

int main(int argc, char **argv)
{
	int option;

	columns = isatty(STDOUT_FILENO);
	while ((option = getopt(argc, argv, "al1")) != -1) {
		switch (option) {
		case 'a':
			all = true;
			break;
		case 'l':
			detailed = true;
			break;
		case '1':
			columns = false;
			break;
		default:
			errx(2, "usage: ls [-al1] [PATH...]");
		}
	}
	if (optind == argc)
		list_folder(".");
	else
		list_paths(argv + optind, argc - optind);
	return fflush(stdout) ? 1 : status;
}
