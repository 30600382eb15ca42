/* SPDX-License-Identifier: MIT */
/*
 * Page tables: finding, building and freeing.
 *
 * THEORY
 *
 * A virtual address is a path through four tables of 512 entries:
 *
 *      47       39 38       30 29       21 20       12 11         0
 *     +-----------+-----------+-----------+-----------+------------+
 *     | level 4   | level 3   | level 2   | level 1   | offset     |
 *     +-----------+-----------+-----------+-----------+------------+
 *       mm->pgd --> table ----> table ----> page table --> frame
 *       (the root)              an entry     an entry (PTE)
 *                               covers 2 MiB covers 4 KiB
 *
 * Worked example.  0x403000: indices 0, 0, 2, 3.  The PTE is entry 3 of the table
 * that entry 2 of the level-2 table points to; that table covers 4 MiB .. 6 MiB,
 * so the neighbour 0x404000 is the next entry of the same array: a range is
 * walked table by table (ptwalk.h).
 *
 * The upper 256 entries of each root are the kernel's; it uses three of them, which
 * never change after boot.  So they are copied when the root is made and need no
 * propagation.
 *
 * Who may do what
 *  - Tables are added under page_table_lock, with mmap_lock held (reading is
 *    enough: two faults may race, the loser frees its table).
 *  - Entries of a page table change under the lock in its struct page (ptl), so
 *    that faults in different 2 MiB ranges do not meet.
 *  - Tables are read without a lock.  An entry of an upper level goes from empty
 *    to its one value by a single store, and back only in pgtable_free_range().
 *  - Tables are freed with mmap_lock held for writing, after their VMAs have left
 *    every anon_vma tree.  So a table is safe to walk under mmap_lock, and equally
 *    under the root anon_vma lock of a VMA in its range: this is what lets rmap
 *    walks and the scanner do without mmap_lock.
 *
 * Lock order:  mmap_lock -> root anon_vma -> page_table_lock -> ptl
 *
 * Invariants
 *  1. Every table below a root has PG_table and an initialised ptl, is frozen
 *     (refcount 0), and is counted in mm->nr_tables and as PK_TABLE.
 *  2. A present PTE lies in a VMA; a page table lies in the reach of one.
 *  3. Upper entries carry P, W, U, A and no NX: rights are decided in the PTE alone.
 *  4. A table is freed only after the flush that follows its unhooking, because a
 *     CPU caches upper entries too (paging-structure caches).
 *
 * Rejected: one lock for the whole address space (simple; but the scanner would
 * stop every fault of the process it visits); tables that free themselves when
 * their last entry goes (a count in every set and clear, to save what munmap does
 * anyway).
 *
 * Unlike Linux the levels have numbers instead of the names pgd, p4d, pud, pmd:
 * there is one architecture here, and a loop says more than four near copies.
 *
 * Deliberately missing: huge pages, five levels.
 *
 * Further reading: Intel SDM 3A, 4.5 (4-level paging) and 4.10.3 (caches of the
 * upper levels); Linux's Documentation/mm/split_page_table_lock.rst.
 */
#include "mm/pgtable/pgtable.h"

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/x86/shadow.h"
#include "mm/pgtable/mmu_gather.h"

u64 zero_pfn;

#define UPPER_BITS (PTE_P | PTE_W | PTE_U | PTE_A)

/* Every fault comes through here, so the three steps are written out by the compiler. */
static __always_inline pte_t *find(struct mm_struct *mm, u64 addr)
{
	u64 *table = mm->pgd;

#pragma GCC unroll 3
	for (u32 level = LEVEL_TOP; level > LEVEL_PAGE; level--) {
		u64 e = READ_ONCE(*pgtable_entry(table, addr, level));

		if (unlikely(!(e & PTE_P)))
			return NULL;
		table = phys_to_virt(e & PTE_PFN_MASK);
	}
	return pgtable_entry(table, addr, LEVEL_PAGE);
}

pte_t *pte_find(struct mm_struct *mm, u64 addr)
{
	return find(mm, addr);
}

pte_t *pte_find_lock(struct mm_struct *mm, u64 addr)
{
	pte_t *pte = pte_find(mm, addr);

	if (pte)
		spin_lock(pte_lockptr(pte));
	return pte;
}

/* A zeroed frame that is ready to be a table, or NULL. */
static u64 *table_alloc(void)
{
	struct page *page = alloc_pgtable_page();

	if (!page)
		return NULL;
	page_set_flag(page, PG_table);
	spin_lock_init(&page->ptl, LOCK_PTE_TABLE);
	return page_address(page);
}

void pgtable_free(struct page *page)
{
	page_clear_flag(page, PG_table);
	page->index = 0; /* where the lock was */
	free_pgtable_page(page);
}

static void table_hang(struct mm_struct *mm, u64 *entry, const u64 *table)
{
	assert_spin_held(&mm->page_table_lock);
	WRITE_ONCE(*entry, virt_to_phys(table) | UPPER_BITS);
	atomic64_inc(&mm->nr_tables);
}

/*
 * Hangs a new table into an empty upper entry and returns the one that is there
 * afterwards; NULL without memory.  No flush: an entry that is not present is in
 * no TLB.  Another fault may have been faster: then its table stays.
 */
