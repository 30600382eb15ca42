/* SPDX-License-Identifier: MIT */
/*
 * fs: the RAM file system.  It starts with what is in the initrd, of which nothing is
 * copied before somebody changes it, and with the empty directories that other servers
 * and programs expect.  What is there at the start only KCAP_CTL changes (names.c).
 */
#include "user/servers/fs/fs.h"

#include <errno.h>
#include <merganser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "user/lib/initrd.h"

static const struct {
	const char *path;
	bool mounted;
} directories[] = { { "/tmp", false }, { "/dev", true }, { "/proc", true }, { "/sys", true } };

/* ---- the tree at the start ---- */

/* Makes the directories that path names, up to its last "/". */
static int make_parents(char *path)
{
	struct inode *inode;
	int ret = 0;

	for (char *slash = strchr(path + 1, '/'); slash && !ret; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ret = tree_create(path, S_IFDIR | 0755, false, &inode);
		*slash = '/';
		ret = ret == -EEXIST ? 0 : ret;
	}
	return ret;
}

/* Gives a member of the archive its inode; of two with one name the later one counts. */
static int add_member(const struct initrd_entry *e)
{
	mode_t type = e->type == '5' ? S_IFDIR : S_IFREG;
	char path[sizeof(e->name) + 1];
	struct inode *inode;
	int ret;

	if ((e->type != '0' && e->type != '5') || !e->name[0])
		return 0;
	snprintf(path, sizeof(path), "/%s", e->name);
	ret = make_parents(path);
	if (!ret)
		ret = tree_create(path, type | (e->mode & 07777), false, &inode);
	if (ret && (ret != -EEXIST || (inode->mode & S_IFMT) != type))
		return ret;
	if (type == S_IFDIR)
		return 0;
	inode->archive = e->offset;
	inode->size = e->size;
	return 0;
}

static int read_archive(void)
{
	off_t pos = 0, end = mg_vmo_size(HANDLE_INITRD);
	struct initrd_entry e;
	int more, ret = 0;

	while (!ret && (more = initrd_next(HANDLE_INITRD, &pos, &e)) > 0)
		ret = e.size <= end - e.offset ? add_member(&e) : -EIO;
	return ret ? ret : more < 0 ? -errno : 0;
}

/* Marks all that is there. */
static void mark_installed(struct inode *dir)
{
	dir->installed = true;
	for (struct entry *e = dir->first; e; e = e->next)
		mark_installed(e->inode);
}

static int make_tree(void)
{
	struct inode *inode;
	int ret = read_archive();

	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]) && !ret; i++) {
		ret = tree_create(directories[i].path, S_IFDIR | 0755, false, &inode);
		ret = ret == -EEXIST || ret == -EREMOTE ? 0 : ret;
		if (!ret)
			inode->mounted = directories[i].mounted;
	}
	mark_installed(&tree_root);
	return ret;
}

/* ---- requests ---- */

static int serve_file(struct server *s, struct ipc_message *m, file_request *request)
{
	struct open_file *f = open_file_of(m->badge);

	return f ? request(s, m, f) : -EBADF;
}

/* Who has an authority that a link on the way lacked is not sent by it to another server. */
static __attribute__((noinline)) int serve_path(struct server *s, struct ipc_message *m,
						path_request *request)
{
	int ret;

	tree_lacked = 0;
	ret = request(s, m);
	return ret == -EREMOTE && m->authorities & tree_lacked ? -EACCES : ret;
}

static int serve(struct server *s, struct ipc_message *m)
{
	size_t op = (unsigned int)m->op;

	if (op >= NR_IO_OPS || (!file_requests[op] && !path_requests[op]))
		return -ENOSYS;
	if (m->badge)
		return file_requests[op] ? serve_file(s, m, file_requests[op]) : -EINVAL;
	return path_requests[op] ? serve_path(s, m, path_requests[op]) : -EBADF;
}

static void closed(struct server *s, uint64_t badge)
{
	struct open_file *f = open_file_of(badge);

	if (locks_owner_closed(s, badge))
		return;
	if (f)
		open_file_close(s, f);
}

/* As many pipes as fill an eighth of memory. */
static void limit_pipes(void)
{
	struct kstat_mem mem;

	if (mg_kstat(KSTAT_MEM, &mem, sizeof(mem)) >= 0)
		pipes_max = (unsigned int)(mem.total_frames * 4096 / 8 / PIPE_SIZE);
}

int main(void)
{
	static struct server fs = { .serve = serve,
				    .closed = closed,
				    .unblock = open_files_unblock,
				    .undelivered = pipe_undelivered };
	int ret;

	/* Our pages are not to be merged, neither these nor those to come: we never fork. */
	prctl(PR_SET_MEMORY_MERGE, 0);
	limit_pipes();
	ret = make_tree();
	if (!ret)
		ret = pager_start();
	if (ret) {
		fprintf(stderr, "fs: cannot start: %s\n", strerror(-ret));
		return EXIT_FAILURE;
	}
	server_run(&fs);
}
