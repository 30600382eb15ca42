/* SPDX-License-Identifier: MIT */
/*
 * Locks of files (<mg/io.h>).  Before its first record lock a process asks the server for a
 * connection that stands for it, and keeps that in HANDLE_LOCKS: when the process has ended, the
 * server sees it go.  A child drops its copy; a program that comes by exec finds it there.
 */
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "sys.h"
#include "thread/thread.h"
#include "unistd/request.h"

bool __has_locks; /* there may be some: HANDLE_LOCKS is open */

void __locks_start(void)
{
	if (sys_handle_cloexec(HANDLE_LOCKS, -1) >= 0)
		__has_locks = true;
}

void __locks_forked(void)
{
	if (!__has_locks)
		return;
	sys_handle_close(HANDLE_LOCKS);
	__has_locks = false;
}

void __locks_close(int fd)
{
	if (__has_locks)
		__io_call(fd, &(struct ipc_message){ .op = IO_UNLOCK });
}

/* Asks fd's server for what stands for us.  0 or -errno. */
static long become_owner(int fd)
{
	struct ipc_message m = { .op = IO_OWNER, .flags = IPC_APART };
	long ret = __io_call(fd, &m);

	if (ret < 0)
		return ret == IO_NO_CONNECTION ? -ENOLCK : ret;
	ret = sys_handle_dup(m.handle[0], HANDLE_LOCKS);
	sys_handle_close(m.handle[0]);
	__has_locks = ret >= 0;
	return ret < 0 ? ret : 0;
}

static long need_owner(int fd)
{
	static int lock;
	long ret = 0;

	__lock(&lock);
	if (!__has_locks)
		ret = become_owner(fd);
	__unlock(&lock);
	return ret;
}

/* F_GETLK, F_SETLK, F_SETLKW. */
long __fcntl_lock(int fd, int command, struct flock *lock)
{
	static const int ops[] = { IO_LOCK_GET, IO_LOCK_SET, IO_LOCK_WAIT };
	struct ipc_message m = { .op = IO_LOCK, .word = { (uint64_t)ops[command - F_GETLK] } };
	struct flock l;
	long ret;

	if (sys_vm_copy(&l, lock, sizeof(l)) < 0)
		return -EFAULT;
	ret = command == F_GETLK ? 0 : need_owner(fd);
	if (ret)
		return ret;
	m.word[1] = (uint64_t)l.l_type;
	m.word[2] = (uint64_t)l.l_start;
	m.word[3] = (uint64_t)l.l_len;
	m.word[5] = (uint64_t)l.l_whence;
	ret = __io_call(fd, &m);
	if (ret == IO_NO_CONNECTION)
		return -ENOLCK;
	if (ret < 0 || command != F_GETLK)
		return ret;
	l.l_type = (short)m.word[1];
	if (l.l_type != F_UNLCK)
		l = (struct flock){ l.l_type, SEEK_SET, (off_t)m.word[2], (off_t)m.word[3],
				    (pid_t)m.word[4] };
	return sys_vm_copy(lock, &l, sizeof(l)) < 0 ? -EFAULT : 0;
}

int flock(int fd, int operation)
{
	struct ipc_message m = { .op = IO_FLOCK, .word = { IO_LOCK_WAIT } };
	long ret;

	if (operation & LOCK_NB)
		m.word[0] = IO_LOCK_SET;
	switch (operation & ~LOCK_NB) {
	case LOCK_SH:
		m.word[1] = F_RDLCK;
		break;
	case LOCK_EX:
		m.word[1] = F_WRLCK;
		break;
	case LOCK_UN:
		m.word[1] = F_UNLCK;
		break;
	default:
		return (int)sys_ret(-EINVAL);
	}
	ret = __io_call(fd, &m);
	return (int)sys_ret(ret == IO_NO_CONNECTION ? -ENOLCK : ret);
}

/* Whether a lock of another process is in the way of the one wanted. */
static int test_lock(int fd, struct flock *l)
{
	if (fcntl(fd, F_GETLK, l))
		return -1;
	return l->l_type == F_UNLCK ? 0 : (int)sys_ret(-EACCES);
}

int lockf(int fd, int command, off_t len)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_len = len };

	switch (command) {
	case F_ULOCK:
		l.l_type = F_UNLCK;
		return fcntl(fd, F_SETLK, &l);
	case F_LOCK:
		return fcntl(fd, F_SETLKW, &l);
	case F_TLOCK:
		return fcntl(fd, F_SETLK, &l);
	case F_TEST:
		return test_lock(fd, &l);
	default:
		return (int)sys_ret(-EINVAL);
	}
}
