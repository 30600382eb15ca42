/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: mm_struct, vm_area_struct, and the operations on them.
 *
 * Legend: (a) atomic; (c) constant after creation; (m) mmap_lock, written with
 * it held for writing; (l) mm_list lock; (t) page_table_lock of the mm;
 * (v) root anon_vma lock.
 */
#pragma once

#include <abi/mman.h>
#include "kernel/lib/interval.h"
#include "kernel/sched/rwsem.h"
#include "mm/frame/page_alloc.h"
#include "mm/space/pagelock.h"
#include "mm/space/vmo.h"

#define TASK_MIN      MMAP_MIN_ADDR
#define MAX_MAP_COUNT 65530

#define VM_READ	       0x001UL
#define VM_WRITE       0x002UL
#define VM_EXEC	       0x004UL
#define VM_SHARED      0x008UL
#define VM_MERGEABLE   0x010UL /* MADV_MERGEABLE: KSM scans it */
#define VM_UNMERGEABLE 0x020UL /* MADV_UNMERGEABLE or prctl(0): no scanner may merge here */
#define VM_WIRED       0x040UL /* pager memory: never merged, swapped or shared by fork */
#define VM_STACK       0x080UL /* MAP_STACK: [stack] in /proc/PID/maps */
#define VM_PROT	       (VM_READ | VM_WRITE | VM_EXEC)
#define VM_MAY_SHIFT   8			 /* VM_MAYREAD, VM_MAYWRITE, VM_MAYEXEC: */
#define VM_MAY	       (VM_PROT << VM_MAY_SHIFT) /* what mprotect() may give it, as VM_PROT */

struct anon_vma;

struct vm_area_struct {
	u64 vm_start, vm_end;	   /* (m)(v) [start, end), page aligned */
	u64 vm_pgoff;		   /* (m)(v) linear page index of vm_start, in vmo if it has one */
	u64 vm_flags;		   /* (m) VM_*; merge re-reads it under a page-table lock */
	struct mm_struct *vm_mm;   /* (c) */
	struct rb_node vm_rb;	   /* (m) */
	u64 vm_max_gap;		   /* (m) largest hole just below a VMA of this subtree */
	struct list_head vm_list;  /* (m) in address order */
	struct vmo *vmo;	   /* (c) the object it maps, counted; null: anonymous */
	struct anon_vma *anon_vma; /* (m) set once by anon_vma_prepare(); null in a shared area */
	struct list_head anon_vma_chain; /* (m)(v) our anon_vma_chain links, oldest last */
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
	atomic64_t nr_ptes;	    /* (a) present user PTEs, the zero page included */
	atomic64_t nr_tables;	    /* (a) page-table frames, the root included */
	atomic64_t nr_zero_merged;  /* (a) of nr_ptes, those a merge made map the zero page */
	bool merge_disabled;	  /* (m) prctl(PR_SET_MEMORY_MERGE, 0): new VMAs are UNMERGEABLE */
	bool merge_any;		  /* (m) prctl(PR_SET_MEMORY_MERGE, 1) */
	void *merge_private;	  /* (m) what a scanner keeps about it, null: no area is for it */
	int pid;		  /* (c) for messages and events */
	struct list_head mm_list; /* (l) all address spaces */
};

extern spinlock_t mm_list_lock;	 /* LOCK_MM_LIST */
extern struct list_head mm_list; /* (l) every mm with mm_count > 0 */

/* ---- lifetime (mm/space/mm.c) ---- */

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
/*
 * True once the last user has gone: a scanner that holds only mm_count must
 * stop working on this mm (ksm_test_exit in the literature).
 */
static inline bool mm_is_dying(const struct mm_struct *mm)
{
	return atomic_read(&mm->mm_users) == 0;
}
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

/* ---- VMAs (mm/space/vma.c) ----  all: mmap_lock held, for writing where they change */

/* The cache of VMAs; once, at boot. */
void vma_init(void);

/* The VMA that contains addr, or the next one above it, or NULL. */
struct vm_area_struct *find_vma(struct mm_struct *mm, u64 addr);
/* The VMA that contains addr, or NULL. */
struct vm_area_struct *vma_lookup(struct mm_struct *mm, u64 addr);
/* Splits vma at addr (inside it); vma keeps the lower part.  -ENOMEM, unchanged. */
int split_vma(struct vm_area_struct *vma, u64 addr);
/* Joins vma with equal neighbours (flags, object, pgoff, compatible anon_vma); returns the survivor. */
struct vm_area_struct *vma_merge(struct vm_area_struct *vma);
/*
 * A VMA of the (free) range linked into mm, with a reference of its own to vmo (null: anonymous);
 * NULL if memory is short or there are MAX_MAP_COUNT.
 */
