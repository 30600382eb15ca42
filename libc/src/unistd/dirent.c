/* SPDX-License-Identifier: MIT */
/*
 * Directories of the initrd.  The archive lists files by their whole path, sorted; a
 * directory is whatever stands before a slash.  There is no "." and no "..".
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unistd/initrd.h"

struct __dir {
	off_t pos;
	char path[256];
	struct dirent entry; /* the last one given out */
};

DIR *opendir(const char *path)
{
	struct initrd_entry e;
	DIR *dir;

	if (mg_initrd_find(path, &e))
		return NULL;
	if (e.type != '5') {
		errno = ENOTDIR;
		return NULL;
	}
	dir = calloc(1, sizeof(*dir));
	if (dir)
		strcpy(dir->path, e.name);
	return dir;
}

/* What follows the directory's path in name, or "" if it is elsewhere. */
static const char *below(const DIR *dir, const char *name)
{
	size_t len = strlen(dir->path);

	if (strncmp(name, dir->path, len) || (len && name[len] != '/'))
		return "";
	return name + len + (len > 0);
}

struct dirent *readdir(DIR *dir)
{
	struct dirent *d = &dir->entry;
	struct initrd_entry e;

	while (mg_initrd_next(&dir->pos, &e) > 0) {
		const char *name = below(dir, e.name);
		size_t len = strcspn(name, "/");

		if (!len || (!strncmp(d->d_name, name, len) && !d->d_name[len]))
			continue; /* elsewhere, or one more file of the last directory */
		memcpy(d->d_name, name, len);
		d->d_name[len] = '\0';
		d->d_type = name[len] || e.type == '5' ? DT_DIR : DT_REG;
		d->d_ino = __initrd_ino(e.name, (size_t)(name - e.name) + len);
		return d;
	}
	return NULL;
}

void rewinddir(DIR *dir)
{
	dir->pos = 0;
	dir->entry.d_name[0] = '\0';
}

int closedir(DIR *dir)
{
	free(dir);
	return 0;
}
