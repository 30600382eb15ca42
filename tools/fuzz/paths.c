/* SPDX-License-Identifier: MIT */
/*
 * Paths: the file server's tree with any, and init's join of two.
 *
 * sources: user/servers/fs/tree.c user/lib/initrd.c user/init/args.c tools/fuzz/pretend.c
 * defines: close=pretend_close
 */
#include <stdio.h>

#include "tools/fuzz/fuzz.h"
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

static void step(struct input *in)
{
	uint8_t what = take_byte(in);
	char *path = take_path(in), *other = take_path(in);
	struct inode *inode;

	if (what % 6 == 0)
		tree_create(path, S_IFREG | 0600, &inode);
	else if (what % 6 == 1)
		tree_create(path, S_IFDIR | 0700, &inode);
	else if (what % 6 == 2)
		tree_unlink(path);
	else if (what % 6 == 3)
		tree_rmdir(path);
	else if (what % 6 == 4)
		tree_rename(path, other);
	else
		FUZZ_CHECK(tree_find(path, &inode) || inode->nlink);
	join(path, other, 2 + what);
	free(path);
	free(other);
}

static void remove_all(struct inode *dir, char *path, size_t len)
{
	while (dir->first) {
		struct inode *i = dir->first;

		snprintf(path + len, TREE_NAME_MAX + 2, "/%s", i->name);
		if (S_ISDIR(i->mode))
			remove_all(i, path, len + 1 + strlen(i->name));
		path[len + 1 + strlen(i->name)] = '\0';
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
