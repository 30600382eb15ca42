/* SPDX-License-Identifier: MIT */
/*
 * Address spaces and their areas: the two structures that the page tables, the reverse map and the
 * operations share.  The operations are in mm/space/.
 *
 * Legend: (a) atomic; (c) constant after creation; (m) mmap_lock, written with
 * it held for writing; (l) mm_list lock; (v) root anon_vma lock;
 * (i) i_mmap_lock; (s) scanner mutex.
 */
#pragma once

#include <abi/resource.h>

#include "kernel/lib/interval.h"
#include "kernel/sched/rwsem.h"

#define VM_READ	       0x001UL
#define VM_WRITE       0x002UL
#define VM_EXEC	       0x004UL
#define VM_SHARED      0x008UL
#define VM_MERGEABLE   0x010UL	 /* MADV_MERGEABLE: KSM scans it */
#define VM_UNMERGEABLE 0x020UL	 /* MADV_UNMERGEABLE or prctl(0): no scanner may merge here */
#define VM_WIRED       0x040UL	 /* pager memory: never merged, swapped or shared by fork */
#define VM_STACK       0x080UL	 /* MAP_STACK: [stack] in /proc/PID/maps */
#define VM_LOCKED      0x800UL	 /* mlock(): its pages stay */
#define VM_LOCKONFAULT 0x1000UL	 /* with VM_LOCKED: from their first touch on */
#define VM_DONTCOPY    0x2000UL	 /* MADV_DONTFORK: a child gets no such area */
#define VM_WIPEONFORK  0x4000UL	 /* MADV_WIPEONFORK: a child gets it empty */
#define VM_GROWSDOWN   0x8000UL	 /* MAP_GROWSDOWN: a touch below makes it larger */
#define VM_SEQ_READ    0x20000UL /* MADV_SEQUENTIAL, MADV_RANDOM: remembered, as Linux does */
#define VM_RAND_READ   0x40000UL
#define VM_LOCK_MASK   (VM_LOCKED | VM_LOCKONFAULT)
#define VM_PROT	       (VM_READ | VM_WRITE | VM_EXEC)
#define VM_MAY_SHIFT   8			 /* VM_MAYREAD, VM_MAYWRITE, VM_MAYEXEC: */
#define VM_MAY	       (VM_PROT << VM_MAY_SHIFT) /* what mprotect() may give it, as VM_PROT */

struct anon_vma;

struct vm_area_struct {
	u64 vm_start, vm_end;	  /* (m)(v) [start, end), page aligned */
	u64 vm_pgoff;		  /* (m)(v) linear page index of vm_start, in vmo if it has one */
	u64 vm_flags;		  /* (m) VM_*; merge re-reads it under a page-table lock */
	struct mm_struct *vm_mm;  /* (c) */
	struct rb_node vm_rb;	  /* (m) */
	u64 vm_max_gap;		  /* (m) largest hole just below a VMA of this subtree */
	struct list_head vm_list; /* (m) in address order */
	struct vmo *vmo;	  /* (c) the object it maps, counted; null: anonymous */
	struct interval_node i_mmap_node; /* (m) + (i) in vmo->i_mmap, if it has an object */
	struct anon_vma *anon_vma; /* (m) set once by anon_vma_prepare(); null in a shared area */
	struct list_head anon_vma_chain; /* (m)(v) our anon_vma_chain links, oldest last */
};

/* RLIMIT_*, in bytes. */
struct mm_limits {
	struct rlimit as, data, memlock, stack;
};

struct mm_struct {
	u64 *pgd;		   /* (c) root of the page tables */
	struct rb_root vmas;	   /* (m) by address */
	struct list_head vma_list; /* (m) the same, in address order */
	u32 nr_vmas;		   /* (m) */
	struct rwsem mmap_lock;
	spinlock_t page_table_lock; /* upper page-table levels */
	atomic_t mm_users;	    /* (a) users of the address space; 0: being torn down */
	atomic_t mm_count;	    /* (a) users of the struct */
	u64 cpumask;		    /* (a) CPUs that may hold its translations */
	atomic_t tlb_owing;	    /* (a) debug: operations that have not flushed yet */
	atomic64_t nr_ptes;	    /* (a) present user PTEs, the zero page included */
	atomic64_t nr_tables;	    /* (a) page-table frames, the root included */
	atomic64_t nr_zero_merged;  /* (a) of nr_ptes, those a merge made map the zero page */
	atomic64_t nr_links;	    /* (a) anon_vma_chains of its areas */
	bool merge_disabled;	  /* (m) prctl(PR_SET_MEMORY_MERGE, 0): new VMAs are UNMERGEABLE */
	bool merge_any;		  /* (m) prctl(PR_SET_MEMORY_MERGE, 1) */
	u64 lock_flags;		  /* (m) mlockall(MCL_FUTURE): VM_LOCKED and the like of new VMAs */
	struct mm_limits limit;	  /* (m) */
	void *merge_private;	  /* (m) what a scanner keeps about it, null: no area is for it */
	int pid;		  /* (c) for messages and events */
	struct list_head mm_list; /* (l) all address spaces */
};

/*
 * True once the last user has gone: a scanner that holds only mm_count must
 * stop working on this mm (ksm_test_exit in the literature).
 */
static inline bool mm_is_dying(const struct mm_struct *mm)
{
	return atomic_read(&mm->mm_users) == 0;
}

#define for_each_vma(mm, vma) list_for_each_entry(vma, &(mm)->vma_list, vm_list)

/* The area of a link, or NULL for the list's head. */
static inline struct vm_area_struct *vma_of_link(const struct mm_struct *mm, struct list_head *link)
{
	return link == &mm->vma_list ? NULL : list_entry(link, struct vm_area_struct, vm_list);
}
/* The area after vma, and the one before it, or NULL.  mmap_lock held. */
static inline struct vm_area_struct *vma_next(const struct vm_area_struct *vma)
{
	return vma_of_link(vma->vm_mm, vma->vm_list.next);
}
static inline struct vm_area_struct *vma_prev(const struct vm_area_struct *vma)
{
	return vma_of_link(vma->vm_mm, vma->vm_list.prev);
}

static inline u64 vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}
/* Linear page index of addr in vma: what page->index holds for a page there. */
static inline u64 linear_page_index(const struct vm_area_struct *vma, u64 addr)
{
	return ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}
/* Address at which vma would map index, or 0 if it lies outside. */
static inline u64 vma_address(const struct vm_area_struct *vma, u64 index)
{
	if (index < vma->vm_pgoff || index >= vma->vm_pgoff + vma_pages(vma))
		return 0;
	return vma->vm_start + ((index - vma->vm_pgoff) << PAGE_SHIFT);
}
/*
 * Whether b goes on where a ends (either may be NULL): but for their anon_vmas they could be one.
 */
static inline bool vma_continues(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	return a && b && a->vm_end == b->vm_start && a->vm_flags == b->vm_flags &&
	       a->vmo == b->vmo && a->vm_pgoff + vma_pages(a) == b->vm_pgoff;
}
