/* SPDX-License-Identifier: MIT */
/* Process groups and sessions: numbers in struct process, the pids of those that began them. */
#include "kernel/proc/group.h"
#include "kernel/proc/signal.h"
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

/* Whether the parent of p, in another group of its session, could continue it. */
static bool is_looked_after(const struct process *p)
{
	const struct process *parent = p->parent;

	return parent && !p->adopted && parent->pgid != p->pgid && parent->sid == p->sid;
}

/* The same of a group, were there no process `without` (may be null). */
static bool is_orphaned_without(int sid, int pgid, const struct process *without)
{
	struct process *p;

	list_for_each_entry(p, &processes, pid_link)
		if (p->state == P_RUNNING && p->sid == sid && p->pgid == pgid && p != without &&
		    p->parent != without && is_looked_after(p))
			return false;
	return true;
}

bool group_is_orphaned(int sid, int pgid)
{
	assert_spin_held(&proc_tree_lock);
	return is_orphaned_without(sid, pgid, NULL);
}

static bool has_stopped(int sid, int pgid)
{
	struct process *p;

	list_for_each_entry(p, &processes, pid_link)
		if (p->state == P_RUNNING && p->sid == sid && p->pgid == pgid && p->stopped)
			return true;
	return false;
}

/* As groups_lose(), one group. */
static void lose_one(int sid, int pgid, const struct process *ending)
{
	struct process *p;

	if (!has_stopped(sid, pgid) || !is_orphaned_without(sid, pgid, ending))
		return;
	list_for_each_entry(p, &processes, pid_link) {
		if (p->state != P_RUNNING || p->sid != sid || p->pgid != pgid || p == ending)
			continue;
		signal_send(p, SIGHUP, SI_KERNEL, 0, 0);
		signal_send(p, SIGCONT, SI_KERNEL, 0, 0);
	}
}

void groups_lose(struct process *p)
{
	struct process *child;

	assert_spin_held(&proc_tree_lock);
	if (is_looked_after(p))
		lose_one(p->sid, p->pgid, p);
	list_for_each_entry(child, &p->children, sibling)
		if (is_looked_after(child))
			lose_one(child->sid, child->pgid, p);
}

int process_set_group(int pid, int pgid)
{
	struct process *self = current_process(), *p;

	SPIN_GUARD(&proc_tree_lock);
	p = process_lookup(pid);
	if (!p || (p != self && p->parent != self))
		return -ESRCH;
	if (p->sid != self->sid)
		return -EPERM;
	if (p != self && p->has_execed)
		return -EACCES;
	if (!pgid)
		pgid = p->pid;
	if (p->sid == p->pid)
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
	struct process *self = current_process(), *p;

	SPIN_GUARD(&proc_tree_lock);
	list_for_each_entry(p, &processes, pid_link)
		if (p->state != P_NEW && p->pgid == self->pid)
			return -EPERM;
	self->sid = self->pid;
	self->pgid = self->pid;
	return self->pid;
}
