/* SPDX-License-Identifier: MIT */
/* Page tables of four levels: finding, building and freeing. */
#pragma once

#include "mm/pgtable/mmu_gather.h"
#include "mm/pgtable/pte.h"

/* Makes the zero page; once, at boot. */
void pgtable_init(void);
extern u64 zero_pfn; /* (c) the shared zero page */

/* Its bytes, to copy from. */
static inline const void *zero_page(void)
{
	return phys_to_virt(zero_pfn << PAGE_SHIFT);
}

/* The lock of the page table that holds *pte. */
static inline spinlock_t *pte_lockptr(pte_t *pte)
{
	return &virt_to_page(pte)->ptl;
}

/* Finds the PTE slot of addr; NULL if there is no page table.  Nothing locked. */
pte_t *pte_find(struct mm_struct *mm, u64 addr);
/* As pte_find(), with the table's lock taken (release: pte_unlock()). */
pte_t *pte_find_lock(struct mm_struct *mm, u64 addr);
/* As pte_find(), building missing tables; NULL if memory is short.  mmap_lock held. */
pte_t *pte_alloc(struct mm_struct *mm, u64 addr);
static inline void pte_unlock(pte_t *pte)
{
	spin_unlock(pte_lockptr(pte));
}
/* End of the range that the page table of addr covers, at most end. */
static inline u64 pte_table_end(u64 addr, u64 end)
{
	u64 next = ALIGN_DOWN(addr, 1UL << 21) + (1UL << 21);
	return next < end ? next : end;
}
/* The entry of addr in a table of the level. */
static inline u64 *pgtable_entry(u64 *table, u64 addr, u32 level)
{
	return table + level_index(addr, level);
}
/* The table that an upper entry points to, or NULL.  No lock: see pgtable.c. */
static inline u64 *pgtable_below(const u64 *entry)
{
	u64 e = READ_ONCE(*entry);

	return e & PTE_P ? phys_to_virt(e & PTE_PFN_MASK) : NULL;
}
/* How many tables there are, the root included, by a look at every upper entry: for mm_check(). */
u64 pgtable_count(struct mm_struct *mm);

/* A new root with the kernel's upper half, or NULL.  Freed by pgd_free(). */
u64 *pgd_alloc(void);
/* Frees a root whose lower half is empty and which no CPU has loaded. */
void pgd_free(u64 *pgd);
/*
 * Unhooks the tables of vma that lie wholly between floor and ceiling and
 * gathers them (free_pgtables): vma is unmapped, flushed and unlinked from the
 * rmap, and so is everything else in between.  mmap_lock(w).
 */
void pgtable_free_range(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 floor, u64 ceiling);
/* Frees a table that nobody can reach any more. */
void pgtable_free(struct page *table);
