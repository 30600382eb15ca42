/* SPDX-License-Identifier: MIT */
/*
 * The file server: any messages of any clients.  In the end no file is open, so removing all names
 * must leave nothing.
 *
 * sources: user/servers/fs/main.c user/servers/fs/names.c user/servers/fs/open.c
 * sources: user/servers/fs/bytes.c user/servers/fs/pipe.c user/servers/fs/locks.c
 * sources: user/servers/fs/tree.c
 * sources: user/lib/initrd.c user/lib/slots.c tools/fuzz/pretend.c
 * defines: main=server_main close=pretend_close prctl=pretend_prctl
 * defines: PR_SET_MEMORY_MERGE=67
 * defines: malloc=pretend_malloc calloc=pretend_calloc realloc=pretend_realloc
 * defines: strndup=pretend_strndup
 */
#include <errno.h>
#include <merganser.h>
#include <stdio.h>

#include "tools/fuzz/archive.h"
#include "tools/fuzz/fuzz.h"
#include "user/servers/fs/fs.h"

int pretend_prctl(int op, ...)
{
	return op * 0;
}

ssize_t mg_kstat(enum kstat_what what, void *buf, size_t size)
{
	(void)what, (void)buf, (void)size;
	return -1;
}

int pager_start(void)
{
	return 0;
}

int pager_object(off_t archive, off_t size)
{
	uint64_t badge = (uint64_t)(archive / 512) << 32 | (uint64_t)size;
	int vmo = mg_vmo_create_paged(HANDLE_KCAP, 0, badge, (size_t)size);

	return vmo < 0 ? -errno : vmo;
}

/* Removes all that is in dir, whose path ends at path[len]. */
static void remove_all(struct inode *dir, char *path, size_t len)
{
	while (dir->first) {
		struct inode *i = dir->first->inode;
		size_t n = strlen(dir->first->name);

		i->mounted = false;
		path[len] = '/';
		memcpy(path + len + 1, dir->first->name, n + 1);
		if (S_ISDIR(i->mode)) {
			remove_all(i, path, len + 1 + n);
			FUZZ_CHECK(!tree_rmdir(path));
		} else {
			FUZZ_CHECK(!i->users && !tree_unlink(path));
		}
	}
	path[len] = '\0';
}

static void clean(void)
{
	static char path[1 << 20];

	remove_all(&tree_root, path, 0);
	FUZZ_CHECK(tree_root.nlink == 2 && !tree_root.users);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool up;

	if (!up)
		pretend_archive();
	up = true;
	pretend_serve(data, size, pretend_step, clean);
	return 0;
}
