/* SPDX-License-Identifier: MIT */
/*
 * The file server's tree of names: against the file system of the host, which gets
 * the same random requests, and with removed files that are still in use.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/hosttest/hosttest.h"
#include "user/servers/fs/tree.h"

#define STEPS 30000

static char host_root[] = "/tmp/fs_tree_XXXXXX";
static int gone;

void tree_inode_gone(struct inode *inode)
{
	CHECK_EQ(inode->users, 0);
	CHECK_EQ(inode->nlink, 0);
	gone++;
}

/* The same path below host_root. */
static const char *on_host(const char *path, char *out)
{
	snprintf(out, 2048, "%s%s", host_root, path);
	return out;
}

static int result(int ret)
{
	return ret < 0 ? -errno : 0;
}

/* ---- invariants ---- */

static int check_entry(const struct inode *dir, const struct entry *e, const char *path)
{
	struct inode *found;

	CHECK(e->dir == dir);
	CHECK(!S_ISDIR(e->inode->mode) || e->inode->parent == e);
	CHECK(e->prev ? e->prev->next == e && e->prev->place < e->place : dir->first == e);
	CHECK(e->next || dir->last == e);
	CHECK_EQ(tree_find(path, false, &found), 0);
	CHECK(found == e->inode);
	return S_ISDIR(found->mode);
}

/* Every entry is in its list and found by its path; the host has the same.  Their number. */
static int check_dir(const struct inode *dir, const char *path)
{
	char host[2048], name[1024];
	int entries = 0, dirs = 0, all = 0;
	struct stat st;

	for (const struct entry *e = dir->first; e; e = e->next, entries++) {
		const struct inode *i = e->inode;

		snprintf(name, sizeof(name), "%s/%s", path, e->name);
		dirs += check_entry(dir, e, name);
		CHECK_EQ(lstat(on_host(name, host), &st), 0);
		CHECK_EQ(st.st_mode & S_IFMT, i->mode & S_IFMT);
		CHECK(S_ISDIR(i->mode) || st.st_nlink == i->nlink);
		CHECK(!S_ISLNK(i->mode) || st.st_size == i->size);
		if (S_ISDIR(i->mode))
			all += check_dir(i, name);
	}
	CHECK_EQ(dir->nlink, 2 + dirs);
	return all + entries;
}

static int count_host(const char *path)
{
	char name[2048];
	int all = 0;
	DIR *dir = opendir(path);

	CHECK(dir);
	for (struct dirent *d; (d = readdir(dir));) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, d->d_name);
		all += 1 + (d->d_type == DT_DIR ? count_host(name) : 0);
	}
	closedir(dir);
	return all;
}

/* ---- random requests ---- */

static void random_path(char *path, bool may_end_with_slash)
{
	u64 depth = 1 + rnd_below(4);

	while (depth--) {
		if (rnd_below(200) == 0) {
			*path++ = '/';
			memset(path, 'x', 256); /* a letter too long, or just not */
			path += 255 + rnd_below(2);
			continue;
		}
		path += sprintf(path, "/%c", (char)('a' + rnd_below(4)));
		if (rnd_below(8) == 0)
			path += sprintf(path, "%s", rnd_below(2) ? "/." : "//");
		if (rnd_below(8) == 0)
			path += sprintf(path, "/../%c", (char)('a' + rnd_below(4)));
	}
	strcpy(path, may_end_with_slash && rnd_below(8) == 0 ? "/" : "");
}

static int create_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	if (fd >= 0)
		close(fd);
	return result(fd);
}

/* A file can be wanted twice as wrong: which error it is then is not compared. */
static void do_rename(const char *from)
{
	char to[2048], host_from[2048], host_to[2048];
	int expected, seen;

	random_path(to, true);
	expected = result(rename(on_host(from, host_from), on_host(to, host_to)));
	seen = tree_rename(from, to);
	CHECK_EQ(!seen, !expected);
}

