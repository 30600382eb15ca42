/* SPDX-License-Identifier: MIT */
/*
 * An entry of a page table: its bits, its kind, and how it is made and changed.  The hardware may
 * set Accessed and Dirty in a present entry at any time, so a present entry that
 * may be in use is changed only by ptep_get_and_clear() + flush, or by an
 * atomic operation that keeps those two bits.
 */
#pragma once

#include "kernel/x86/paging.h"
#include "mm/frame/page.h"
#include "mm/mm_types.h"

typedef u64 pte_t;

/*
 * What a program's entry has besides the hardware's bits (paging.h); G (bit 8) means nothing
 * without P.
 */
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
 * What an entry is.  The code that decides what becomes of one does so in a switch over its kind,
 * without a default: when a kind is added the compiler names each of these places (-Wswitch).
 * Under its page-table lock the kind of an entry stands still; A and D do not.
 */
enum pte_kind {
	PTE_KIND_NONE,	  /* nothing is there */
	PTE_KIND_PRESENT, /* a page, which has a count for this entry */
	PTE_KIND_SPECIAL, /* the zero page, which has no counts */
};
/* An entry of no kind (mm_check() finds it) counts as one that maps a page. */
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

static inline pte_t pte_mkold(pte_t e)
{
	return e & ~PTE_A;
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
/*
 * Empties the entry and returns what it was, A and D included.  Page-table lock held; flush next.
 */
static inline pte_t ptep_get_and_clear(pte_t *p)
{
	return __atomic_exchange_n(p, 0, __ATOMIC_SEQ_CST);
}
/* Clears W keeping A and D as the hardware sets them; returns the old entry. */
static inline pte_t ptep_set_wrprotect(pte_t *p)
{
	return __atomic_fetch_and(p, ~PTE_W, __ATOMIC_SEQ_CST);
}
