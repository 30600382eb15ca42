/* SPDX-License-Identifier: MIT */
/*
 * Page tables of four levels and the bits of an entry.  The hardware may set
 * Accessed and Dirty in a present entry at any time, so a present entry that
 * may be in use is changed only by ptep_get_and_clear() + flush, or by an
 * atomic operation that keeps those two bits.
 */
#pragma once

#include "mm/space/mm.h"

typedef u64 pte_t;

#define PTE_P	  BIT(0)
#define PTE_W	  BIT(1)
#define PTE_U	  BIT(2)
#define PTE_A	  BIT(5)
#define PTE_D	  BIT(6)
#define PTE_SPECIAL BIT(9)  /* software: the zero page; no reference, no rmap */
#define PTE_ZMERGED BIT(10) /* software: the zero page, put there by a merge */
#define PTE_MARK  BIT(11)   /* software: mm_check() has seen this entry (world stopped) */
#define PTE_NX	  BIT(63)
#define PTE_PFN_MASK 0x000ffffffffff000UL

static inline bool pte_none(pte_t e) { return e == 0; }
static inline bool pte_present(pte_t e) { return e & PTE_P; }
static inline bool pte_write(pte_t e) { return e & PTE_W; }
static inline bool pte_dirty(pte_t e) { return e & PTE_D; }
static inline bool pte_special(pte_t e) { return e & PTE_SPECIAL; }
static inline u64 pte_pfn(pte_t e) { return (e & PTE_PFN_MASK) >> PAGE_SHIFT; }
static inline pte_t pte_wrprotect(pte_t e) { return e & ~PTE_W; }
static inline pte_t pte_mkclean(pte_t e) { return e & ~PTE_D; }
/*
 * The page of a present entry, or NULL for the zero page.  PROT_NONE keeps the
 * entry present without the user bit: the frame stays known to the rmap.
 */
static inline struct page *pte_page(pte_t e)
{
	return pte_special(e) ? NULL : pfn_to_page(pte_pfn(e));
}
/* An entry for pfn with the VMA's protection, but never writable and not dirty. */
pte_t mk_pte(u64 pfn, u64 vm_flags);
/* The same with write permission as the VMA has it, dirty and accessed. */
pte_t mk_pte_dirty(u64 pfn, u64 vm_flags);
/* The entry with the VMA's protection bits but the old frame, A, D and software bits; never adds W. */
pte_t pte_modify(pte_t e, u64 vm_flags);

static inline pte_t ptep_get(const pte_t *p) { return READ_ONCE(*p); }
static inline void set_pte(pte_t *p, pte_t e) { WRITE_ONCE(*p, e); }
/* Empties the entry and returns what it was, A and D included.  Page-table lock held; flush next. */
static inline pte_t ptep_get_and_clear(pte_t *p) { return __atomic_exchange_n(p, 0, __ATOMIC_SEQ_CST); }
/* Clears W keeping A and D as the hardware sets them; returns the old entry. */
static inline pte_t ptep_set_wrprotect(pte_t *p) { return __atomic_fetch_and(p, ~PTE_W, __ATOMIC_SEQ_CST); }

extern u64 zero_pfn; /* (c) the shared zero page */

/* The lock of the page table that holds *pte. */
static inline spinlock_t *pte_lockptr(pte_t *pte) { return &virt_to_page(pte)->ptl; }

/* Finds the PTE slot of addr; NULL if there is no page table.  Nothing locked. */
pte_t *pte_find(struct mm_struct *mm, u64 addr);
/* As pte_find(), with the table's lock taken (release: pte_unlock()). */
pte_t *pte_find_lock(struct mm_struct *mm, u64 addr);
/* As pte_find(), building missing tables; NULL if memory is short.  mmap_lock held. */
pte_t *pte_alloc(struct mm_struct *mm, u64 addr);
static inline void pte_unlock(pte_t *pte) { spin_unlock(pte_lockptr(pte)); }
/* End of the range that the page table of addr covers, at most end. */
static inline u64 pte_table_end(u64 addr, u64 end)
{
	u64 next = ALIGN_DOWN(addr, 1UL << 21) + (1UL << 21);
	return next < end ? next : end;
}
/* First address ≥ addr and < end that has a page table, or end: skips holes table by table. */
u64 pgtable_next(struct mm_struct *mm, u64 addr, u64 end);

/* A new root with the kernel's upper half, or NULL. */
u64 *pgd_alloc(void);
/* Frees every table of the lower half and the root.  No user, no translation left. */
void pgtable_free_all(struct mm_struct *mm);
/*
 * Frees tables that lie wholly between floor and ceiling (free_pgtables): the
 * range is unmapped, unlinked from the rmap and flushed.  mmap_lock(w).
 */
void pgtable_free_range(struct mm_struct *mm, u64 floor, u64 ceiling);

/* ---- TLB (mm/space/tlb.c) ---- */

/* One address, on every CPU that may hold it.  Waits for all; interrupts on, spinlocks allowed. */
void flush_tlb_page(struct mm_struct *mm, u64 addr);
/* The range; more than 32 pages flush everything of the mm. */
void flush_tlb_range(struct mm_struct *mm, u64 start, u64 end);
void flush_tlb_mm(struct mm_struct *mm);
/* This CPU only: after a spurious fault. */
void flush_tlb_local_page(u64 addr);
void tlb_init(void);

/* Frames to be put after the flush that makes them unreachable. */
#define MMU_GATHER_BATCH 64
struct mmu_gather {
	struct mm_struct *mm;
	u64 start, end;	/* what must be flushed before the frames go */
	u32 nr;
	bool dying;	/* nobody runs on this mm and nobody will: no flush needed */
	struct page *pages[MMU_GATHER_BATCH];
};
void tlb_gather(struct mmu_gather *tlb, struct mm_struct *mm, bool dying);
/* Notes that addr is unmapped; page (may be NULL) is put after the flush.  True: batch full, call tlb_flush. */
bool tlb_remove_page(struct mmu_gather *tlb, u64 addr, struct page *page);
/* Flushes and puts what was gathered.  No page-table lock held. */
void tlb_flush(struct mmu_gather *tlb);

/* ---- unmapping (mm/space/zap.c) ---- */

/* Unmaps the pages of [start, end) of vma; the VMA stays.  mmap_lock held (r for DONTNEED). */
void zap_range(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 start, u64 end);
/* Everything, at the end of an address space. */
void exit_mmap(struct mm_struct *mm);
