/* SPDX-License-Identifier: MIT */
/*
 * The tree of names.  An entry is a name in a directory; what it names is an inode, which may have
 * several (hard links).  A directory has one, so the way back from it is one too.
 *
 *	"/" ──first──► "bin" ◄─next/prev─► "tmp" ◄─► …      place: 2, 3, …
 *	                 │ inode ──first──► "cat" ◄─► "ls"
 *	                 │                    │         │ inode
 *	                 ▲ parent             ▼ inode   ▼
 *
 * A look-up goes by a hash of (directory, name); the list serves readdir, which
 * goes on where it was by `place`, a number that only grows within a directory: what
 * comes, goes or is renamed meanwhile moves nothing else.
 *
 * A path is absolute, and is walked name by name, as POSIX has it: ".." leads to the directory
 * in which this one is, whatever the path said, and a symbolic link is followed in the middle,
 * and at the end by those that follow.  At most TREE_LINKS_MAX are, else -ELOOP.  A directory
 * that belongs to another server (inode.mounted) is not entered: -EREMOTE, and tree_realpath()
 * says where the path goes on.
 *
 * This part knows nothing of messages and memory objects, and is tested on the host
 * (tools/hosttest/test_fs_tree.c).
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#define TREE_NAME_MAX	255
#define TREE_INODES_MAX 16384	    /* and as many names */
#define TREE_TEXT_MAX	(4ul << 20) /* bytes of all symbolic links together */
#define TREE_LINKS_MAX	40
#define TREE_NLINK_MAX	1000
#define TREE_PLACE	2 /* of the first entry: 0 is ".", 1 is ".." */

struct entry {
	struct inode *dir, *inode;
	struct entry *prev, *next; /* in the directory's list */
	struct entry *chain;	   /* in the hash */
	char *name;
	uint64_t place; /* in the directory's list */
};

struct inode {
	struct entry *first, *last; /* directory: its entries, as they came */
	struct entry *parent;	    /* directory: its own name; null: the root, or removed */
	uint64_t next_place;	    /* directory: of the next to come */
	char *text;		    /* symbolic link: where it leads */
	ino_t ino;
	mode_t mode;
	nlink_t nlink; /* 0: removed; lives while it has users */
	unsigned int users;
	uid_t uid; /* as chown() has set them: they give nobody anything */
	gid_t gid;
	struct timespec atime, mtime, ctime;
	bool installed;	     /* came with the machine: names.c, may_change() */
	bool mounted;	     /* directory: what is in it another server has */
	unsigned int lacked; /* symbolic link: authorities that who made it had not */

	/* The bytes (bytes.c); all but the size are that file's own business. */
	off_t size;
	off_t archive;	   /* they lie there in the initrd; -1: not, or no more */
	int vmo;	   /* the memory object that has them; -1: none */
	bool complete;	   /* the object has all pages that are to come from the archive */
	bool given;	   /* others may have the object, too */
	uint64_t last_use; /* of the object, by IO_VMO */

	struct file_locks *locks; /* locks.c; null: none */
};

extern struct inode tree_root;

/* What the links lacked that were followed since this was 0: names.c, authorities_of(). */
extern unsigned int tree_lacked;

/* Called with an inode that nobody can reach any more, before it is freed. */
void tree_inode_gone(struct inode *inode);

/*
 * What a path leads to; follow: a symbolic link at its end is followed.  0, -ENOENT, -ENOTDIR,
 * -ENAMETOOLONG, -ELOOP, -EREMOTE.
 */
int tree_find(const char *path, bool follow, struct inode **out);
/*
 * Makes an empty file or directory, as mode says; follow: where a link at the end leads, if
 * nothing is there.  As tree_find(); -EEXIST, with the one that is there in *out (which may be a
 * link, if it was not followed); -EISDIR a file with "/" at its end, -ENOSPC, -ENOMEM.
 */
int tree_create(const char *path, mode_t mode, bool follow, struct inode **out);
/* Makes a symbolic link with this text, by one who lacks these authorities.  As tree_create(). */
int tree_symlink(const char *text, const char *path, unsigned int lacked);
/* Gives an inode, no directory (-EPERM), one more name.  As tree_create(); -EMLINK. */
int tree_link(struct inode *inode, const char *path);
/* Removes a name of a file.  As tree_find(); -EISDIR, -EBUSY another server's. */
int tree_unlink(const char *path);
/* Removes an empty directory.  As tree_find(); -EBUSY, -EINVAL ".", -ENOTEMPTY. */
int tree_rmdir(const char *path);
/*
 * Gives a file or directory another name, in place of what had it.  As tree_find();
 * -EBUSY the root or a dot, -EINVAL below itself, -EISDIR and -ENOTDIR unequal kinds,
 * -ENOTEMPTY, -ENOMEM.
 */
int tree_rename(const char *from, const char *to);
/*
 * The path without links and dots: 0, if it leads to something here; 1: it goes on in another
 * server, by this path.  As tree_find(); -ENAMETOOLONG too if it does not fit in PATH_MAX.
 */
int tree_realpath(const char *path, char *out);

/* The path of a directory: 0, -ENOENT it has been removed, -ENAMETOOLONG as tree_realpath(). */
int tree_path(const struct inode *dir, char *out);

/* The first entry of a directory whose place is at least `place`; null at the end. */
struct entry *tree_entry(const struct inode *dir, uint64_t place);

/* One user more: a removed file lives until the last has gone. */
void tree_get(struct inode *inode);
void tree_put(struct inode *inode);

/* A number for st_ino that nobody has; and the clock. */
ino_t tree_new_ino(void);
struct timespec tree_now(void);
