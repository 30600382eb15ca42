/* SPDX-License-Identifier: MIT */
/*
 * The tree of names.  There are no hard links, so that an inode is its own entry:
 * it bears its name and stands in its directory's list.
 *
 *	"/" ──first──► "bin" ◄─next/prev─► "tmp" ◄─► …      place: 2, 3, …
 *	                 │ first
 *	                 ▼
 *	               "cat" ◄─► "ls"
 *
 * A look-up goes by a hash of (directory, name); the list serves readdir, which
 * goes on where it was by `place`, a number that only grows within a directory: what
 * comes, goes or is renamed meanwhile moves nothing else.
 *
 * Paths are as <mg/io.h> has them: absolute, no "." or ".." or "//"; others lead
 * nowhere (-ENOENT).  This part knows nothing of messages and memory objects, and is
 * tested on the host (tools/hosttest/test_fs_tree.c).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#define TREE_NAME_MAX	255
#define TREE_INODES_MAX 16384
#define TREE_PLACE	2 /* of the first entry: 0 is ".", 1 is ".." */

struct inode {
	struct inode *parent;	    /* null: the root, or removed */
	struct inode *first, *last; /* directory: its entries, as they came */
	struct inode *prev, *next;  /* in the parent's list */
	struct inode *chain;	    /* in the hash */
	char *name;
	uint64_t place;	     /* in the parent's list */
	uint64_t next_place; /* directory: of the next to come */
	ino_t ino;
	mode_t mode;
	nlink_t nlink; /* 0: removed; lives while it has users */
	unsigned int users;
	uid_t uid; /* as chown() has set them: they give nobody anything */
	gid_t gid;
	struct timespec atime, mtime, ctime;
	bool installed; /* came with the machine: names.c, may_change() */

	/* The bytes (bytes.c); all but the size are that file's own business. */
	off_t size;
	off_t archive;	   /* they lie there in the initrd; -1: not, or no more */
	int vmo;	   /* the memory object that has them; -1: none */
	off_t capacity;	   /* its size, at least the file's */
	bool complete;	   /* the object has all pages that are to come from the archive */
	bool unclean;	   /* between its end and capacity there may be more than zeros */
	off_t written;	   /* nothing but zeros lies past this */
	uint64_t last_use; /* of the object, by IO_VMO */

	struct file_locks *locks; /* locks.c; null: none */
};

extern struct inode tree_root;

/* Called with an inode that nobody can reach any more, before it is freed. */
void tree_inode_gone(struct inode *inode);

/* What a path leads to.  0, -ENOENT, -ENOTDIR, -ENAMETOOLONG. */
int tree_find(const char *path, struct inode **out);
/*
 * Makes an empty file or directory, as mode says.  As tree_find(); -EEXIST, with the
 * one that is there in *out; -EISDIR a file with "/" at its end, -ENOSPC, -ENOMEM.
 */
int tree_create(const char *path, mode_t mode, struct inode **out);
/* Removes a file.  As tree_find(); -EISDIR. */
int tree_unlink(const char *path);
/* Removes an empty directory.  As tree_find(); -EBUSY the root, -ENOTEMPTY. */
int tree_rmdir(const char *path);
/*
 * Gives a file or directory another name, in place of what had it.  As tree_find();
 * -EBUSY the root, -EINVAL below itself, -EISDIR and -ENOTDIR unequal kinds,
 * -ENOTEMPTY, -ENOMEM.
 */
int tree_rename(const char *from, const char *to);

/* The first entry of a directory whose place is at least `place`; null at the end. */
struct inode *tree_entry(const struct inode *dir, uint64_t place);

/* One user more: a removed file lives until the last has gone. */
void tree_get(struct inode *inode);
void tree_put(struct inode *inode);

/* A number for st_ino that nobody has; and the clock. */
ino_t tree_new_ino(void);
struct timespec tree_now(void);
