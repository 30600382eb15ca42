/* SPDX-License-Identifier: MIT */
/*
 * Requests with a path, to the root connection; and pipe(), which has no path.
 *
 * There is one user, but not all programs have the same authority.  What the machine came with
 * (inode.installed) is run by those that have, so only they may change it: bytes, mode, name.
 * Otherwise one without would put a program of its own where "ls" was, and wait.  As on Linux
 * everybody may add names, and change what was added, and an open file may be passed on.
 */
#include "user/servers/fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#define PERMISSIONS 07777

static char path[PATH_MAX], new_path[PATH_MAX];

/* Reads window 0, and finds what it names. */
static int find(struct server *s, struct ipc_message *m, bool follow, struct inode **out)
{
	int ret = server_path(s, m, 0, path, sizeof(path));

	return ret ? ret : tree_find(path, follow, out);
}

/* The sender's authorities, of which those do not count that a link on the way lacked. */
static unsigned int authorities_of(const struct ipc_message *m)
{
	return m->authorities & ~tree_lacked;
}

static bool may_change(const struct ipc_message *m, const struct inode *inode)
{
	return !inode->installed || authorities_of(m) & KCAP_CTL;
}

/* The same for a name, of a link itself: -EPERM; 0 if it may, or leads nowhere. */
static int check_name(const struct ipc_message *m, const char *name)
{
	struct inode *inode;

	return !tree_find(name, false, &inode) && !may_change(m, inode) ? -EPERM : 0;
}

/* ---- open ---- */

/* Finds or makes what is to be opened. */
static int find_or_create(unsigned int flags, mode_t mode, struct inode **out)
{
	bool follow = !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	int ret;

	if (!(flags & O_CREAT))
		return tree_find(path, follow, out);
	ret = tree_create(path, S_IFREG | (mode & PERMISSIONS), follow, out);
	return ret == -EEXIST && !(flags & O_EXCL) ? 0 : ret;
}

static int may_open(const struct ipc_message *m, const struct inode *inode, unsigned int flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;

	if (!S_ISDIR(inode->mode) && flags & O_DIRECTORY)
		return -ENOTDIR;
	if (S_ISLNK(inode->mode)) /* by O_NOFOLLOW */
		return -ELOOP;
	if (!S_ISDIR(inode->mode))
		return writes && !may_change(m, inode) ? -EACCES : 0;
	return flags & (O_ACCMODE | O_CREAT | O_TRUNC) ? -EISDIR : 0;
}

/* Opens `path` as f, which stays without inode if that fails. */
static int open_path(const struct ipc_message *m, struct open_file *f, unsigned int flags)
{
	struct inode *inode;
	int ret = find_or_create(flags, (mode_t)m->word[1], &inode);

	if (!ret)
		ret = may_open(m, inode, flags);
	if (!ret && flags & O_TRUNC)
		ret = bytes_truncate(inode, 0);
	if (ret)
		return ret;
	tree_get(inode);
	f->inode = inode;
	return 0;
}

static int do_open(struct server *s, struct ipc_message *m)
{
	unsigned int flags = (unsigned int)m->word[0];
	int ret = server_path(s, m, 0, path, sizeof(path));
	struct open_file *f;

	if (ret)
		return ret;
	if ((flags & O_ACCMODE) == O_ACCMODE || (flags & O_CREAT && flags & O_DIRECTORY))
		return -EINVAL;
	ret = open_file_new(flags, &f);
	if (ret)
		return ret;
	ret = open_path(m, f, flags);
	if (!ret)
		return open_file_give(s, m, f);
	open_file_close(s, f);
	return ret;
}

/* ---- names ---- */

static int do_stat(struct server *s, struct ipc_message *m)
{
	struct inode *inode;
	struct stat st;
	int ret = find(s, m, !(m->word[0] & IO_NOFOLLOW), &inode);

	if (ret)
		return ret;
	inode_stat(inode, &st);
	return stat_give(s, m, &st);
}