/* Where no link leads above its own directory: the host's root is elsewhere. */
static void do_symlink(const char *path, const char *host)
{
	static const char *const texts[] = { "a",      "b",    "./c",	   "d/a", "a/b/c",
					     "a/../b", "c/d/", "b/../c/d", "x",	  "d//b" };
	const char *text = texts[rnd_below(sizeof(texts) / sizeof(texts[0]))];

	CHECK_EQ(tree_symlink(text, path, 0), result(symlink(text, host)));
}

static void do_link(const char *from)
{
	char to[2048], host_from[2048], host_to[2048];
	struct inode *inode;
	int expected, seen;

	random_path(to, true);
	expected = result(link(on_host(from, host_from), on_host(to, host_to)));
	seen = tree_find(from, false, &inode);
	if (!seen)
		seen = tree_link(inode, to);
	CHECK_EQ(seen, expected);
}

/* What it makes of a path is what the host makes of it. */
static void do_realpath(const char *path, const char *host)
{
	static char root[PATH_MAX];
	char whole[PATH_MAX], *host_whole = realpath(host, NULL);
	int expected = host_whole ? 0 : -errno;

	CHECK(realpath(host_root, root));
	CHECK_EQ(tree_realpath(path, whole), expected);
	if (host_whole)
		CHECK(!strcmp(host_whole + strlen(root), strcmp(whole, "/") ? whole : ""));
	free(host_whole);
}

static void step(void)
{
	char path[2048], host[2048];
	struct inode *inode;
	struct stat st;
	u64 what = rnd_below(14);

	random_path(path, what >= 6);
	on_host(path, host);
	if (what < 3)
		CHECK_EQ(tree_create(path, S_IFREG | 0600, false, &inode), create_file(host));
	else if (what < 6)
		CHECK_EQ(tree_create(path, S_IFDIR | 0700, false, &inode),
			 result(mkdir(host, 0700)));
	else if (what == 6)
		CHECK_EQ(tree_unlink(path), result(unlink(host)));
	else if (what == 7)
		CHECK_EQ(tree_rmdir(path), result(rmdir(host)));
	else if (what == 8)
		CHECK_EQ(tree_find(path, true, &inode), result(stat(host, &st)));
	else if (what == 9)
		CHECK_EQ(tree_find(path, false, &inode), result(lstat(host, &st)));
	else if (what == 10)
		do_symlink(path, host);
	else if (what == 11)
		do_link(path);
	else if (what == 12)
		do_realpath(path, host);
	else
		do_rename(path);
}

static void remove_all(struct inode *dir, const char *path)
{
	char host[2048], name[1024];

	for (struct entry *e = dir->first, *next; e; e = next) {
		struct inode *i = e->inode;

		next = e->next;
		snprintf(name, sizeof(name), "%s/%s", path, e->name);
		if (S_ISDIR(i->mode)) {
			remove_all(i, name);
			CHECK_EQ(tree_rmdir(name), result(rmdir(on_host(name, host))));
		} else {
			CHECK_EQ(tree_unlink(name), result(unlink(on_host(name, host))));
		}
	}
}

TEST(fs_tree_random)
{
	CHECK(mkdtemp(host_root));
	for (int i = 0; i < STEPS; i++) {
		step();
		if (i % 500 == 0)
			CHECK_EQ(check_dir(&tree_root, ""), count_host(host_root));
	}
	remove_all(&tree_root, "");
	CHECK(!tree_root.first && !tree_root.last);
	CHECK_EQ(tree_root.nlink, 2);
	CHECK_EQ(rmdir(host_root), 0);
}

/* ---- one by one ---- */

static struct inode *make(const char *path, mode_t mode)
{
	struct inode *inode;

	CHECK_EQ(tree_create(path, mode, false, &inode), 0);
	return inode;
}