static __noinline u64 *table_build(struct mm_struct *mm, u64 *entry)
{
	u64 *fresh = table_alloc(), *below;

	if (!fresh)
		return NULL;
	EVENT(table_new, mm->pid);
	spin_lock(&mm->page_table_lock);
	below = pgtable_below(entry);
	if (!below)
		table_hang(mm, entry, fresh);
	spin_unlock(&mm->page_table_lock);
	if (!below)
		return fresh;
	pgtable_free(virt_to_page(fresh));
	return below;
}

/* pte_alloc() where some table is missing. */
static __noinline pte_t *pte_build(struct mm_struct *mm, u64 addr)
{
	u64 *table = mm->pgd;

	for (u32 level = LEVEL_TOP; level > LEVEL_PAGE; level--) {
		u64 *entry = pgtable_entry(table, addr, level);

		table = pgtable_below(entry);
		if (unlikely(!table))
			table = table_build(mm, entry);
		if (unlikely(!table))
			return NULL;
	}
	return pgtable_entry(table, addr, LEVEL_PAGE);
}

pte_t *pte_alloc(struct mm_struct *mm, u64 addr)
{
	pte_t *pte = find(mm, addr);

	ASSERT(rwsem_is_locked(&mm->mmap_lock));
	return likely(pte) ? pte : pte_build(mm, addr);
}

/* The tables below a table of the level, of whose entries the first nr are looked at. */
static u64 count_below(u64 *table, u32 level, u32 nr)
{
	u64 count = 0;

	if (level == LEVEL_PAGE)
		return 0;
	for (u32 i = 0; i < nr; i++) {
		u64 *below = pgtable_below(&table[i]);

		if (below)
			count += 1 + count_below(below, level - 1, PTRS_PER_TABLE);
	}
	return count;
}

u64 pgtable_count(struct mm_struct *mm)
{
	return 1 + count_below(mm->pgd, LEVEL_TOP, level_index(TASK_SIZE - 1, LEVEL_TOP) + 1);
}

void pgtable_init(void)
{
	void *zero = alloc_zeroed_page();

	BUG_ON(!zero);
	zero_pfn = page_to_pfn(virt_to_page(zero));
}

/* The root's entries that the kernel uses: see kernel/x86/layout.h. */
static const u64 kernel_ranges[] = { DIRECT_MAP, KMAP_BASE, KERNEL_BASE, SHADOW_RANGES };

u64 *pgd_alloc(void)
{
	u64 *pgd = table_alloc();

	if (!pgd)
		return NULL;
	for (u32 i = 0; i < ARRAY_SIZE(kernel_ranges); i++)
		*pgtable_entry(pgd, kernel_ranges[i], LEVEL_TOP) =
			*pgtable_entry(phys_to_virt(kernel_cr3), kernel_ranges[i], LEVEL_TOP);
	return pgd;
}

void pgd_free(u64 *pgd)
{
	for (u32 i = 0; i < ARRAY_SIZE(kernel_ranges); i++)
		*pgtable_entry(pgd, kernel_ranges[i], LEVEL_TOP) = 0;
	pgtable_free(virt_to_page(pgd));
}

/* --- freeing ---------------------------------------------------------------------------------- */

/* What pgtable_free_range() was asked, for the descent. */
struct table_range {
	struct mmu_gather *tlb;
	u64 start, end;	    /* the VMA: visit tables that cover some of it */
	u64 floor, ceiling; /* nothing else is in here: free tables that lie inside */
};

/* Unhooks the table at *entry, which covers [base, base + span). */
static void unhook_table(struct table_range *r, u64 *entry, u64 base, u64 span)
{
	struct page *table = virt_to_page(pgtable_below(entry));

	WRITE_ONCE(*entry, 0);
	atomic64_dec(&r->tlb->mm->nr_tables);
	tlb_gather_range(r->tlb, base, base + span);
	tlb_gather_table(r->tlb, table);
}

/* Frees the tables below a table of the level, whose reach begins at base. */
static void free_below(struct table_range *r, u64 *table, u32 level, u64 base)
{
	u64 span = level_span(level);
	u64 first = MAX(base, ALIGN_DOWN(r->start, span));
	u64 last = MIN(base + PTRS_PER_TABLE * span, r->end);

	for (u64 addr = first; addr < last; addr += span) {
		u64 *entry = pgtable_entry(table, addr, level);
		u64 *below = pgtable_below(entry);

		if (!below)
			continue;
		if (level > LEVEL_HUGE)
			free_below(r, below, level - 1, addr);
		if (addr >= r->floor && addr + span <= r->ceiling)
			unhook_table(r, entry, addr, span);
	}
}

/*
 * No lock but mmap_lock(w): faults are excluded by it, rmap walks because the VMA
 * has left the anon_vma trees.  The flush before the frames are freed is
 * tlb_gather_flush()'s; a CPU may still read the table until then.
 */
void pgtable_free_range(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 floor, u64 ceiling)
{
	struct table_range r = { tlb, vma->vm_start, vma->vm_end, floor, ceiling };

	ASSERT(rwsem_is_write_held(&tlb->mm->mmap_lock) && list_empty(&vma->anon_vma_chain));
	free_below(&r, tlb->mm->pgd, LEVEL_TOP, 0);
}
