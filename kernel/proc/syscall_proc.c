/* SPDX-License-Identifier: MIT */
/*
 * System calls on processes and time, but for fork (fork.c), exec (exec.c), wait4
 * (exit.c), signals (syscall_signal.c) and process groups (group.c).
 */
#include "kernel/core/time.h"
#include "kernel/proc/process.h"
#include "kernel/proc/syscall.h"
#include "kernel/x86/uaccess.h"

#define CLOCK_REALTIME	0
#define CLOCK_MONOTONIC 1

/* Does not return; the parent sees the low eight bits of status. */
s64 sys_exit(int status)
{
	process_exit(WAIT_EXITED(status));
}

/* Where the caller's thread-local storage is.  -EINVAL: no address of a program's. */
s64 sys_set_tls(u64 base)
{
	if (base >= TASK_SIZE)
		return -EINVAL;
	set_fs_base(base);
	return 0;
}

s64 sys_gettid(void)
{
	return current->tid;
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

s64 sys_yield(void)
{
	sched_yield();
	return 0;
}

/* Sleeps at least so long; -EINTR if a signal came first. */
s64 sys_nanosleep(u64 ns)
{
	return wait_event_timeout(&current_process()->wait, signal_pending(), ns) ? -EINTR : 0;
}

/* Time since boot on either clock: there is no calendar yet.  -EINVAL another clock, -EFAULT. */
s64 sys_clock_gettime(int clock, void *ts)
{
	u64 now = now_ns();
	const u64 time[] = { now / NSEC_PER_SEC, now % NSEC_PER_SEC }; /* a struct timespec */

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	return copy_to_user(ts, time, sizeof(time));
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
	return p == current_process() ? set_affinity(mask) : -EPERM;
}
