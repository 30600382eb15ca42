/* SPDX-License-Identifier: MIT */
/* Page faults: one function for each case of the table in mm/README.md. */
#pragma once

#include "mm/space/pgtable.h"

#define FAULT_FLAG_WRITE   0x1
#define FAULT_FLAG_EXEC	   0x2
#define FAULT_FLAG_UNSHARE 0x4 /* part a merged or zero page, keep it read-only */
#define FAULT_FLAG_REMOTE  0x8 /* on behalf of another process (vm_poke: FOLL_FORCE) */

enum vm_fault {
	VM_FAULT_OK, /* done, or somebody else was faster: retry the access */
	VM_FAULT_SIGSEGV,
	VM_FAULT_SIGBUS, /* behind the end of the object */
	VM_FAULT_OOM,
	VM_FAULT_PAGER, /* fault_page_in() has to bring the page first: then retry */
};

/* One fault under treatment. */
struct vm_fault_ctx {
	struct vm_area_struct *vma; /* (m) */
	u64 address;		    /* page aligned */
	u32 flags;		    /* FAULT_FLAG_* */
	pte_t *pte;		    /* slot */
	spinlock_t *ptl;	    /* its lock, held where a function says so */
	pte_t orig;		    /* (t) what stood there when the lock was taken */
};

/*
 * Resolves one fault at address in vma.  mmap_lock(r) held on entry and exit.
 * Used by the trap, by gup, and by break_ksm (FAULT_FLAG_UNSHARE).
 */
enum vm_fault handle_mm_fault(struct vm_area_struct *vma, u64 address, u32 flags);

struct pt_regs;
/* The #PF hook: user faults, user-copy faults, or a kernel bug. */
void do_page_fault(struct pt_regs *regs, u64 addr, u64 code);

/* ---- filefault.c ---- */

/* A touch of an area of an object where nothing is mapped.  Nothing locked but mmap_lock(r). */
enum vm_fault do_file_fault(struct vm_fault_ctx *f);
/*
 * Has the pager of the object that is mapped at address bring that page.  0: touch again, which
 * begins with the look-up of the area; else as vmo_ops.page_in.  Sleeps, nothing locked.
 */
int fault_page_in(struct mm_struct *mm, u64 address);
/* A write to a page of an object that is mapped shared, but read-only.  Releases the ptl. */
enum vm_fault wp_page_shared(struct vm_fault_ctx *f);

/* What the fault code asks of the floors above. */
struct fault_hooks {
	/*
	 * Sends the current process signal sig (code and addr as in siginfo_t), which it takes at
	 * once or dies of; the clause says which access, where, and why not.
	 */
	void (*raise)(int sig, int code, u64 addr, const char *clause);
	/* Memory is exhausted: frees some or kills; true if a retry makes sense. */
	bool (*out_of_memory)(void);
	/* After each fault, no lock held (mm_check_tick in debug builds); may be null. */
	void (*done)(void);
};
extern struct fault_hooks fault_hooks;

/* What the fault and advice code asks of the merge floor; null without a scanner. */
struct merge_hooks {
	/* A new anonymous page has just been mapped.  Page-table lock held: before it can be freed. */
	void (*page_born)(struct page *page);
	/* Parts every merged page of [start, end) in vma; flag is set already.  mmap_lock held. -ENOMEM */
	int (*unmerge)(struct vm_area_struct *vma, u64 start, u64 end);
	/* A merged mapping was parted by a write or unshare; page is still referenced. */
	void (*parted)(struct page *page);
	/* mm has an area marked MERGEABLE.  mmap_lock(w) held.  -ENOMEM */
	int (*mm_enter)(struct mm_struct *mm);
	/* The last user of an mm that was entered has gone; its areas are still there. */
	void (*mm_exit)(struct mm_struct *mm);
	/* rmap_walk() of a merged page: by its node's records. */
	void (*rmap_walk)(struct page *page, void *control);
};
extern struct merge_hooks merge_hooks;

/* Tells the scanner of a new page.  The lock of the PTE that maps it is held, so that it cannot die meanwhile. */
static __always_inline void report_birth(struct page *page, const spinlock_t *ptl)
{
	void (*page_born)(struct page * page) = READ_ONCE(merge_hooks.page_born);

	assert_spin_held(ptl);
	if (page_born)
		page_born(page);
}

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

/* ---- gup.c: the one place where the kernel takes a reference to a user's page ---- */

/*
 * Faults addr in (write: for writing) and returns its page with PAGE_PIN taken,
 * or an ERR_PTR: -EFAULT the program may not do so, -ENOMEM, -EAGAIN fault_page_in() has to bring
 * it first.  The zero page is never returned: it is parted first.  mmap_lock(r) held.  Undo with
 * unpin_user_page().
 */
struct page *pin_user_page(struct mm_struct *mm, u64 addr, bool write);
void unpin_user_page(struct page *page);
/*
 * As pin_user_page(), whatever the area allows: for vm_peek, vm_poke and exec.  To write where the
 * program itself may not is refused (-EFAULT) in a shared area: it would reach others.
 */
struct page *pin_remote_page(struct mm_struct *mm, u64 addr, bool write);
/*
 * The page mapped at addr with a plain reference, no fault taken; NULL if none
 * or the zero page.  mmap_lock(r) held.
 */
struct page *follow_page(struct mm_struct *mm, u64 addr);
/*
 * Touches every page of [start, end) as the program may (MAP_POPULATE); stops early without
 * complaint: no memory, no area there any more, or the caller is to die.  Takes mmap_lock for a
 * page table's worth at a time.
 */
void populate_range(struct mm_struct *mm, u64 start, u64 end);

/* ---- copy.c: copies between address spaces, through the direct map ---- */

/*
 * Copies n bytes within one page of mm, from kernel buf (write) or to it, as the
 * program itself might: 0, -EFAULT, -ENOMEM, or why the page cannot be brought (vmo_ops.page_in).
 * Takes mmap_lock.
 */
int copy_user_page(struct mm_struct *mm, u64 addr, void *buf, size_t n, bool write);
/* The same with n bytes within one page of the caller, at own, in the place of buf. */
int copy_own_page(struct mm_struct *mm, u64 addr, u64 own, size_t n, bool write);
/* Copies n bytes between kernel buf and mm's memory at addr; bytes done or -EFAULT. Takes mmap_lock. */
s64 access_remote_vm(struct mm_struct *mm, u64 addr, void *buf, size_t n, bool write);
/*
 * The same with ubuf of the calling program: bytes done, in whole pieces of 256 if not
 * all can be; -EFAULT; -EINTR the caller is to die.
 */
s64 access_remote_user(struct mm_struct *mm, u64 addr, void *ubuf, size_t n, bool write);
