/* SPDX-License-Identifier: MIT */
/*
 * Debug builds: whether some CPU still has a translation that the page table does not back.
 * Theory: tlb_check.c.  In a release build nothing is remembered and nothing tried.
 */
#pragma once

#include "kernel/core/spinlock.h"
#include "mm/mm_types.h"

#define TLB_OWED_MAX 8

/* What one operation has taken from entries and has to flush before it ends. */
struct tlb_owed {
#if CONFIG_LOCKDEP
	struct mm_struct *mm;
	const char *owner; /* the function that has to flush */
	u32 n; /* addresses taken; if there are more than places, some of them are kept */
	u64 addr[TLB_OWED_MAX];
#endif
};

#if CONFIG_LOCKDEP

/* Nothing is owed yet.  The owner will be named if a flush turns out to be missing. */
static inline void tlb_owe_nothing(struct tlb_owed *owed, struct mm_struct *mm, const char *owner)
{
	owed->mm = mm;
	owed->owner = owner;
	owed->n = 0;
}
/* A right, or the frame, was taken from the entry of addr.  Its ptl held since. */
void tlb_owe(struct tlb_owed *owed, u64 addr);
/*
 * The operation has flushed and ends: panics if a CPU gets through to what was taken.  mmap_lock
 * (or the i_mmap_lock of what was taken) held since it was, no ptl; interrupts on.
 */
void tlb_check_owed(struct tlb_owed *owed);
#define tlb_check_page(mm, addr, pte) tlb_check_page_of(mm, addr, pte, __func__)
/* The same for one address, ptl held since something was taken there; owner has to flush. */
void tlb_check_page_of(struct mm_struct *mm, u64 addr, const u64 *pte, const char *owner);
/* The same for a range of the kernel's half in which nothing is mapped any more; any CPU. */
void tlb_check_kernel_range(u64 start, u64 end);

#else

static inline void tlb_owe_nothing(struct tlb_owed *owed __maybe_unused,
				   struct mm_struct *mm __maybe_unused,
				   const char *owner __maybe_unused)
{
}
static inline void tlb_owe(struct tlb_owed *owed __maybe_unused, u64 addr __maybe_unused)
{
}
static inline void tlb_check_owed(struct tlb_owed *owed __maybe_unused)
{
}
#define tlb_check_page(mm, addr, pte) ((void)0)
static inline void tlb_check_kernel_range(u64 start __maybe_unused, u64 end __maybe_unused)
{
}

#endif
