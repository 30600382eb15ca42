/* SPDX-License-Identifier: MIT */
/*
 * Paths: the file server's tree with any, and init's join of two.
 *
 * sources: user/servers/fs/tree.c user/lib/initrd.c user/init/args.c
 * sources: user/init/paths.c tools/fuzz/pretend.c
 * defines: close=pretend_close
 */
#include <stdio.h>

#include "tools/fuzz/fuzz.h"
#include "user/init/init.h"
#include "user/lib/initrd.h"
#include "user/servers/fs/tree.h"

void tree_inode_gone(struct inode *inode)
{
	FUZZ_CHECK(!inode->users && !inode->nlink);
}

int server_main(void)
{
	return 0;
}

/* A string of the input, of its own length. */
static char *take_path(struct input *in)
{
	size_t n = take_byte(in);
	char *bytes = take_bytes(in, &n), *path = malloc(strnlen(bytes, n) + 1);

	memcpy(path, bytes, strnlen(bytes, n));
	path[strnlen(bytes, n)] = '\0';
	free(bytes);
	return path;
}

static void join(const char *base, const char *path, size_t size)
{
	char *first = malloc(size), *joined = malloc(size);

	if (!path_join("", base, first, size)) {
		int ret = path_join(first, path, joined, size);

		FUZZ_CHECK(strlen(joined) < size && joined[0] != '/' && !strstr(joined, "//"));
		FUZZ_CHECK(!ret || !joined[0]);
	}
	free(first);
	free(joined);
}

int server_for(const char *path)
{
	return path[0] == 'p' ? 1 : SERVER_FS;
}

/* init's way: what it makes of two is bounded, and has no dots in it where there are no links. */
static void resolve(const char *base, const char *path, size_t size)
{
	char *first = malloc(size), *joined = malloc(size);
	int ret = path_resolve("", base, first, size);

	if (!ret)
		ret = path_resolve(first, path, joined, size);
	if (!ret) {
		FUZZ_CHECK(strlen(joined) < size && joined[0] != '/' && !strstr(joined, "//"));
		FUZZ_CHECK(!server_for(joined) || !strstr(joined, "/../"));
	}
	free(first);
	free(joined);
}

/* Where a path leads, its whole form leads too. */
static void check_path(const char *path)
{
	struct inode *inode, *other;
	char whole[PATH_MAX];
	int ret = tree_find(path, true, &inode);

	FUZZ_CHECK(ret || inode->nlink);
	FUZZ_CHECK(tree_realpath(path, whole) == ret || (!ret && strlen(path) > 255));
	if (!ret && !tree_realpath(path, whole)) {
		FUZZ_CHECK(!tree_find(whole, false, &other) && other == inode);
		FUZZ_CHECK(!strstr(whole, "//") && strlen(whole) < PATH_MAX);
	}
}

static void step(struct input *in)
{
	uint8_t what = take_byte(in);
	char *path = take_path(in), *other = take_path(in);
	struct inode *inode;

	if (what / 6 % 3 == 1)
		tree_symlink(other, path, 1);
	else if (what / 6 % 3 == 2 && !tree_find(other, what & 1, &inode))
		tree_link(inode, path);
	else if (what % 6 == 0)
		tree_create(path, S_IFREG | 0600, true, &inode);
	else if (what % 6 == 1)
		tree_create(path, S_IFDIR | 0700, false, &inode);
	else if (what % 6 == 2)
		tree_unlink(path);
	else if (what % 6 == 3)
		tree_rmdir(path);
	else if (what % 6 == 4)
		tree_rename(path, other);
	else
		check_path(path);
	join(path, other, 2 + what);
	resolve(path, other, 2 + what);
	free(path);
	free(other);
}

static void remove_all(struct inode *dir, char *path, size_t len)
{
	while (dir->first) {
		struct inode *i = dir->first->inode;
		size_t end = len + 1 + strlen(dir->first->name);

		snprintf(path + len, TREE_NAME_MAX + 2, "/%s", dir->first->name);
		if (S_ISDIR(i->mode))
			remove_all(i, path, end);
		path[end] = '\0';
		FUZZ_CHECK(!(S_ISDIR(i->mode) ? tree_rmdir(path) : tree_unlink(path)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	static char path[1 << 20];

	while (in.left)
		step(&in);
	remove_all(&tree_root, path, 0);
	FUZZ_CHECK(tree_root.nlink == 2);
	return 0;
}
