/* SPDX-License-Identifier: MIT */
/* Process groups and sessions: numbers in struct process, the pids of those who began them. */
#include "kernel/proc/syscall.h"
#include "kernel/proc/tree.h"

bool process_is_meant(const struct process *p, int pid)
{
	if (pid > 0)
		return p->pid == pid;
	return pid == -1 || p->pgid == (pid ? -(s64)pid : current_process()->pgid);
}

static bool session_has_group(int sid, int pgid)
{
	struct process *p;

	list_for_each_entry(p, &processes, pid_link)
		if (p->state != P_NEW && p->sid == sid && p->pgid == pgid)
			return true;
	return false;
}

/*
 * Moves pid (0: the caller) to group pgid (0: one of its own).  In this order:
 * -EINVAL pgid below 0; -ESRCH neither the caller nor its child; -EACCES the child
 * has called exec; -EPERM a session's leader, another session's process, or no such
 * group in the session.
 */
s64 sys_setpgid(int pid, int pgid)
{
	struct process *self = current_process(), *p;

	if (pgid < 0)
		return -EINVAL;
	SPIN_GUARD(&proc_tree_lock);
	p = process_lookup(pid);
	if (!p || (p != self && p->parent != self))
		return -ESRCH;
	if (p != self && p->has_execed)
		return -EACCES;
	if (!pgid)
		pgid = p->pid;
	if (p->sid == p->pid || p->sid != self->sid ||
	    (pgid != p->pid && !session_has_group(p->sid, pgid)))
		return -EPERM;
	p->pgid = pgid;
	return 0;
}

/* The group of pid (0: the caller), or its session if that is asked for.  -ESRCH. */
s64 sys_getpgid(int pid, int session)
{
	SPIN_GUARD(&proc_tree_lock);
	struct process *p = process_lookup(pid);

	return !p ? -ESRCH : session ? p->sid : p->pgid;
}

/* A session and a group of the caller's own; its id.  -EPERM: the caller leads a group. */
s64 sys_setsid(void)
{
	struct process *self = current_process();

	SPIN_GUARD(&proc_tree_lock);
	if (self->pgid == self->pid)
		return -EPERM;
	return self->sid = self->pgid = self->pid;
}