/* Everybody may read all, write what may_change() says, and run what anybody may run. */
static int do_access(struct server *s, struct ipc_message *m)
{
	struct inode *inode;
	int ret;

	if (m->word[0] & ~(uint64_t)(R_OK | W_OK | X_OK))
		return -EINVAL;
	ret = find(s, m, !(m->word[1] & IO_NOFOLLOW), &inode);
	if (ret)
		return ret;
	if (m->word[0] & X_OK && !(inode->mode & 0111))
		return -EACCES;
	return m->word[0] & W_OK && !may_change(m, inode) ? -EACCES : 0;
}

static int do_unlink(struct server *s, struct ipc_message *m)
{
	int ret = server_path(s, m, 0, path, sizeof(path));

	if (!ret)
		ret = check_name(m, path);
	return ret ? ret : tree_unlink(path);
}

static int do_rmdir(struct server *s, struct ipc_message *m)
{
	int ret = server_path(s, m, 0, path, sizeof(path));

	if (!ret)
		ret = check_name(m, path);
	return ret ? ret : tree_rmdir(path);
}

static int do_mkdir(struct server *s, struct ipc_message *m)
{
	struct inode *inode;
	int ret = server_path(s, m, 0, path, sizeof(path));

	return ret ? ret : tree_create(path, S_IFDIR | (m->word[0] & PERMISSIONS), false, &inode);
}

static int do_rename(struct server *s, struct ipc_message *m)
{
	int ret = server_path(s, m, 0, path, sizeof(path));

	if (!ret)
		ret = server_path(s, m, 1, new_path, sizeof(new_path));
	if (!ret)
		ret = check_name(m, path);
	if (!ret)
		ret = check_name(m, new_path);
	return ret ? ret : tree_rename(path, new_path);
}

/* ---- links ---- */

static int do_realpath(struct server *s, struct ipc_message *m)
{
	int ret = server_path(s, m, 0, path, sizeof(path)), err;

	if (!ret)
		ret = tree_realpath(path, new_path);
	if (ret < 0)
		return ret;
	err = server_give_path(s, m, new_path);
	return err ? err : ret;
}

static int do_readlink(struct server *s, struct ipc_message *m)
{
	struct inode *inode;
	int ret = find(s, m, false, &inode);

	if (!ret && !S_ISLNK(inode->mode))
		ret = -EINVAL;
	return ret ? ret : server_write(s, m, 1, inode->text, (size_t)inode->size);
}

static int do_symlink(struct server *s, struct ipc_message *m)
{
	int ret = server_path(s, m, 0, path, sizeof(path));

	if (!ret)
		ret = server_path(s, m, 1, new_path, sizeof(new_path));
	return ret ? ret : tree_symlink(new_path, path, ~(unsigned int)m->authorities);
}

/* Who may not change a file gives it no further name: it could not be removed by those who may. */
static int do_link(struct server *s, struct ipc_message *m)
{
	struct inode *inode;
	int ret = find(s, m, m->word[0] & IO_FOLLOW, &inode);

	if (!ret)
		ret = server_path(s, m, 1, new_path, sizeof(new_path));
	if (!ret && !may_change(m, inode))
		ret = -EPERM;
	return ret ? ret : tree_link(inode, new_path);
}

/* ---- what is set of a file ---- */

int set_mode(const struct ipc_message *m, struct inode *inode)
{
	if (!may_change(m, inode))
		return -EPERM;
	inode->mode = (inode->mode & S_IFMT) | (m->word[0] & PERMISSIONS);
	inode->ctime = tree_now();
	return 0;
}

/* A program does not stay one that runs as its owner, or as its group (if it could). */
static mode_t without_set_id(mode_t mode)
{
	if (!S_ISREG(mode))
		return mode;
	return mode & ~(mode_t)(S_ISUID | (mode & S_IXGRP ? S_ISGID : 0));
}

