/* SPDX-License-Identifier: MIT */
/* What this floor asks of those above it: they fill these structs in at boot. */
#pragma once

#include "mm/frame/page.h"
#include "mm/mm_types.h"

/* Of the floor of processes. */
struct fault_hooks {
	/*
	 * Sends the current process signal sig (code and addr as in siginfo_t), which it takes at
	 * once or dies of; the clause says which access, where, and why not.
	 */
	void (*raise)(int sig, int code, u64 addr, const char *clause);
	/* Memory is exhausted: frees some or kills; true if a retry makes sense. */
	bool (*out_of_memory)(u64 wanted);
	/* After each fault, no lock held (mm_check_tick in debug builds); may be null. */
	void (*done)(void);
};
extern struct fault_hooks fault_hooks;

/* Of the merge floor; null without a scanner. */
struct merge_hooks {
	/* A new anonymous page is mapped.  Page-table lock held: it cannot be freed yet. */
	void (*page_born)(struct page *page);
	/*
	 * Parts every merged page of [start, end) in vma; the flag is set already.  mmap_lock held.
	 * -ENOMEM
	 */
	int (*unmerge)(struct vm_area_struct *vma, u64 start, u64 end);
	/* A merged mapping was parted by a write or unshare; page is still referenced. */
	void (*parted)(struct page *page);
	/* mm has an area marked MERGEABLE.  mmap_lock(w) held.  -ENOMEM */
	int (*mm_enter)(struct mm_struct *mm);
	/* The last user of an mm that was entered has gone; its areas are still there. */
	void (*mm_exit)(struct mm_struct *mm);
};
extern struct merge_hooks merge_hooks;

/*
 * Tells the scanner of a new anonymous page.  The lock of the PTE that maps it is held, so that it
 * cannot die meanwhile.
 */
static __always_inline void report_birth(struct page *page, const spinlock_t *ptl)
{
	void (*page_born)(struct page * page) = READ_ONCE(merge_hooks.page_born);

	assert_spin_held(ptl);
	if (page_born)
		page_born(page);
}
