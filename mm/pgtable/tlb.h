/* SPDX-License-Identifier: MIT */
/*
 * Shootdown: what was taken from an entry is forgotten by every CPU that may hold it.  All but
 * the last two wait for the others: interrupts on, spinlocks allowed.
 */
#pragma once

#include "mm/mm_types.h"

/* One address of the program. */
void tlb_flush_page(struct mm_struct *mm, u64 addr);
/* The range; more than 32 pages flush everything of the mm. */
void tlb_flush_range(struct mm_struct *mm, u64 start, u64 end);
void tlb_flush_mm(struct mm_struct *mm);
/* A range of the kernel's half (kernel stacks), on every CPU. */
void tlb_flush_kernel_range(u64 start, u64 end);
/* One address, on this CPU only: after a spurious fault. */
void tlb_flush_local_page(u64 addr);
/* What CPUs are asked to do at an address instead of flushing it: tlb_check.h. */
enum tlb_try { TLB_TRY_NOTHING, TLB_TRY_READ, TLB_TRY_WRITE };
/*
 * Debug builds: the CPUs that get through to some page of the range, of those that run mm (null:
 * of all).  Context as above.
 */
u64 tlb_try_range(struct mm_struct *mm, u64 start, u64 end, enum tlb_try access);
/* Takes the shootdown interrupt; once, at boot. */
void tlb_init(void);
