/* SPDX-License-Identifier: MIT */
/* Process groups and sessions: numbers in struct process, the pids of those that began them. */
#include "kernel/proc/group.h"
#include "kernel/proc/tree.h"

bool process_is_meant(const struct process *p, int pid)
{
	if (pid > 0)
		return p->pid == pid;
	if (pid == -1)
		return true;
	if (pid == 0)
		return p->pgid == current_process()->pgid;
	return p->pgid == -(s64)pid;
}

static bool session_has_group(int sid, int pgid)
{
	struct process *p;

	list_for_each_entry(p, &processes, pid_link)
		if (p->state != P_NEW && p->sid == sid && p->pgid == pgid)
			return true;
	return false;
}

int process_set_group(int pid, int pgid)
{
	struct process *self = current_process(), *p;

	SPIN_GUARD(&proc_tree_lock);
	p = process_lookup(pid);
	if (!p || (p != self && p->parent != self))
		return -ESRCH;
	if (p != self && p->has_execed)
		return -EACCES;
	if (!pgid)
		pgid = p->pid;
	if (p->sid == p->pid || p->sid != self->sid)
		return -EPERM;
	if (pgid != p->pid && !session_has_group(p->sid, pgid))
		return -EPERM;
	p->pgid = pgid;
	return 0;
}

int process_group(int pid)
{
	SPIN_GUARD(&proc_tree_lock);
	struct process *p = process_lookup(pid);

	return p ? p->pgid : -ESRCH;
}

int process_session(int pid)
{
	SPIN_GUARD(&proc_tree_lock);
	struct process *p = process_lookup(pid);

	return p ? p->sid : -ESRCH;
}

int process_new_session(void)
{
	struct process *self = current_process();

	SPIN_GUARD(&proc_tree_lock);
	if (self->pgid == self->pid)
		return -EPERM;
	self->sid = self->pid;
	self->pgid = self->pid;
	return self->pid;
}
