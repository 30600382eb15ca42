/* SPDX-License-Identifier: MIT */
/* System calls on processes: birth, program, end, names, groups. */
#include <abi/signal.h>
#include <abi/wait.h>
#include "kernel/ipc/vmo.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/exit.h"
#include "kernel/proc/fork.h"
#include "kernel/proc/group.h"
#include "kernel/proc/usage.h"
#include "kernel/syscall/handle.h"
#include "kernel/syscall/syscall.h"
#include "kernel/x86/uaccess.h"

/* As process_fork(). */
s64 sys_fork(void)
{
	return process_fork();
}

/*
 * Replaces the program by the ELF image that the handle names; the handle is closed with the old
 * program.  0 is what the new one finds in rax.  In this order: -EBADF, -EINVAL not a memory
 * object, -EACCES not executable, then as exec_replace().
 */
s64 sys_exec(int handle, const u64 *argv, const u64 *envp)
{
	struct object *object __put_object = get_object(handle, OBJ_VMO, RIGHT_EXEC);
	int ret;

	if (IS_ERR(object))
		return PTR_ERR(object);
	ret = exec_replace(to_vmo_object(object), argv, envp);
	if (!ret)
		handle_close(my_handles(), handle);
	return ret;
}

/* Does not return; the parent sees the low eight bits of status. */
s64 sys_exit(int status)
{
	process_exit(WAIT_EXITED(status));
}

/* As process_wait(), before it -EINVAL: unknown flags. */
s64 sys_wait4(int pid, int *ustatus, u64 flags, u64 uusage)
{
	if (flags & ~(u64)(WNOHANG | WUNTRACED | WCONTINUED | WAIT_NO_ENDS | WAIT_PEEK))
		return -EINVAL;
	return process_wait(pid, ustatus, flags, (struct usage *)uusage);
}

/* What USAGE_SELF, USAGE_CHILDREN or USAGE_THREAD has used.  -EINVAL another, -EFAULT. */
s64 sys_usage(int who, void *buf)
{
	struct usage usage;
	int ret = usage_get(who, &usage);

	if (ret)
		return ret;
	return copy_to_user(buf, &usage, sizeof(usage));
}

s64 sys_getpid(void)
{
	return current_process()->pid;
}

/* 0 for init. */
s64 sys_getppid(void)
{
	return READ_ONCE(current_process()->ppid);
}

/* There is one user. */
s64 sys_getuid(void)
{
	return 0;
}

/* -EINVAL pgid below 0, then as process_set_group(). */
s64 sys_setpgid(int pid, int pgid)
{
	if (pgid < 0)
		return -EINVAL;
	return process_set_group(pid, pgid);
}

/* The group of pid (0: the caller), or its session if that is asked for.  -ESRCH. */
s64 sys_getpgid(int pid, int session)
{
	if (session)
		return process_session(pid);
	return process_group(pid);
}

/* As process_new_session(). */
s64 sys_setsid(void)
{
	return process_new_session();
}
