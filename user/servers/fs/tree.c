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

unsigned int tree_lacked;

static struct entry *bucket[BUCKETS];
static unsigned int nr_inodes, nr_entries; /* without the root */
static size_t text_bytes;		   /* of all symbolic links */
static ino_t last_ino = 1;

enum last { NAME, DOT, DOTS }; /* what the end of a path is */

/* Where a path has led: the entry `name`, of len bytes, in dir. */
struct walk {
	struct inode *inode; /* null: there is none of that name */
	struct inode *dir;   /* null: the path is "/" */
	struct entry *entry; /* null: none, or a dot */
	const char *name;
	size_t len;
	bool slash; /* "/" follows: it has to be a directory */
	enum last last;
	int links;		    /* that were followed */
	const char *rest;	    /* of the path */
	char spliced[2 * PATH_MAX]; /* the rest, after a link */
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
static struct entry **bucket_of(const struct inode *dir, const char *name, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325 ^ dir->ino;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3;
	return &bucket[(hash ^ hash >> 32) % BUCKETS];
}

static struct entry *lookup(const struct inode *dir, const char *name, size_t len)
{
	struct entry *e = *bucket_of(dir, name, len);

	while (e && (e->dir != dir || strncmp(e->name, name, len) || e->name[len]))
		e = e->chain;
	return e;
}

/* ---- directories ---- */

static void changed(struct inode *dir)
{
	dir->mtime = dir->ctime = tree_now();
}

/* Puts an entry that has its name and inode into dir. */
static void attach(struct inode *dir, struct entry *e)
{
	struct entry **head = bucket_of(dir, e->name, strlen(e->name));

	e->dir = dir;
	e->place = dir->next_place++;
	e->prev = dir->last;
	e->next = NULL;
	*(dir->last ? &dir->last->next : &dir->first) = e;
	dir->last = e;
	e->chain = *head;
	*head = e;
	if (S_ISDIR(e->inode->mode)) {
		e->inode->parent = e;
		dir->nlink++; /* its ".." */
	}
	changed(dir);
}

static void detach(struct entry *e)
{
	struct inode *dir = e->dir;
	struct entry **link = bucket_of(dir, e->name, strlen(e->name));

	while (*link != e)
		link = &(*link)->chain;
	*link = e->chain;
	*(e->prev ? &e->prev->next : &dir->first) = e->next;
	*(e->next ? &e->next->prev : &dir->last) = e->prev;
	if (S_ISDIR(e->inode->mode)) {
		e->inode->parent = NULL;
		dir->nlink--;
	}
	changed(dir);
}

struct entry *tree_entry(const struct inode *dir, uint64_t place)
{
	struct entry *e = dir->first;

	while (e && e->place < place)
		e = e->next;
	return e;
}

/* ---- life and death ---- */

static struct inode *new_inode(mode_t mode)
{
	struct inode *i = nr_inodes < TREE_INODES_MAX ? calloc(1, sizeof(*i)) : NULL;

	if (!i)
		return NULL;
	i->mode = mode;
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
	if (i->text)
		text_bytes -= (size_t)i->size;
	free(i->text);
	free(i);
}

static struct entry *new_entry(const char *name, size_t len)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->name = strndup(name, len);
	if (!e->name) {
		free(e);
		return NULL;
	}
	nr_entries++;
	return e;
}

static void free_entry(struct entry *e)
{
	nr_entries--;
	free(e->name);
	free(e);
}

