/* SPDX-License-Identifier: MIT */
/* The strings that are passed on to a new program, and its first stack. */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"

struct mm_struct;

#define ARG_MAX	  (128 * 1024UL)    /* strings with their NULs, and the pointers to them */
#define ARG_FIXED (9 * sizeof(u64)) /* argc, two NULLs and auxv besides */
#define ARG_PAGES (ARG_MAX / PAGE_SIZE + 1)

#define STACK_TOP  TASK_SIZE
#define STACK_SIZE (128UL << 10) /* below the arguments; then it grows */

/* argv and envp on their way from one address space to the next: the first stack, from rsp on. */
struct exec_args {
	char *page[ARG_PAGES]; /* the first nr_pages */
	u32 nr_pages, argc, envc;
	u64 size; /* bytes used */
};

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
