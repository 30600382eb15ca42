/* SPDX-License-Identifier: MIT */
/* exec: a new program in an old process. */
#pragma once

#include "kernel/ipc/vmo.h"
#include "kernel/proc/args.h"
#include "kernel/proc/process.h"

/*
 * Builds an address space for process pid from the ELF image in vmo, its stack
 * filled with args, and regs to enter it with.  prctl's memory-merge setting is
 * taken over from old (null: init).  -ENOEXEC, -ENOMEM (ERR_PTR): nothing left.
 */
struct mm_struct *exec_build(struct vmo_object *vmo, const struct exec_args *args, int pid,
			     const struct mm_struct *old, struct pt_regs *regs);

/*
 * Replaces the calling process's program by the ELF image in vmo; its other threads end.  In this
 * order: -EFAULT, -E2BIG more than 128 KiB of argv and envp, -ENOEXEC, -ENOMEM, -EIO the pager of
 * its bytes has failed: the old program goes on as it was.
 */
int exec_replace(struct vmo_object *vmo, const u64 *argv, const u64 *envp);
