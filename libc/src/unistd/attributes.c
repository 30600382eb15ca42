/* SPDX-License-Identifier: MIT */
/* What is set of a file: its mode, owner and times, by its name or by a descriptor. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

#include "sys.h"
#include "unistd/request.h"

static int by_path(int dir, const char *path, struct ipc_message m)
{
	char buf[PATH_MAX];
	long ret = __io_at(dir, &path, buf);

	return (int)sys_ret(ret ? ret : __io_path(path, &m));
}

/* What the console and a memory object have is nobody's to change. */
static int by_fd(int fd, struct ipc_message m)
{
	long ret = __io_call(fd, &m);

	return (int)sys_ret(ret == IO_NO_CONNECTION ? -EPERM : ret);
}

static struct ipc_message mode_request(mode_t mode)
{
	return (struct ipc_message){ .op = IO_CHMOD, .word = { mode & 07777 } };
}

/* As on Linux, a link has no mode of its own. */
int fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	if (flags)
		return (int)sys_ret(flags == AT_SYMLINK_NOFOLLOW ? -EOPNOTSUPP : -EINVAL);
	return by_path(dir, path, mode_request(mode));
}

int chmod(const char *path, mode_t mode)
{
	return fchmodat(AT_FDCWD, path, mode, 0);
}

int fchmod(int fd, mode_t mode)
{
	return by_fd(fd, mode_request(mode));
}

static struct ipc_message owner_request(uid_t uid, gid_t gid)
{
	return (struct ipc_message){ .op = IO_CHOWN, .word = { uid, gid } };
}

int fchownat(int dir, const char *path, uid_t uid, gid_t gid, int flags)
{
	struct ipc_message m = owner_request(uid, gid);

	if (flags & ~AT_SYMLINK_NOFOLLOW)
		return (int)sys_ret(-EINVAL);
	m.word[2] = flags ? IO_NOFOLLOW : 0;
	return by_path(dir, path, m);
}

int chown(const char *path, uid_t uid, gid_t gid)
{
	return fchownat(AT_FDCWD, path, uid, gid, 0);
}

int lchown(const char *path, uid_t uid, gid_t gid)
{
	return fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

int fchown(int fd, uid_t uid, gid_t gid)
{
	return by_fd(fd, owner_request(uid, gid));
}

/* ---- times ---- */

/* The request to set these times; null: both to now.  0 or -EFAULT. */
static long times_request(const struct timespec times[2], struct ipc_message *m)
{
	struct timespec t[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };

	if (times && sys_vm_copy(t, times, sizeof(t)) < 0)
		return -EFAULT;
	*m = (struct ipc_message){ .op = IO_UTIMES,
				   .word = { (uint64_t)t[0].tv_sec, (uint64_t)t[0].tv_nsec,
					     (uint64_t)t[1].tv_sec, (uint64_t)t[1].tv_nsec } };
	return 0;
}

/* The same of microseconds: in t, or null.  -EFAULT, -EINVAL. */
static long from_timeval(const struct timeval times[2], struct timespec t[2])
{
	struct timeval tv[2];

	if (sys_vm_copy(tv, times, sizeof(tv)) < 0)
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		t[i] = (struct timespec){ tv[i].tv_sec, tv[i].tv_usec * 1000 };
	}
	return 0;
}

int futimens(int fd, const struct timespec times[2])
{
	struct ipc_message m;
	long ret = times_request(times, &m);

	return ret ? (int)sys_ret(ret) : by_fd(fd, m);
}

int utimensat(int dir, const char *path, const struct timespec times[2], int flags)
{
	struct ipc_message m;
	long ret = flags & ~AT_SYMLINK_NOFOLLOW ? -EINVAL : times_request(times, &m);

	if (ret)
		return (int)sys_ret(ret);
	m.word[4] = flags ? IO_NOFOLLOW : 0;
	return by_path(dir, path, m);
}

static int set_times(const char *path, const struct timeval times[2], int flags)
{
	struct timespec t[2];
	long ret = times ? from_timeval(times, t) : 0;

	return ret ? (int)sys_ret(ret) : utimensat(AT_FDCWD, path, times ? t : NULL, flags);
}

int utimes(const char *path, const struct timeval times[2])
{
	return set_times(path, times, 0);
}

int lutimes(const char *path, const struct timeval times[2])
{
	return set_times(path, times, AT_SYMLINK_NOFOLLOW);
}

int futimes(int fd, const struct timeval times[2])
{
	struct timespec t[2];
	long ret = times ? from_timeval(times, t) : 0;

	return ret ? (int)sys_ret(ret) : futimens(fd, times ? t : NULL);
}

int utime(const char *path, const struct utimbuf *times)
{
	struct utimbuf copy;
	struct timespec t[2];

	if (!times)
		return utimensat(AT_FDCWD, path, NULL, 0);
	if (sys_vm_copy(&copy, times, sizeof(copy)) < 0)
		return (int)sys_ret(-EFAULT);
	t[0] = (struct timespec){ copy.actime, 0 };
	t[1] = (struct timespec){ copy.modtime, 0 };
	return utimensat(AT_FDCWD, path, t, 0);
}
