/* SPDX-License-Identifier: MIT */
/* Process groups and sessions. */
#pragma once

#include "kernel/proc/process.h"

/*
 * Moves pid (0: the caller) to group pgid (0: one of its own).  In this order: -ESRCH neither the
 * caller nor its child; -EACCES the child has called exec; -EPERM a session's leader, another
 * session's process, or no such group in the session.
 */
int process_set_group(int pid, int pgid);
/* The group, or the session, of pid (0: the caller).  -ESRCH. */
int process_group(int pid);
int process_session(int pid);
/* Begins a session and a group of the caller's own; its id.  -EPERM: the caller leads a group. */
int process_new_session(void);