TEST(fs_tree_paths)
{
	static const char *const nowhere[] = { "", "a", "/e/f", "/e/..", "/e/.", "/d/e/../f" };
	static const char *const dots[] = { "/d/.", "/d/..", "/.", "/..", "/d/./", "/d//../." };
	struct inode *inode;

	make("/d", S_IFDIR);
	make("/d/f", S_IFREG);
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		CHECK_EQ(tree_find(nowhere[i], false, &inode), -ENOENT);
		CHECK_EQ(tree_unlink(nowhere[i]), -ENOENT);
		CHECK(tree_rename(nowhere[i], "/x") < 0);
	}
	for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
		CHECK_EQ(tree_find(dots[i], false, &inode), 0);
		CHECK_EQ(tree_unlink(dots[i]), -EISDIR);
		CHECK(tree_rmdir(dots[i]) < 0);
		CHECK_EQ(tree_rename("/d/f", dots[i]), -EBUSY);
		CHECK_EQ(tree_create(dots[i], S_IFDIR, false, &inode), -EEXIST);
	}
	CHECK_EQ(tree_find("/", false, &inode), 0);
	CHECK(inode == &tree_root);
	CHECK_EQ(tree_find("/d/", false, &inode), 0);
	CHECK_EQ(tree_find("/d/f/", false, &inode), -ENOTDIR);
	CHECK_EQ(tree_find("/d/f/g", false, &inode), -ENOTDIR);
	CHECK_EQ(tree_create("/", S_IFDIR, false, &inode), -EEXIST);
	CHECK_EQ(tree_create("/g/", S_IFREG, false, &inode), -EISDIR);
	CHECK_EQ(tree_unlink("/"), -EISDIR);
	CHECK_EQ(tree_rmdir("/"), -EBUSY);
}

/* Paths that stop on the way, each in memory of its own length, past which ASan sees a read. */
TEST(fs_tree_reads_no_further)
{
	static const char *const paths[] = {
		"",
		"/",
		"/absent-name/y",
		"/absent-name/y/z",
		"/f/absent-name/y",
		"/d/./none/x",
		"/d/../none/x",
		"/d//none/x",
		"/f/",
		"/absent-name/",
	};
	struct inode *inode;

	make("/f", S_IFREG);
	make("/d", S_IFDIR);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *path = strdup(paths[i]);

		CHECK_EQ(tree_find(path, false, &inode) < 0, i != 1);
		CHECK(tree_unlink(path) < 0);
		CHECK(tree_rename("/f", path) < 0);
		if (i > 1)
			CHECK(tree_create(path, S_IFREG, false, &inode) < 0);
		free(path);
	}
}

TEST(fs_tree_rename)
{
	struct inode *f = make("/f", S_IFREG), *g = make("/g", S_IFREG), *inode;

	make("/d", S_IFDIR);
	make("/d/e", S_IFDIR);
	CHECK_EQ(tree_rename("/", "/x"), -EBUSY);
	CHECK_EQ(tree_rename("/d", "/"), -EBUSY);
	CHECK_EQ(tree_rename("/d", "/d/x"), -EINVAL);
	CHECK_EQ(tree_rename("/d", "/d/e/x"), -EINVAL);
	CHECK_EQ(tree_rename("/d/e", "/d"), -ENOTEMPTY);
	CHECK_EQ(tree_rename("/f", "/d"), -EISDIR);
	CHECK_EQ(tree_rename("/d", "/f"), -ENOTDIR);
	CHECK_EQ(tree_rename("/f", "/x/"), -ENOTDIR);
	CHECK_EQ(tree_rename("/x", "/f"), -ENOENT);
	CHECK_EQ(tree_rename("/f", "/x/y"), -ENOENT);
	CHECK_EQ(tree_rename("/f", "/f"), 0);
	CHECK_EQ(gone, 0);
	CHECK_EQ(tree_rename("/f", "/g"), 0);
	CHECK_EQ(gone, 1); /* the g of before: nobody had it open */
	CHECK(tree_find("/g", false, &inode) == 0 && inode == f && inode != g);
	CHECK_EQ(tree_rename("/g", "/d/e/g"), 0);
	CHECK(tree_find("/d/e/g", false, &inode) == 0 && inode == f);
	CHECK_EQ(tree_root.nlink, 3);
	CHECK_EQ(tree_rename("/d/e", "/e"), 0);
	CHECK_EQ(tree_root.nlink, 4);
	CHECK_EQ(tree_rename("/d", "/e"), -ENOTEMPTY);
	CHECK_EQ(tree_rename("/e", "/d/"), 0);
	CHECK_EQ(tree_root.nlink, 3);
}

