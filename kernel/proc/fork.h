/* SPDX-License-Identifier: MIT */
/* New processes and new threads. */
#pragma once

#include "kernel/proc/process.h"

/* Makes a child with a copy of everything.  Its pid, 0 in the child.  -EAGAIN too many; -ENOMEM. */
int process_fork(void);
/*
 * A new thread of the calling process, which enters user mode with these registers and this
 * thread-local storage; it has the caller's mask of signals and its CPUs.  Its tid.
 * -EAGAIN too many, -ENOMEM.
 */
int process_create_thread(const struct pt_regs *regs, u64 tls);
/*
 * Gives p, which has its address space, one more thread, which will enter user mode
 * with its thread_regs() and has the caller's affinity and mask; not started.  -EAGAIN too many,
 * or p is ending; -ENOMEM (ERR_PTR).
 */
struct thread *process_add_thread(struct process *p);
