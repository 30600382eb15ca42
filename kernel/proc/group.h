/* SPDX-License-Identifier: MIT */
/* Process groups and sessions. */
#pragma once

#include "kernel/proc/process.h"

/*
 * Moves pid (0: the caller) to group pgid (0: one of its own).  In this order: -ESRCH neither the
 * caller nor its child; -EPERM another session's process; -EACCES the child has called exec;
 * -EPERM a session's leader, or no such group in the session.
 */
int process_set_group(int pid, int pgid);
/* The group, or the session, of pid (0: the caller).  -ESRCH. */
int process_group(int pid);
int process_session(int pid);
/*
 * Whether a group is orphaned: none of its processes has a parent in another group of their
 * session, who could continue what has stopped.  proc_tree_lock held.
 */
bool group_is_orphaned(int sid, int pgid);
/*
 * p, which ends, still has its children: SIGHUP and SIGCONT for each group with a stopped process
 * that loses by p's end the last who could continue it.  proc_tree_lock held.
 */
void groups_lose(struct process *p);
/*
 * Begins a session and a group of the caller's own; its id.  -EPERM: there is a
 * group of that number.
 */
int process_new_session(void);
