/* SPDX-License-Identifier: MIT */
/* Inodes and their names: see tree.h. */
#include "user/servers/fs/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096

struct inode tree_root = {
	.mode = S_IFDIR | 0755,
	.nlink = 2,
	.ino = 1,
	.next_place = TREE_PLACE,
	.archive = -1,
	.vmo = -1,
};

static struct inode *bucket[BUCKETS];
static unsigned int nr_inodes; /* without the root */
static ino_t last_ino = 1;

/* Where a path has led: the entry `name`, of len bytes, in dir. */
struct step {
	struct inode *inode; /* null: there is none of that name */
	struct inode *dir;   /* null: the path is "/" */
	const char *name;
	size_t len;
	bool slash; /* "/" follows: it has to be a directory */
};

struct timespec tree_now(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return now;
}

ino_t tree_new_ino(void)
{
	return ++last_ino;
}

/* ---- the hash ---- */

/* FNV-1a over the directory's number and the name. */
static struct inode **bucket_of(const struct inode *dir, const char *name, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325 ^ dir->ino;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3;
	return &bucket[(hash ^ hash >> 32) % BUCKETS];
}

static struct inode *lookup(const struct inode *dir, const char *name, size_t len)
{
	struct inode *i = *bucket_of(dir, name, len);

	while (i && (i->parent != dir || strncmp(i->name, name, len) || i->name[len]))
		i = i->chain;
	return i;
}

/* ---- directories ---- */

static void changed(struct inode *dir)
{
	dir->mtime = dir->ctime = tree_now();
}

/* Puts an inode that has its name into dir. */
static void attach(struct inode *dir, struct inode *i)
{
	struct inode **head = bucket_of(dir, i->name, strlen(i->name));

	i->parent = dir;
	i->place = dir->next_place++;
	i->prev = dir->last;
	i->next = NULL;
	*(dir->last ? &dir->last->next : &dir->first) = i;
	dir->last = i;
	i->chain = *head;
	*head = i;
	dir->nlink += S_ISDIR(i->mode); /* its ".." */
	changed(dir);
}

static void detach(struct inode *i)
{
	struct inode *dir = i->parent, **link = bucket_of(dir, i->name, strlen(i->name));

	while (*link != i)
		link = &(*link)->chain;
	*link = i->chain;
	*(i->prev ? &i->prev->next : &dir->first) = i->next;
	*(i->next ? &i->next->prev : &dir->last) = i->prev;
	i->parent = NULL;
	dir->nlink -= S_ISDIR(i->mode);
	changed(dir);
}

struct inode *tree_entry(const struct inode *dir, uint64_t place)
{
	struct inode *i = dir->first;

	while (i && i->place < place)
		i = i->next;
	return i;
}

/* ---- life and death ---- */

static struct inode *new_inode(mode_t mode, const char *name, size_t len)
{
	struct inode *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->name = strndup(name, len);
	if (!i->name) {
		free(i);
		return NULL;
	}
	i->mode = mode;
	i->nlink = S_ISDIR(mode) ? 2 : 1;
	i->ino = tree_new_ino();
	i->next_place = TREE_PLACE;
	i->archive = i->vmo = -1;
	i->atime = i->mtime = i->ctime = tree_now();
	nr_inodes++;
	return i;
}

static void free_if_gone(struct inode *i)
{
	if (i->nlink || i->users)
		return;
	tree_inode_gone(i);
	nr_inodes--;
	free(i->name);
	free(i);
}

/* Takes a file or an empty directory out of the tree. */
static void remove_inode(struct inode *i)
{
	detach(i);
	i->nlink = 0;
	i->ctime = tree_now();
	free_if_gone(i);
}

void tree_get(struct inode *inode)
{
	inode->users++;
}

void tree_put(struct inode *inode)
{
	inode->users--;
	free_if_gone(inode);
}

/* ---- paths ---- */

