/* SPDX-License-Identifier: MIT */
/* What process.c, fork.c, exit.c, signal.c and group.c share of the process tree; for them only. */
#pragma once

#include "kernel/proc/process.h"

extern spinlock_t proc_tree_lock;  /* LOCK_PROC_TREE */
extern struct list_head processes; /* (P) struct process by pid, new ones too */

/* Makes the cache of process structs.  Boot. */
void process_cache_init(void);
/* As process_find(), without a reference.  proc_tree_lock held. */
struct process *process_lookup(int pid);
/*
 * Whether kill() and wait4() mean p by pid: that process, any (-1), one of the
 * caller's group (0), one of group -pid.  proc_tree_lock held.
 */
bool process_is_meant(const struct process *p, int pid);
/*
 * Takes p off the pid list and its parent's, and drops the reference that goes with them;
 * its pid is free.  proc_tree_lock held.
 */
void process_unlink(struct process *p);
