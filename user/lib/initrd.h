/* SPDX-License-Identifier: MIT */
/* The initrd: the ustar archive with which the machine starts, as init and fs read it. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* One member. */
struct initrd_entry {
	char name[256]; /* path, without a leading "/" or "./" */
	off_t offset;	/* of the contents, in the initrd's memory object */
	off_t size;
	unsigned int mode; /* permission bits */
	char type;	   /* ustar type flag: '0' file, '5' directory */
};

/*
 * Joins path to the directory base, which is "" or a result of this, and takes out
 * "", "." and "..": "/a//b", "/a/b" and "a/c/../b" all mean "a/b".  0, or
 * -ENAMETOOLONG and an empty path; ".." of what does not exist is not found out.
 */
int path_join(const char *base, const char *path, char *out, size_t size);

/* Steps through the members; *pos starts at 0.  1, 0 at the end, or -1 with EIO. */
int initrd_next(int initrd, off_t *pos, struct initrd_entry *e);
/* Finds a file by its path: 0, or -1 with ENOENT, ENAMETOOLONG, or EIO for a damaged archive. */
int initrd_find(int initrd, const char *path, struct initrd_entry *e);
/* A new memory object that holds the bytes of e, or -1 with errno. */
int initrd_vmo(int initrd, const struct initrd_entry *e);
