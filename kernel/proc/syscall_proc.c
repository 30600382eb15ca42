/* SPDX-License-Identifier: MIT */
/* System calls on processes and time, but for fork (fork.c), exec (exec.c) and wait4 (exit.c). */
#include "kernel/core/time.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/syscall.h"
#include "kernel/x86/uaccess.h"

#define CLOCK_REALTIME	0
#define CLOCK_MONOTONIC 1

struct timespec {
	s64 sec, nsec;
};

/* Does not return; the parent sees the low eight bits of status. */
s64 sys_exit(int status)
{
	process_exit(WAIT_EXITED(status));
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

/*
 * Ends the process `pid` with sig, if that is what sig does by default; sig 0
 * only asks whether the process is there.  -EINVAL: no such signal, one that
 * would stop (no job control yet), or a pid below 1 (no process groups yet).
 * -ESRCH.  -EPERM: a fatal signal for init.  A zombie ignores it.
 */
s64 sys_kill(int pid, int sig)
{
	struct process *p;
	s64 ret = 0;

	if (sig < 0 || sig >= NSIG || signal_stops(sig) || pid < 1)
		return -EINVAL;
	p = process_find(pid);
	if (!p)
		return -ESRCH;
	if (sig && signal_is_fatal(sig)) {
		if (pid == INIT_PID)
			ret = -EPERM;
		else
			process_kill(p, sig);
	}
	process_put(p);
	return ret;
}

s64 sys_yield(void)
{
	sched_yield();
	return 0;
}

/* Sleeps at least so long; -EINTR only if the caller is to die. */
s64 sys_nanosleep(u64 ns)
{
	u64 now = now_ns(), end = now + ns < now ? ~0UL : now + ns;

	while (now_ns() < end) {
		if (READ_ONCE(current->kill_pending))
			return -EINTR;
		sleep_until(end);
	}
	return 0;
}

/* Time since boot on either clock: there is no calendar yet.  -EINVAL another clock, -EFAULT. */
s64 sys_clock_gettime(int clock, void *ts)
{
	u64 now = now_ns();
	struct timespec time = { now / NSEC_PER_SEC, now % NSEC_PER_SEC };

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	return copy_to_user(ts, &time, sizeof(time));
}

/*
 * Binds the caller (pid 0 or its own) to the CPUs of the mask.  -EINVAL: none of
 * them is online.  Another pid: -ESRCH there is none, -EPERM there is.
 */
s64 sys_setaffinity(int pid, u64 mask)
{
	struct process *p;

	if (!pid || pid == current_process()->pid)
		return set_affinity(mask);
	p = process_find(pid);
	if (!p)
		return -ESRCH;
	process_put(p);
	return -EPERM;
}
