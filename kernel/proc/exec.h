/* SPDX-License-Identifier: MIT */
/* exec: a new program in an old process; the strings passed on to it, and its first stack. */
#pragma once

#include "kernel/ipc/vmo.h"
#include "kernel/proc/process.h"
#include "kernel/x86/layout.h"

#define ARG_MAX	  (128 * 1024UL)    /* strings with their NULs, and the pointers to them */
#define ARG_FIXED (9 * sizeof(u64)) /* argc, two NULLs and auxv besides */
#define ARG_PAGES (ARG_MAX / PAGE_SIZE + 1)

#define STACK_TOP  TASK_SIZE
#define STACK_SIZE (8UL << 20)

/* argv and envp on their way from one address space to the next: the first stack, from rsp on. */
struct exec_args {
	char *page[ARG_PAGES]; /* the first nr_pages */
	u32 nr_pages, argc, envc;
	u64 size; /* bytes used */
};

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

/* ---- args.c ---- */

/* argv of one string, no environment: for init.  -ENOMEM. */
int args_init(struct exec_args *args, const char *name);
/*
 * Copies the strings of the user's NULL-terminated vectors argv and envp (NULL
 * counts as empty; an empty argv becomes one empty string).  -EFAULT, -E2BIG
 * above ARG_MAX, -ENOMEM.  args_free() in any case.
 */
int args_copy(struct exec_args *args, const u64 *argv, const u64 *envp);
/* The last component of argv[0], cut to size. */
void args_name(const struct exec_args *args, char *name, size_t size);
/*
 * Writes the System V first stack (argc, argv, envp, auxv; the strings above)
 * to the top of mm's stack area and returns rsp; once.  -ENOMEM.
 */
s64 args_push(const struct exec_args *args, struct mm_struct *mm, u64 entry);
/* Frees the pages. */
void args_free(struct exec_args *args);
