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

static int check_entry(const struct inode *dir, const struct inode *i, const char *path)
{
	struct inode *found;

	CHECK(i->parent == dir);
	CHECK(i->prev ? i->prev->next == i && i->prev->place < i->place : dir->first == i);
	CHECK(i->next || dir->last == i);
	CHECK_EQ(tree_find(path, &found), 0);
	CHECK(found == i);
	return S_ISDIR(i->mode);
}

/* Every entry is in its list and found by its path; the host has the same.  Their number. */
static int check_dir(const struct inode *dir, const char *path)
{
	char host[2048], name[1024];
	int entries = 0, dirs = 0, all = 0;
	struct stat st;

	for (const struct inode *i = dir->first; i; i = i->next, entries++) {
		snprintf(name, sizeof(name), "%s/%s", path, i->name);
		dirs += check_entry(dir, i, name);
		CHECK_EQ(lstat(on_host(name, host), &st), 0);
		CHECK_EQ(st.st_mode & S_IFMT, i->mode & S_IFMT);
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

static void step(void)
{
	char path[2048], host[2048];
	struct inode *inode;
	struct stat st;
	u64 what = rnd_below(10);

	random_path(path, what >= 6);
	on_host(path, host);
	if (what < 3)
		CHECK_EQ(tree_create(path, S_IFREG | 0600, &inode), create_file(host));
	else if (what < 6)
		CHECK_EQ(tree_create(path, S_IFDIR | 0700, &inode), result(mkdir(host, 0700)));
	else if (what == 6)
		CHECK_EQ(tree_unlink(path), result(unlink(host)));
	else if (what == 7)
		CHECK_EQ(tree_rmdir(path), result(rmdir(host)));
	else if (what == 8)
		CHECK_EQ(tree_find(path, &inode), result(stat(host, &st)));
	else
		do_rename(path);
}

static void remove_all(struct inode *dir, const char *path)
{
	char host[2048], name[1024];

	for (struct inode *i = dir->first, *next; i; i = next) {
		next = i->next;
		snprintf(name, sizeof(name), "%s/%s", path, i->name);
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

	CHECK_EQ(tree_create(path, mode, &inode), 0);
	return inode;
}

TEST(fs_tree_paths)
{
	static const char *const nowhere[] = {
		"",	 "a",	 "//",	  "/.",	    "/..",   "/d/.",
		"/d/..", "/d//", "/d//f", "/d/./f", "/../d", "/e/f"
	};
	struct inode *inode;

	make("/d", S_IFDIR);
	make("/d/f", S_IFREG);
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		CHECK_EQ(tree_find(nowhere[i], &inode), -ENOENT);
		CHECK_EQ(tree_unlink(nowhere[i]), -ENOENT);
		CHECK_EQ(tree_rename("/d", nowhere[i]) < 0, true);
	}
	CHECK_EQ(tree_find("/", &inode), 0);
	CHECK(inode == &tree_root);
	CHECK_EQ(tree_find("/d/", &inode), 0);
	CHECK_EQ(tree_find("/d/f/", &inode), -ENOTDIR);
	CHECK_EQ(tree_find("/d/f/g", &inode), -ENOTDIR);
	CHECK_EQ(tree_create("/", S_IFDIR, &inode), -EEXIST);
	CHECK_EQ(tree_create("/g/", S_IFREG, &inode), -EISDIR);
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
		"/d/./",
		"/d/../",
		"/d//",
		"/f/",
		"/absent-name/",
	};
	struct inode *inode;

	make("/f", S_IFREG);
	make("/d", S_IFDIR);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *path = strdup(paths[i]);

		CHECK_EQ(tree_find(path, &inode) < 0, i != 1);
		CHECK(tree_unlink(path) < 0);
		CHECK(tree_rename("/f", path) < 0);
		if (i > 1)
			CHECK(tree_create(path, S_IFREG, &inode) < 0);
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
	CHECK(tree_find("/g", &inode) == 0 && inode == f && inode != g);
	CHECK_EQ(tree_rename("/g", "/d/e/g"), 0);
	CHECK(tree_find("/d/e/g", &inode) == 0 && inode == f);
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
	CHECK_EQ(tree_find("/f", &inode), -ENOENT);
	CHECK(make("/f", S_IFREG) != f);
	CHECK_EQ(f->nlink, 0);
	CHECK(!tree_entry(d, 0));
	tree_put(f);
	CHECK_EQ(gone, 0);
	tree_put(f);
	tree_put(d);
	CHECK_EQ(gone, 2);
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
	for (struct inode *i; place < 1000 && (i = tree_entry(&tree_root, place));) {
		seen += i->name[0] == 's';
		place = i->place + 1;
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
	CHECK_EQ(tree_create("/more", S_IFREG, &inode), -ENOSPC);
	CHECK_EQ(tree_unlink("/77"), 0);
	make("/more", S_IFREG);
}
