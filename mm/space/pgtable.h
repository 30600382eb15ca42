/* SPDX-License-Identifier: MIT */
/*
 * Page tables of four levels and the bits of an entry.  The hardware may set
 * Accessed and Dirty in a present entry at any time, so a present entry that
 * may be in use is changed only by ptep_get_and_clear() + flush, or by an
 * atomic operation that keeps those two bits.
 */
#pragma once

#include "kernel/x86/paging.h"
#include "mm/space/mm.h"

typedef u64 pte_t;

/* What a program's entry has besides the hardware's bits (paging.h); G (bit 8) means nothing without P. */
#define PTE_PROTNONE BIT(8)  /* P clear: an area without access keeps its page */
#define PTE_SPECIAL  BIT(9)  /* the zero page; no reference, no rmap */
#define PTE_ZMERGED  BIT(10) /* the zero page, put there by a merge */

static inline bool pte_none(pte_t e)
{
	return e == 0;
}
/*
 * True if the entry maps a frame.  In a PROT_NONE area the hardware's P is clear,
 * so that neither the program nor a user copy in the kernel gets through, but
 * the frame stays known to the rmap.
 */
static inline bool pte_present(pte_t e)
{
	return e & (PTE_P | PTE_PROTNONE);
}
static inline bool pte_special(pte_t e)
{
	return e & PTE_SPECIAL;
}

/*
 * What an entry is.  Who has to decide what becomes of one does so in a switch over its kind,
 * without a default: when a kind is added the compiler names each of these places (-Wswitch).
 * Under its page-table lock the kind of an entry stands still; A and D do not.
 */
enum pte_kind {
	PTE_KIND_NONE,	  /* nothing is there */
	PTE_KIND_PRESENT, /* a page, which has a count for this entry */
	PTE_KIND_SPECIAL, /* the zero page, which has no counts */
};
static __always_inline enum pte_kind pte_kind(pte_t e)
{
	if (pte_none(e)) /* first: a walk has passed over these, and the compiler knows */
		return PTE_KIND_NONE;
	return pte_special(e) ? PTE_KIND_SPECIAL : PTE_KIND_PRESENT;
}

static inline bool pte_write(pte_t e)
{
	return e & PTE_W;
}
static inline bool pte_dirty(pte_t e)
{
	return e & PTE_D;
}
static inline u64 pte_pfn(pte_t e)
{
	return (e & PTE_PFN_MASK) >> PAGE_SHIFT;
}
static inline pte_t pte_wrprotect(pte_t e)
{
	return e & ~PTE_W;
}
static inline pte_t pte_mkclean(pte_t e)
{
	return e & ~PTE_D;
}
/* The same mapping with the same rights: A and D may change by themselves at any time. */
static inline bool pte_same(pte_t a, pte_t b)
{
	return !((a ^ b) & ~(PTE_A | PTE_D));
}
/* The page of a present entry, or NULL for the zero page. */
static inline struct page *pte_page(pte_t e)
{
	return pte_special(e) ? NULL : pfn_to_page(pte_pfn(e));
}

/* The bits that an area's protection asks for, W left out. */
static inline pte_t pte_prot(u64 vm_flags)
{
	pte_t access = vm_flags & VM_PROT ? PTE_P | PTE_U : PTE_PROTNONE;

	return vm_flags & VM_EXEC ? access : access | PTE_NX;
}
/* Whether the entry maps the page. */
static inline bool pte_maps(pte_t e, const struct page *page)
{
	switch (pte_kind(e)) {
	case PTE_KIND_PRESENT:
		return pte_pfn(e) == page_to_pfn(page);
	case PTE_KIND_NONE:
	case PTE_KIND_SPECIAL:
		break;
	}
	return false;
}
/* An entry for pfn with the VMA's protection, but never writable and not dirty. */
static inline pte_t mk_pte(u64 pfn, u64 vm_flags)
{
	return pfn << PAGE_SHIFT | PTE_A | pte_prot(vm_flags);
}
/* The same with write permission as the VMA has it, dirty. */
static inline pte_t mk_pte_dirty(u64 pfn, u64 vm_flags)
{
	return mk_pte(pfn, vm_flags) | PTE_D | (vm_flags & VM_WRITE ? PTE_W : 0);
}
/* The entry with the VMA's protection but the old frame, A, D and software bits; never adds W. */
static inline pte_t pte_modify(pte_t e, u64 vm_flags)
{
	pte_t kept = PTE_PFN_MASK | PTE_A | PTE_D | PTE_SPECIAL | PTE_ZMERGED;

	if (vm_flags & VM_WRITE)
		kept |= PTE_W;
	return (e & kept) | pte_prot(vm_flags);
}