TEST(fs_tree_removed_in_use)
{
	struct inode *f = make("/f", S_IFREG), *d = make("/d", S_IFDIR), *inode;

	tree_get(f);
	tree_get(f);
	tree_get(d);
	CHECK_EQ(tree_unlink("/f"), 0);
	CHECK_EQ(tree_rmdir("/d"), 0);
	CHECK_EQ(tree_find("/f", false, &inode), -ENOENT);
	CHECK(make("/f", S_IFREG) != f);
	CHECK_EQ(f->nlink, 0);
	CHECK(!tree_entry(d, 0));
	tree_put(f);
	CHECK_EQ(gone, 0);
	tree_put(f);
	tree_put(d);
	CHECK_EQ(gone, 2);
}

/* What leads to another server says where, whatever way it is reached. */
TEST(fs_tree_crossing)
{
	char whole[PATH_MAX];
	struct inode *inode;

	make("/d", S_IFDIR);
	make("/proc", S_IFDIR)->mounted = true;
	CHECK_EQ(tree_symlink("../proc/self", "/d/l", 5), 0);
	CHECK_EQ(tree_symlink("/d/l/maps", "/m", 2), 0);
	CHECK_EQ(tree_find("/d/../proc/1/../x", false, &inode), -EREMOTE);
	CHECK_EQ(tree_realpath("/d/../proc/1/../x", whole), 1);
	CHECK(!strcmp(whole, "/proc/1/../x"));
	CHECK_EQ(tree_find("/m", false, &inode), 0);
	tree_lacked = 0;
	CHECK_EQ(tree_find("/m", true, &inode), -EREMOTE);
	CHECK_EQ(tree_lacked, 7);
	CHECK_EQ(tree_realpath("/m", whole), 1);
	CHECK(!strcmp(whole, "/proc/self/maps"));
	CHECK_EQ(tree_realpath("/d/l/", whole), 1);
	CHECK(!strcmp(whole, "/proc/self/"));
	CHECK_EQ(tree_create("/d/../proc", S_IFDIR, false, &inode), -EREMOTE);
}

/* A chain of links is followed to its 40th, and a circle no further. */
TEST(fs_tree_chain)
{
	char path[32], text[32];
	struct inode *inode, *f = make("/l0", S_IFREG);

	for (int i = 1; i <= TREE_LINKS_MAX + 1; i++) {
		sprintf(path, "/l%d", i);
		sprintf(text, "l%d", i - 1);
		CHECK_EQ(tree_symlink(text, path, 0), 0);
	}
	CHECK(tree_find("/l40", true, &inode) == 0 && inode == f);
	CHECK_EQ(tree_find("/l41", true, &inode), -ELOOP);
	CHECK_EQ(tree_symlink("circle", "/circle", 0), 0);
	CHECK_EQ(tree_find("/circle", true, &inode), -ELOOP);
	CHECK_EQ(tree_find("/circle/x", false, &inode), -ELOOP);
	CHECK_EQ(tree_create("/circle", S_IFREG, true, &inode), -ELOOP);
}

/* Who reads a directory while entries come and go sees each that stays exactly once. */
TEST(fs_tree_places)
{
	char path[32];
	u64 place = TREE_PLACE;
	int seen = 0;

	for (int i = 0; i < 100; i++) {
		sprintf(path, "/s%d", i);
		make(path, S_IFREG);
		sprintf(path, "/t%d", i);
		make(path, S_IFREG);
	}
	for (struct entry *e; place < 1000 && (e = tree_entry(&tree_root, place));) {
		seen += e->name[0] == 's';
		place = e->place + 1;
		sprintf(path, "/t%d", (int)rnd_below(100));
		if (tree_unlink(path))
			make(path, S_IFREG);
	}
	CHECK_EQ(seen, 100);
}

TEST(fs_tree_limit)
{
	struct inode *inode;
	char path[32];

	for (int i = 0; i < TREE_INODES_MAX; i++) {
		sprintf(path, "/%d", i);
		make(path, S_IFREG);
	}
	CHECK_EQ(tree_create("/more", S_IFREG, false, &inode), -ENOSPC);
	CHECK_EQ(tree_unlink("/77"), 0);
	make("/more", S_IFREG);
}