int set_owner(const struct ipc_message *m, struct inode *inode)
{
	uid_t uid = (uid_t)m->word[0];
	gid_t gid = (gid_t)m->word[1];

	if (!may_change(m, inode))
		return -EPERM;
	if (uid != (uid_t)-1)
		inode->uid = uid;
	if (gid != (gid_t)-1)
		inode->gid = gid;
	inode->mode = without_set_id(inode->mode);
	inode->ctime = tree_now();
	return 0;
}

static bool is_time(uint64_t ns)
{
	return ns < 1000000000 || ns == UTIME_NOW || ns == UTIME_OMIT;
}

static void set_time(struct timespec *t, uint64_t s, uint64_t ns, const struct timespec *now)
{
	if (ns == UTIME_NOW)
		*t = *now;
	else if (ns != UTIME_OMIT)
		*t = (struct timespec){ (time_t)s, (long)ns };
}

int set_times(const struct ipc_message *m, struct inode *inode)
{
	struct timespec now = tree_now();

	if (!is_time(m->word[1]) || !is_time(m->word[3]))
		return -EINVAL;
	if (m->word[1] == UTIME_OMIT && m->word[3] == UTIME_OMIT)
		return 0;
	if (!may_change(m, inode))
		return -EPERM;
	set_time(&inode->atime, m->word[0], m->word[1], &now);
	set_time(&inode->mtime, m->word[2], m->word[3], &now);
	inode->ctime = now;
	return 0;
}

static int do_chmod(struct server *s, struct ipc_message *m)
{
	struct inode *inode;
	int ret = find(s, m, true, &inode);

	return ret ? ret : set_mode(m, inode);
}

static int do_chown(struct server *s, struct ipc_message *m)
{
	struct inode *inode;
	int ret = find(s, m, !(m->word[2] & IO_NOFOLLOW), &inode);

	return ret ? ret : set_owner(m, inode);
}

static int do_utimes(struct server *s, struct ipc_message *m)
{
	struct inode *inode;
	int ret = find(s, m, !(m->word[4] & IO_NOFOLLOW), &inode);

	return ret ? ret : set_times(m, inode);
}

/* ---- pipe ---- */

/* Two places in the table, or none. */
static int two_files(struct server *s, unsigned int flags, struct open_file *end[2])
{
	int ret = open_file_new(O_RDONLY | flags, &end[0]);

	if (ret)
		return ret;
	ret = open_file_new(O_WRONLY | flags, &end[1]);
	if (ret)
		open_file_close(s, end[0]);
	return ret;
}

/* If one end cannot be given it is closed here, the other one by whom it was not given. */
static int do_pipe(struct server *s, struct ipc_message *m)
{
	struct open_file *end[2];
	struct pipe *p;
	int ret, second;

	if (m->word[0] & ~(uint64_t)O_NONBLOCK)
		return -EINVAL;
	ret = two_files(s, (unsigned int)m->word[0], end);
	if (ret)
		return ret;
	p = pipe_new();
	if (!p) {
		ret = -errno;
		open_file_close(s, end[0]);
		open_file_close(s, end[1]);
		return ret;
	}
	end[0]->pipe = end[1]->pipe = p;
	ret = open_file_give(s, m, end[0]);
	second = open_file_give(s, m, end[1]);
	return ret ? ret : second;
}

path_request *const path_requests[NR_IO_OPS] = {
	[IO_OPEN] = do_open,	     [IO_STAT] = do_stat,	  [IO_ACCESS] = do_access,
	[IO_UNLINK] = do_unlink,     [IO_RMDIR] = do_rmdir,	  [IO_MKDIR] = do_mkdir,
	[IO_RENAME] = do_rename,     [IO_CHMOD] = do_chmod,	  [IO_PIPE] = do_pipe,
	[IO_REALPATH] = do_realpath, [IO_READLINK] = do_readlink, [IO_SYMLINK] = do_symlink,
	[IO_LINK] = do_link,	     [IO_CHOWN] = do_chown,	  [IO_UTIMES] = do_utimes,
};
