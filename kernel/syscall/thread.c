/* SPDX-License-Identifier: MIT */
/* System calls on threads and what they sleep for. */
#include <abi/errno.h>
#include "kernel/proc/exit.h"
#include "kernel/proc/fork.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"

/*
 * A new thread of the process: entry(arg) with this rsp and thread-local storage.  Its tid.
 * -EINVAL: no addresses of a program's; then as process_create_thread().
 */
s64 sys_thread_create(u64 entry, u64 rsp, u64 arg, u64 tls)
{
	struct pt_regs regs;

	if (entry >= TASK_SIZE || tls >= TASK_SIZE)
		return -EINVAL;
	regs = user_regs(entry, rsp);
	regs.rdi = arg;
	return process_create_thread(&regs, tls);
}

/* Does not return: process_exit_thread(). */
s64 sys_thread_exit(int *word)
{
	process_exit_thread(word);
}

s64 sys_gettid(void)
{
	return current->tid;
}

/* Where the caller's thread-local storage is.  -EINVAL: no address of a program's. */
s64 sys_set_tls(u64 base)
{
	if (base >= TASK_SIZE)
		return -EINVAL;
	set_fs_base(base);
	return 0;
}

s64 sys_yield(void)
{
	sched_yield();
	return 0;
}

/*
 * Binds the caller (pid 0 or its own) to the CPUs of the mask.  -EINVAL: none of
 * them is online.  Another pid: -ESRCH there is none, -EPERM there is.
 */
s64 sys_setaffinity(int pid, u64 mask)
{
	struct process *p = process_find(pid);

	if (!p)
		return -ESRCH;
	process_put(p);
	if (p != current_process())
		return -EPERM;
	return set_affinity(mask);
}

/* As futex_wait(). */
s64 sys_futex_wait(int *word, int value, u64 ns)
{
	return futex_wait(word, value, ns);
}

/* As futex_wake(). */
s64 sys_futex_wake(int *word, int n)
{
	return futex_wake(word, n);
}
