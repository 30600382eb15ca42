/* SPDX-License-Identifier: MIT */
/* Page faults: one function for each case of the table in mm/README.md. */
#pragma once

#include "mm/pgtable/pgtable.h"

#define FAULT_FLAG_WRITE   0x1
#define FAULT_FLAG_EXEC	   0x2
#define FAULT_FLAG_UNSHARE 0x4 /* part a merged or zero page, keep it read-only */
#define FAULT_FLAG_REMOTE  0x8 /* on behalf of another process (vm_poke: FOLL_FORCE) */

/* How a fault ended. */
enum vm_fault {
	VM_FAULT_OK,	  /* done, or somebody else was faster: touch again */
	VM_FAULT_SIGSEGV, /* the area does not allow it, or there is none */
	VM_FAULT_NO_AREA, /* there is none: fault_wait() may make one above grow, else SIGSEGV */
	VM_FAULT_SIGBUS,  /* beyond the end of the object */
	VM_FAULT_OOM,
	VM_FAULT_RETRY,	 /* fault_wait(), nothing locked; then again from the area on */
	VM_FAULT_PAGER,	 /* the object's pager does not bring the page */
	VM_FAULT_KILLED, /* while it waited: the caller is to die */
};

/* One fault under treatment. */
struct vm_fault_ctx {
	struct vm_area_struct *vma; /* (m) */
	u64 address;		    /* page aligned */
	u32 flags;		    /* FAULT_FLAG_* */
	pte_t *pte;		    /* slot */
	spinlock_t *ptl;	    /* its lock, held where a function says so */
	pte_t orig; /* what stood there at the first look; under the ptl: does still */
};

/*
 * Resolves one fault at address in vma: all but VM_FAULT_PAGER and KILLED may come of it.
 * mmap_lock(r) held on entry and exit.  Used by the trap, by gup, and by break_ksm
 * (FAULT_FLAG_UNSHARE, which never ends with RETRY).
 */
enum vm_fault handle_mm_fault(struct vm_area_struct *vma, u64 address, u32 flags);

/* As fault_wait(), for a fault that has ended with VM_FAULT_RETRY. */
enum vm_fault fault_page_in(struct mm_struct *mm, u64 address);

/* VM_FAULT_RETRY: an area contains addr now; VM_FAULT_SIGSEGV: none does.  Takes mmap_lock. */
enum vm_fault expand_stack(struct mm_struct *mm, u64 addr);

/*
 * Every loop around handle_mm_fault() asks this, when it has dropped mmap_lock: waits, as long as
 * that takes, for what a fault with VM_FAULT_RETRY lacked.  VM_FAULT_RETRY: it may be there now, so
 * look up the area again, for all may have changed; else why it will not come (PAGER, OOM, KILLED),
 * or how the fault ended without that.  For memory it does not wait: the trap does, when it is OOM.
 * If there was no area, but one above that grows, it grows.
 */
static inline enum vm_fault fault_wait(struct mm_struct *mm, u64 address, enum vm_fault result)
{
	if (likely(result == VM_FAULT_OK))
		return result;
	if (result == VM_FAULT_RETRY)
		return fault_page_in(mm, address);
	return result == VM_FAULT_NO_AREA ? expand_stack(mm, address) : result;
}

/* The same as 0 or -errno: SIGSEGV and SIGBUS are -EFAULT, PAGER is -EIO, KILLED is -EINTR. */
int vm_fault_errno(enum vm_fault result);

/* Why the area (NULL: none) refuses the access, in a clause, or NULL if it allows it. */
const char *vma_refusal(const struct vm_area_struct *vma, u32 flags);
