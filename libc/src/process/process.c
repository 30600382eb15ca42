/* SPDX-License-Identifier: MIT */
/* Processes: fork(), and the calls that need nothing of libc's own. */
#include <sched.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <stdlib.h>
#include <unistd.h>

#include "malloc/malloc.h"
#include "signal/signal.h"
#include "stdio/file.h"
#include "sys.h"
#include "thread/thread.h"
#include "unistd/request.h"
#include "unistd/usage.h"

#define MAX_ATFORK 32

static struct atfork {
	void (*prepare)(void), (*parent)(void), (*child)(void);
} handlers[MAX_ATFORK];
static int nr_handlers;

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	LOCKED(&__malloc_lock); /* the child of another thread's fork() finds it free */
	if (nr_handlers == MAX_ATFORK)
		return ENOMEM;
	handlers[nr_handlers++] = (struct atfork){ prepare, parent, child };
	return 0;
}

static void call(void (*handler)(void))
{
	if (handler)
		handler();
}

/* The last handler comes first before, the first one after. */
pid_t fork(void)
{
	long pid;

	for (int i = nr_handlers; i--;)
		call(handlers[i].prepare);
	if (__threaded) {
		__file_before_fork();
		__lock(&__malloc_lock);
	}
	pid = sys_fork();
	if (__threaded) {
		__unlock(&__malloc_lock);
		__file_after_fork(!pid);
	}
	if (__threaded && !pid)
		__thread_forked();
	if (!pid)
		__locks_forked();
	for (int i = 0; i < nr_handlers; i++)
		call(pid ? handlers[i].parent : handlers[i].child);
	return (pid_t)sys_ret(pid);
}

/* POSIX allows its child no more than exec and _exit, so a fork serves. */
pid_t vfork(void) ALIAS(fork);

void _exit(int status)
{
	for (;;)
		sys_exit(status);
}

_Noreturn void _Exit(int status) ALIAS(_exit);

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	const int known = WNOHANG | WUNTRACED | WCONTINUED;
	struct usage used;
	struct rusage copy;
	long ret = options & ~known ?
			   -EINVAL :
			   SYS_RESTART(sys_wait4(pid, status, options, usage ? &used : NULL));

	if (ret > 0 && usage) {
		copy = __rusage(&used);
		if (sys_vm_copy(usage, &copy, sizeof(copy)) < 0)
			ret = -EFAULT;
	}
	return (pid_t)sys_ret(ret);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

SYS_FUNCTION(pid_t, getpid, getpid(), void)
SYS_FUNCTION(pid_t, getppid, getppid(), void)
pid_t gettid(void);
SYS_FUNCTION(pid_t, gettid, gettid(), void)

SYS_FUNCTION(int, setpgid, setpgid(pid, group), pid_t pid, pid_t group)
SYS_FUNCTION(int, setpgrp, setpgid(0, 0), void)
SYS_FUNCTION(pid_t, getpgid, getpgid(pid, 0), pid_t pid)
SYS_FUNCTION(pid_t, getpgrp, getpgid(0, 0), void)
SYS_FUNCTION(pid_t, getsid, getpgid(pid, 1), pid_t pid)
SYS_FUNCTION(pid_t, setsid, setsid(), void)
SYS_FUNCTION(int, sched_yield, yield(), void)
SYS_FUNCTION(uid_t, getuid, getuid(), void)

/* A user has one number, and is a group of one. */
uid_t geteuid(void) ALIAS(getuid);
gid_t getgid(void) ALIAS(getuid);
gid_t getegid(void) ALIAS(getuid);

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	if (size < sizeof(*set))
		return (int)sys_ret(-EINVAL);
	return (int)sys_ret(sys_setaffinity(pid, set->bits));
}

int(prctl)(int option, ...)
{
	va_list ap;
	unsigned long arg[4];

	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (arg[1] || arg[2] || arg[3])
		return (int)sys_ret(-EINVAL); /* no option takes more than one */
	return (int)sys_ret(sys_prctl(option, arg[0]));
}

long syscall(long nr, ...)
{
	va_list ap;
	long arg[6];

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	return sys_ret(sys_call(nr, arg));
}
