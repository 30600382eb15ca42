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
struct mm_struct *exec_build(struct vmo *vmo, const struct exec_args *args, int pid,
			     const struct mm_struct *old, struct pt_regs *regs);