static bool is_dots(const char *name, size_t len)
{
	return (len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.');
}

/* Goes one name further, to the one with which path begins. */
static int enter(struct step *at, const char *path)
{
	if (!at->inode)
		return -ENOENT;
	if (!S_ISDIR(at->inode->mode))
		return -ENOTDIR;
	at->dir = at->inode;
	at->name = path;
	at->len = strcspn(path, "/");
	at->slash = path[at->len] == '/';
	if (!at->len || is_dots(path, at->len))
		return -ENOENT;
	if (at->len > TREE_NAME_MAX)
		return -ENAMETOOLONG;
	at->inode = lookup(at->dir, path, at->len);
	return 0;
}

/* Goes to the end of a path.  0, even if only the last name does not exist; -errno. */
static int walk(const char *path, struct step *at)
{
	int ret;

	*at = (struct step){ .inode = &tree_root };
	if (*path++ != '/')
		return -ENOENT;
	while (*path) {
		ret = enter(at, path);
		if (ret) /* at->len may be of the name before: there is no next one */
			return ret;
		path += at->len + at->slash;
	}
	if (at->slash && at->inode && !S_ISDIR(at->inode->mode))
		return -ENOTDIR;
	return 0;
}

/* As walk(), but the end has to exist. */
static int walk_to(const char *path, struct step *at)
{
	int ret = walk(path, at);

	return ret || at->inode ? ret : -ENOENT;
}

int tree_find(const char *path, struct inode **out)
{
	struct step at;
	int ret = walk_to(path, &at);

	*out = at.inode;
	return ret;
}

int tree_create(const char *path, mode_t mode, struct inode **out)
{
	struct step at;
	int ret = walk(path, &at);

	if (ret)
		return ret;
	*out = at.inode;
	if (at.inode)
		return -EEXIST;
	if (at.slash && !S_ISDIR(mode))
		return -EISDIR;
	if (nr_inodes == TREE_INODES_MAX)
		return -ENOSPC;
	*out = new_inode(mode, at.name, at.len);
	if (!*out)
		return -ENOMEM;
	attach(at.dir, *out);
	return 0;
}

int tree_unlink(const char *path)
{
	struct step at;
	int ret = walk_to(path, &at);

	if (ret)
		return ret;
	if (S_ISDIR(at.inode->mode))
		return -EISDIR;
	remove_inode(at.inode);
	return 0;
}

int tree_rmdir(const char *path)
{
	struct step at;
	int ret = walk_to(path, &at);

	if (ret)
		return ret;
	if (!at.dir)
		return -EBUSY;
	if (!S_ISDIR(at.inode->mode))
		return -ENOTDIR;
	if (at.inode->first)
		return -ENOTEMPTY;
	remove_inode(at.inode);
	return 0;
}

/* ---- rename ---- */

/* Whether i is dir or one of those that dir lies in. */
static bool contains(const struct inode *i, const struct inode *dir)
{
	while (dir && dir != i)
		dir = dir->parent;
	return dir;
}

/* Whether `from` may take the place that `to` has led to. */
static int may_rename(const struct step *from, const struct step *to)
{
	bool is_dir;

	if (!from->dir || !to->dir)
		return -EBUSY;
	is_dir = S_ISDIR(from->inode->mode);
	if (is_dir && contains(from->inode, to->dir))
		return -EINVAL;
	if (!to->inode)
		return to->slash && !is_dir ? -ENOTDIR : 0;
	if (S_ISDIR(to->inode->mode) != is_dir)
		return is_dir ? -ENOTDIR : -EISDIR;
	return to->inode->first ? -ENOTEMPTY : 0;
}

/* Nothing can fail any more. */
static void move(struct inode *i, const struct step *to, char *name)
{
	if (to->inode)
		remove_inode(to->inode);
	detach(i);
	free(i->name);
	i->name = name;
	attach(to->dir, i);
	i->ctime = tree_now();
}

int tree_rename(const char *from, const char *to)
{
	struct step source, target;
	int ret = walk_to(from, &source);
	char *name;

	if (!ret)
		ret = walk(to, &target);
	if (ret || (source.dir && source.inode == target.inode))
		return ret;
	ret = may_rename(&source, &target);
	if (ret)
		return ret;
	name = strndup(target.name, target.len);
	if (!name)
		return -ENOMEM;
	move(source.inode, &target, name);
	return 0;
}