struct vm_area_struct *vma_create(struct mm_struct *mm, u64 start, u64 end, u64 flags, u64 pgoff,
				  struct vmo *vmo);
/*
 * Unlinks from mm and its anon_vmas, drops the reference to its object, and frees; nothing is
 * mapped in it, or another VMA takes it over.
 */
void vma_destroy(struct vm_area_struct *vma);
/* The VMA after vma, and the one before it, or NULL. */
struct vm_area_struct *vma_next(const struct vm_area_struct *vma);
struct vm_area_struct *vma_prev(const struct vm_area_struct *vma);
/* Whether b goes on where a ends (either may be NULL): but for their anon_vmas they could be one. */
bool vma_continues(const struct vm_area_struct *a, const struct vm_area_struct *b);
/* End of the VMA before vma, or 0. */
u64 vma_prev_end(const struct vm_area_struct *vma);
/* Splits what crosses start or end; the first VMA above start into *first (may be NULL). -ENOMEM */
int vma_split_edges(struct mm_struct *mm, u64 start, u64 end, struct vm_area_struct **first);
/*
 * Highest address at which len bytes are free below high, or 0.  A multiple of
 * the page size; nothing below TASK_MIN is given.
 */
u64 vma_find_hole(struct mm_struct *mm, u64 len, u64 high);
/* True if a VMA has a byte in [start, end). */
static inline bool vma_range_used(struct mm_struct *mm, u64 start, u64 end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end;
}
/* VM_MERGEABLE or VM_UNMERGEABLE as prctl(PR_SET_MEMORY_MERGE) wants it for new areas. */
static inline u64 mm_merge_flags(const struct mm_struct *mm)
{
	return (mm->merge_any ? VM_MERGEABLE : 0) | (mm->merge_disabled ? VM_UNMERGEABLE : 0);
}
static inline u64 vma_pages(const struct vm_area_struct *v)
{
	return (v->vm_end - v->vm_start) >> PAGE_SHIFT;
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
#define for_each_vma(mm, vma) list_for_each_entry(vma, &(mm)->vma_list, vm_list)

/* ---- operations behind the system calls; take mmap_lock themselves ---- */

/* What mmap() is to show: anonymous memory (vmo null), or an object from page pgoff on. */
struct vm_source {
	struct vmo *vmo; /* the caller's reference; the area takes its own */
	u64 pgoff;
	u64 may; /* VM_READ, VM_WRITE, VM_EXEC: the rights that the caller has to it */
};
/*
 * Maps it and returns the address.  In this order -EINVAL length 0, neither or both of SHARED
 * and PRIVATE, shared without an object; -ENOMEM too long; -EACCES a right is missing (to write to
 * a private mapping takes none), or write and execute together (unless allow_wx); MAP_FIXED:
 * -EINVAL unaligned, -EPERM below TASK_MIN; -EEXIST MAP_FIXED_NOREPLACE and in use; -ENOMEM no
 * room, too many areas, or memory short.
 */
s64 do_mmap_source(struct mm_struct *mm, u64 addr, u64 len, u64 prot, u64 flags,
		   struct vm_source source);
/* The same with anonymous private memory. */
static inline s64 do_mmap(struct mm_struct *mm, u64 addr, u64 len, u64 prot, u64 flags)
{
	return do_mmap_source(mm, addr, len, prot, flags, (struct vm_source){ .may = VM_PROT });
}
/* Unmaps; holes are fine.  -EINVAL unaligned, length 0, beyond TASK_SIZE; -ENOMEM an area cannot be split. */
int do_munmap(struct mm_struct *mm, u64 addr, u64 len);
/*
 * Sets the protection.  -EINVAL unaligned or unknown bits; -ENOMEM a hole in the
 * range (nothing changed) or memory short; -EACCES write and execute together, or a right
 * that the object's handle did not give (nothing changed).
 */
int do_mprotect(struct mm_struct *mm, u64 addr, u64 len, u64 prot);
/*
 * -EINVAL unaligned, unknown advice, overflow, FREE in an area of an object; -ENOMEM a hole in the range (the
 * rest is done, as in Linux) or no frames to part merged pages with; -EAGAIN no
 * memory to split an area.
 */
int do_madvise(struct mm_struct *mm, u64 addr, u64 len, int advice);
/* prctl(PR_SET_MEMORY_MERGE, on): flag for the whole mm, and for VMAs to come; 0 parts everything. -ENOMEM */
int mm_set_memory_merge(struct mm_struct *mm, bool on);
/* A copy of mm for fork: pages shared read-only; NULL if memory is short, mm unchanged. */
struct mm_struct *dup_mm(struct mm_struct *mm, int child_pid);

/* Allows writable+executable mappings (a test flag of the command line). */
extern bool allow_wx;
