/* SPDX-License-Identifier: MIT */
/* The parts of a path, as POSIX cuts it. */
#include <libgen.h>
#include <string.h>

static char dot[] = ".", root[] = "/";

/* Cuts the slashes off the end of path[0..len), but for a first one. */
static char *trim(char *path, size_t len)
{
	while (len > 1 && path[len - 1] == '/')
		len--;
	path[len] = '\0';
	return path;
}

char *basename(char *path)
{
	char *slash;

	if (!path || !*path)
		return dot;
	slash = strrchr(trim(path, strlen(path)), '/');
	return slash && slash[1] ? slash + 1 : path;
}

char *dirname(char *path)
{
	char *slash = path ? strrchr(trim(path, strlen(path)), '/') : NULL;

	if (!slash)
		return dot;
	return slash == path ? root : trim(path, (size_t)(slash - path));
}
