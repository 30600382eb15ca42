/* SPDX-License-Identifier: MIT */
/*
 * A path, from the place that its sender is in.  What ".." means only the server knows, if
 * links may lead to where it stands: fs.  The others, which have none, are spared all dots.
 *
 *	from "tmp/a"    "../b/./c"   ─► "tmp/a/../b/./c"    for fs, as it is
 *	                "/sys//x/.." ─► "sys"
 *	from "proc/1"   "../.."      ─► ""
 */
#include <errno.h>
#include <string.h>

#include "init.h"

static bool is(const char *name, size_t len, const char *what)
{
	return len == strlen(what) && !memcmp(name, what, len);
}

static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	*(slash ? slash : path) = '\0';
}

int path_resolve(const char *base, const char *path, char *out, size_t size)
{
	bool directory = false; /* it has to be one: "/" or a dot is at its end */
	size_t len;

	strcpy(out, *path == '/' ? "" : base);
	for (; *path; path += len + (path[len] == '/')) {
		bool plain = server_for(out) != SERVER_FS, dots;

		len = strcspn(path, "/");
		dots = plain && (is(path, len, ".") || is(path, len, ".."));
		directory = dots || path[len] == '/';
		if (dots && len == 2)
			go_up(out);
		if (!len || dots)
			continue;
		if (strlen(out) + 1 + len + 2 > size)
			return -ENAMETOOLONG;
		if (*out)
			strcat(out, "/");
		strncat(out, path, len);
	}
	if (directory && *out)
		strcat(out, "/");
	return 0;
}
