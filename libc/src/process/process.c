/* SPDX-License-Identifier: MIT */
/* Processes: the calls that need nothing of libc's own. */
#include <sched.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "malloc/malloc.h"
#include "signal/signal.h"
#include "sys.h"
#include "thread/thread.h"

pid_t fork(void)
{
	long pid;

	if (!__threaded)
		return (pid_t)sys_ret(sys_fork());
	LOCKED(&__malloc_lock);
	pid = sys_fork();
	if (!pid)
		__thread_forked();
	return (pid_t)sys_ret(pid);
}

void _exit(int status)
{
	for (;;)
		sys_exit(status);
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	(void)usage; /* not kept by this kernel */
	return (pid_t)sys_ret(SYS_RESTART(sys_wait4(pid, status, options)));
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

pid_t getpid(void)
{
	return (pid_t)sys_getpid();
}

pid_t getppid(void)
{
	return (pid_t)sys_getppid();
}

gid_t getgid(void)
{
	return getuid();
}

gid_t getegid(void)
{
	return getuid();
}

uid_t getuid(void)
{
	return (uid_t)sys_getuid();
}

uid_t geteuid(void)
{
	return getuid();
}

int setpgid(pid_t pid, pid_t group)
{
	return (int)sys_ret(sys_setpgid(pid, group));
}

pid_t getpgid(pid_t pid)
{
	return (pid_t)sys_ret(sys_getpgid(pid, 0));
}

pid_t getpgrp(void)
{
	return getpgid(0);
}

int setpgrp(void)
{
	return setpgid(0, 0);
}

pid_t getsid(pid_t pid)
{
	return (pid_t)sys_ret(sys_getpgid(pid, 1));
}

pid_t setsid(void)
{
	return (pid_t)sys_ret(sys_setsid());
}

int sched_yield(void)
{
	return (int)sys_ret(sys_yield());
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	if (size < sizeof(*set))
		return (int)sys_ret(-EINVAL);
	return (int)sys_ret(sys_setaffinity(pid, set->bits));
}

int prctl(int option, ...)
{
	va_list ap;
	unsigned long arg;

	va_start(ap, option);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	return (int)sys_ret(sys_prctl(option, arg));
}

long syscall(long nr, ...)
{
	va_list ap;
	long arg[6];

	va_start(ap, nr);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	return sys_ret(sys_call(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]));
}