static inline pte_t ptep_get(const pte_t *p)
{
	return READ_ONCE(*p);
}
static inline void set_pte(pte_t *p, pte_t e)
{
	WRITE_ONCE(*p, e);
}
/* Empties the entry and returns what it was, A and D included.  Page-table lock held; flush next. */
static inline pte_t ptep_get_and_clear(pte_t *p)
{
	return __atomic_exchange_n(p, 0, __ATOMIC_SEQ_CST);
}
/* Clears W keeping A and D as the hardware sets them; returns the old entry. */
static inline pte_t ptep_set_wrprotect(pte_t *p)
{
	return __atomic_fetch_and(p, ~PTE_W, __ATOMIC_SEQ_CST);
}

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

/* ---- TLB (mm/space/tlb.c) ---- */

/* One address, on every CPU that may hold it.  Waits for all; interrupts on, spinlocks allowed. */
void flush_tlb_page(struct mm_struct *mm, u64 addr);
/* The range; more than 32 pages flush everything of the mm. */
void flush_tlb_range(struct mm_struct *mm, u64 start, u64 end);
void flush_tlb_mm(struct mm_struct *mm);
/* A range of the kernel's half (kernel stacks), on every CPU.  Context as above. */
void flush_tlb_kernel_range(u64 start, u64 end);
/* This CPU only: after a spurious fault. */
void flush_tlb_local_page(u64 addr);
/* Takes the shootdown interrupt; once, at boot. */
void tlb_init(void);

/* Frames and page tables to be freed after the flush that makes them unreachable. */
#define MMU_GATHER_BATCH 64
struct mmu_gather {
	struct mm_struct *mm;
	u64 start, end; /* what must be flushed before anything is freed */
	u32 nr;
	bool dying;		 /* nobody runs on this mm and nobody will: no flush needed */
	struct list_head tables; /* page tables, by page->lru */
	struct page *pages[MMU_GATHER_BATCH];
};
/* Begins with nothing gathered.  Ends with tlb_flush(). */
void tlb_gather(struct mmu_gather *tlb, struct mm_struct *mm, bool dying);
/* Widens what the next tlb_flush() flushes by [start, end). */
static inline void tlb_add_range(struct mmu_gather *tlb, u64 start, u64 end)
{
	tlb->start = MIN(tlb->start, start);
	tlb->end = MAX(tlb->end, end);
}
/* Takes over the reference of a PTE that has just been cleared; dropped after the flush. */
static inline void tlb_remove_page(struct mmu_gather *tlb, struct page *page)
{
	if (tlb->dying)
		put_page(page);
	else
		tlb->pages[tlb->nr++] = page;
}
/* No room for another page: drop the page-table lock and call tlb_flush(). */
static inline bool tlb_full(const struct mmu_gather *tlb)
{
	return tlb->nr == MMU_GATHER_BATCH;
}
/* Flushes and frees what was gathered.  No page-table lock held. */
void tlb_flush(struct mmu_gather *tlb);
/*
 * Unhooks the tables of vma that lie wholly between floor and ceiling and
 * gathers them (free_pgtables): vma is unmapped, flushed and unlinked from the
 * rmap, and so is everything else in between.  mmap_lock(w).
 */
void pgtable_free_range(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 floor, u64 ceiling);

/* ---- unmapping (mm/space/zap.c) ---- */

/* Unmaps the pages of [start, end) of vma; the VMA stays.  mmap_lock held (r for DONTNEED). */
void zap_range(struct mmu_gather *tlb, struct vm_area_struct *vma, u64 start, u64 end);
/*
 * Unmaps and frees the VMAs of [start, end), which begin and end there or inside,
 * in the order unmap, flush, unlink from anon_vma, free tables.  mmap_lock(w).
 */
void unmap_region(struct mm_struct *mm, u64 start, u64 end, bool dying);
/* Everything, at the end of an address space that no CPU has loaded.  Sleeps. */
void exit_mmap(struct mm_struct *mm);
