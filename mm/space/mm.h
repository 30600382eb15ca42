/* SPDX-License-Identifier: MIT */
/* mm_struct: birth, users and end of an address space, and how a CPU enters one. */
#pragma once

#include "mm/mm_types.h"

extern spinlock_t mm_list_lock;	 /* LOCK_MM_LIST */
extern struct list_head mm_list; /* (l) every mm with mm_count > 0 */

/* Caches and hooks; once, at boot. */
void mm_init(void);
/* An empty address space with mm_users = mm_count = 1, or NULL. */
struct mm_struct *mm_alloc(int pid);
static inline void mmgrab(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_count);
}
/* Drops a user of the struct; the last frees it. */
void mmdrop(struct mm_struct *mm);
/* Takes a user of the address space unless it is being torn down; true if taken. */
static inline bool mmget_not_zero(struct mm_struct *mm)
{
	return atomic_inc_not_zero(&mm->mm_users);
}
/*
 * Drops a user of the address space; the last tears it down (exit_mmap), when no
 * CPU has it loaded any more: switch_mm() comes first.  Sleeps.
 */
void mmput(struct mm_struct *mm);
/* Loads next's page table on this CPU (null: the kernel's own).  Interrupts off. */
void switch_mm(struct mm_struct *prev, struct mm_struct *next);

/*
 * PTEs that map the zero page because a merge put it there (PTE_ZMERGED), in all and of
 * each mm: the merge adds, fork adds for each copied entry, zap and every parting subtract.
 */
extern atomic64_t nr_zero_merged;
static inline void count_zero_merged(struct mm_struct *mm, s64 n)
{
	atomic64_add(n, &nr_zero_merged);
	atomic64_add(n, &mm->nr_zero_merged);
}

/* Allows writable+executable mappings (a test flag of the command line). */
extern bool allow_wx;