/* Takes a name of a file, or an empty directory, out of the tree. */
static void remove_entry(struct entry *e)
{
	struct inode *i = e->inode;

	detach(e);
	i->nlink -= S_ISDIR(i->mode) ? i->nlink : 1;
	i->ctime = tree_now();
	free_entry(e);
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

/* Goes up, or stays. */
static void take_dots(struct walk *w)
{
	struct inode *dir = w->inode;

	w->last = w->len == 1 ? DOT : DOTS;
	if (w->last == DOTS && dir->parent)
		w->inode = dir->parent->dir;
	w->entry = NULL;
}

/* Takes the next name of the path, which is not at its end. */
static int enter(struct walk *w)
{
	const char *path = w->rest;

	if (!w->inode)
		return -ENOENT;
	if (!S_ISDIR(w->inode->mode))
		return -ENOTDIR;
	w->dir = w->inode;
	w->name = path;
	w->len = strcspn(path, "/");
	w->slash = path[w->len] == '/';
	w->rest = path + w->len;
	while (*w->rest == '/')
		w->rest++;
	if (w->len > TREE_NAME_MAX)
		return -ENAMETOOLONG;
	if ((w->len == 1 && *path == '.') || (w->len == 2 && !strncmp(path, "..", 2))) {
		take_dots(w);
		return 0;
	}
	w->last = NAME;
	w->entry = lookup(w->dir, path, w->len);
	w->inode = w->entry ? w->entry->inode : NULL;
	return w->inode && w->inode->mounted ? -EREMOTE : 0;
}

/* Goes on where the link leads that has just been reached, with the rest of the path after that. */
static int follow_link(struct walk *w)
{
	const struct inode *link = w->inode;
	size_t len = (size_t)link->size, rest = strlen(w->rest) + 1;

	if (w->links++ == TREE_LINKS_MAX)
		return -ELOOP;
	if (len + 1 + rest > sizeof(w->spliced))
		return -ENAMETOOLONG;
	tree_lacked |= link->lacked;
	memmove(w->spliced + len + w->slash, w->rest, rest);
	memcpy(w->spliced, link->text, len);
	if (w->slash)
		w->spliced[len] = '/';
	w->inode = w->dir;
	w->rest = w->spliced;
	if (*w->rest == '/') {
		w->inode = &tree_root;
		w->dir = NULL;
		w->last = DOT;
		w->entry = NULL;
		w->slash = true;
	}
	while (*w->rest == '/')
		w->rest++;
	return 0;
}

/* Goes to the end of a path.  0, even if only the last name does not exist; -errno. */
static int walk(const char *path, bool follow, struct walk *w)
{
	int ret;

	w->inode = &tree_root;
	w->dir = NULL;
	w->entry = NULL;
	w->last = DOT;
	w->slash = true;
	w->links = 0;
	w->rest = path;
	if (*path != '/')
		return -ENOENT;
	while (*w->rest == '/')
		w->rest++;
	while (*w->rest) {
		ret = enter(w);
		if (ret)
			return ret;
		if (w->inode && S_ISLNK(w->inode->mode) && (*w->rest || follow))
			ret = follow_link(w);
		if (ret)
			return ret;
	}
	return 0;
}

/* As walk(), but the end has to exist, and to be a directory if "/" says so. */
static int walk_to(const char *path, bool follow, struct walk *w)
{
	int ret = walk(path, follow, w);

	if (!ret && !w->inode)
		ret = -ENOENT;
	if (!ret && w->slash && !S_ISDIR(w->inode->mode))
		ret = -ENOTDIR;
	return ret;
}

/* Whether a path ends in "/": then a link at its end is followed whoever asks. */
static bool ends_in_slash(const char *path)
{
	size_t len = strlen(path);

	return len && path[len - 1] == '/';
}

int tree_find(const char *path, bool follow, struct inode **out)
{
	struct walk w;
	int ret = walk_to(path, follow || ends_in_slash(path), &w);

	*out = w.inode;
	return ret;
}

/* ---- making ---- */

/* Gives an inode, which has no name yet or one more, its name. */
static int add_name(const struct walk *w, struct inode *inode)
{
	struct entry *e = nr_entries < TREE_INODES_MAX ? new_entry(w->name, w->len) : NULL;

	if (!e)
		return nr_entries < TREE_INODES_MAX ? -ENOMEM : -ENOSPC;
	e->inode = inode;
	inode->nlink += S_ISDIR(inode->mode) ? 2 : 1;
	attach(w->dir, e);
	return 0;
}

/* Walks to where a name is to be made, of a file of this type.  -EEXIST, with the inode there. */
static int walk_to_new(const char *path, mode_t type, bool follow, struct walk *w)
{
	int ret = walk(path, follow, w);

	if (ret)
		return ret;
	if (w->slash && S_ISREG(type) && w->last == NAME)
		return -EISDIR;
	if (w->inode)
		return -EEXIST;
	return w->slash && !S_ISDIR(type) ? -ENOENT : 0;
}

int tree_create(const char *path, mode_t mode, bool follow, struct inode **out)
{
	struct walk w;
	int ret = walk_to_new(path, mode, follow, &w);

	*out = w.inode;
	if (ret)
		return ret;
	*out = new_inode(mode);
	if (!*out)
		return nr_inodes < TREE_INODES_MAX ? -ENOMEM : -ENOSPC;
	ret = add_name(&w, *out);
	if (ret)
		free_if_gone(*out);
	return ret;
}

int tree_symlink(const char *text, const char *path, unsigned int lacked)
{
	size_t len = strlen(text);
	struct inode *link;
	int ret;

	if (!len)
		return -ENOENT;
	if (len > TREE_TEXT_MAX - text_bytes)
		return -ENOSPC;
	ret = tree_create(path, S_IFLNK | 0777, false, &link);
	if (ret)
		return ret;
	link->text = strndup(text, len);
	if (!link->text) {
		tree_unlink(path);
		return -ENOMEM;
	}
	link->size = (off_t)len;
	link->lacked = lacked;
	text_bytes += len;
	return 0;
}

int tree_link(struct inode *inode, const char *path)
{
	struct walk w;
	int ret = walk_to_new(path, S_IFLNK, false, &w);

	if (ret)
		return ret;
	if (S_ISDIR(inode->mode))
		return -EPERM;
	if (inode->nlink == TREE_NLINK_MAX)
		return -EMLINK;
	ret = add_name(&w, inode);
	if (!ret)
		inode->ctime = tree_now();
	return ret;
}

/* ---- removing ---- */

int tree_unlink(const char *path)
{
	struct walk w;
	int ret = walk(path, false, &w);

	if (ret)
		return ret;
	if (w.last != NAME)
		return -EISDIR;
	if (!w.inode)
		return -ENOENT;
	if (S_ISDIR(w.inode->mode))
		return -EISDIR;
	if (w.slash)
		return -ENOTDIR;
	remove_entry(w.entry);
	return 0;
}

/* Why the end of a path is no name of a directory's that could be removed, or 0. */
static int check_last(const struct walk *w)
{
	if (!w->dir)
		return -EBUSY;
	if (w->last == DOT)
		return -EINVAL;
	return w->last == DOTS ? -ENOTEMPTY : 0;
}

int tree_rmdir(const char *path)
{
	struct walk w;
	int ret = walk(path, false, &w);

	if (!ret)
		ret = check_last(&w);
	if (ret)
		return ret;
	if (!w.inode)
		return -ENOENT;
	if (!S_ISDIR(w.inode->mode))
		return -ENOTDIR;
	if (w.inode->first)
		return -ENOTEMPTY;
	remove_entry(w.entry);
	return 0;
}

/* ---- rename ---- */

/* Whether i is dir or one of those that dir lies in. */
static bool contains(const struct inode *i, const struct inode *dir)
{
	while (dir != i && dir->parent)
		dir = dir->parent->dir;
	return dir == i;
}

/* Whether `from` may take the place that `to` has led to. */
static int may_rename(const struct walk *from, const struct walk *to)
{
	bool is_dir = S_ISDIR(from->inode->mode);

	if (!is_dir && (from->slash || to->slash))
		return -ENOTDIR;
	if (is_dir && contains(from->inode, to->dir))
		return -EINVAL;
	if (!to->inode || to->inode == from->inode)
		return 0;
	if (contains(to->inode, from->dir))
		return -ENOTEMPTY;
	if (S_ISDIR(to->inode->mode) != is_dir)
		return is_dir ? -ENOTDIR : -EISDIR;
	return to->inode->first ? -ENOTEMPTY : 0;
}

/* Nothing can fail any more. */
static void move(struct entry *e, const struct walk *to, char *name)
{
	if (to->entry)
		remove_entry(to->entry);
	detach(e);
	free(e->name);
	e->name = name;
	attach(to->dir, e);
	e->inode->ctime = tree_now();
}

int tree_rename(const char *from, const char *to)
{
	struct walk source, target;
	int ret = walk(from, false, &source);
	char *name;

	if (!ret)
		ret = walk(to, false, &target);
	if (ret)
		return ret;
	if (source.last != NAME || target.last != NAME)
		return -EBUSY;
	if (!source.inode)
		return -ENOENT;
	ret = may_rename(&source, &target);
	if (ret || source.inode == target.inode)
		return ret;
	name = strndup(target.name, target.len);
	if (!name)
		return -ENOMEM;
	move(source.entry, &target, name);
	return 0;
}

/* ---- the whole path ---- */

/* Writes the path of a directory before out[at]: the place where it begins; -1: it does not fit. */
static long path_before(const struct inode *dir, char *out, long at)
{
	for (; dir->parent; dir = dir->parent->dir) {
		long len = (long)strlen(dir->parent->name);

		if (at < len + 1)
			return -1;
		at -= len;
		memcpy(out + at, dir->parent->name, (size_t)len);
		out[--at] = '/';
	}
	return at;
}

/* The path of dir, a name in it or none, and the rest of a path or none. */
static int whole_path(const struct inode *dir, const char *name, size_t len, const char *rest,
		      char *out)
{
	static char buf[2 * PATH_MAX];
	long at = path_before(dir, buf, PATH_MAX);
	size_t n, more = strlen(rest);

	if (at < 0)
		return -ENAMETOOLONG;
	n = (size_t)(PATH_MAX - at);
	if (n + 1 + len + 1 + more >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(out, buf + at, n);
	if (len || !n)
		out[n++] = '/';
	memcpy(out + n, name, len);
	n += len;
	if (more)
		out[n++] = '/';
	memcpy(out + n, rest, more + 1);
	return 0;
}

int tree_path(const struct inode *dir, char *out)
{
	return dir->nlink ? whole_path(dir, "", 0, "", out) : -ENOENT;
}

int tree_realpath(const char *path, char *out)
{
	struct walk w;
	int ret = walk_to(path, true, &w);

	if (ret == -EREMOTE) {
		ret = whole_path(w.dir, w.name, w.len, w.rest, out);
		if (!ret && !*w.rest && w.slash)
			strcat(out, "/"); /* whole_path() has left room */
		return ret ? ret : 1;
	}
	if (ret)
		return ret;
	if (S_ISDIR(w.inode->mode))
		return whole_path(w.inode, "", 0, "", out);
	return whole_path(w.dir, w.name, w.len, "", out);
}
