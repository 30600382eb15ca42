/* SPDX-License-Identifier: MIT */
/*
 * The kernel's half of the address space, and the page frames that boot itself
 * needs before there is an allocator.
 */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/layout.h"

/*
 * Bits of an entry, in the letters of the manual and the same at every level.  Bits 8 to 10 are
 * used otherwise in a program's entries: mm/pgtable/pgtable.h.
 */
#define PTE_P	     (1UL << 0)
#define PTE_W	     (1UL << 1)
#define PTE_U	     (1UL << 2)
#define PTE_PWT	     (1UL << 3)
#define PTE_PCD	     (1UL << 4)
#define PTE_A	     (1UL << 5)
#define PTE_D	     (1UL << 6)
#define PTE_PS	     (1UL << 7) /* in a PDE or PDPTE: it maps, not points */
#define PTE_G	     (1UL << 8)
#define PTE_NX	     (1UL << 63)
#define PTE_PFN_MASK 0x000ffffffffff000UL

#define PTRS_PER_TABLE 512

/*
 * Levels of tables, counted from the page up: 4 PML4, 3 PDPT, 2 PD, 1 PT.  An entry of a table of
 * level n covers level_span(n) bytes.
 */
#define LEVEL_PAGE 1 /* a table of PTEs */
#define LEVEL_HUGE 2 /* of PDEs, 2 MiB each */
#define LEVEL_TOP  4 /* the root */

static __always_inline u32 level_shift(u32 level)
{
	return PAGE_SHIFT + 9 * (level - 1);
}

static __always_inline u64 level_span(u32 level)
{
	return 1UL << level_shift(level);
}

/* Which entry of its table of the level is va's. */
static __always_inline u32 level_index(u64 va, u32 level)
{
	return va >> level_shift(level) & (PTRS_PER_TABLE - 1);
}

#define PROT_KERNEL_RO (PTE_P | PTE_A | PTE_G | PTE_NX)
#define PROT_KERNEL_RW (PROT_KERNEL_RO | PTE_W | PTE_D)
#define PROT_KERNEL_RX (PTE_P | PTE_A | PTE_G)
#define PROT_KERNEL_IO (PROT_KERNEL_RW | PTE_PCD | PTE_PWT)

/* Where the kernel's own PML4 is: kernel threads run on it, every mm copies its upper half. (c) */
extern u64 kernel_cr3;

/* One past the last byte of RAM in the direct map. (c) */
extern u64 ram_end;

/*
 * Takes n consecutive frames, zeroed and in the direct map, and returns the physical address of
 * the first; ends the machine if there are none.  Boot only, until mm/frame takes over.
 */
u64 early_alloc_pages(u64 n);

/* Returns what early_alloc_pages() has used so far; mm/frame calls it last and keeps off it. */
struct mem_range early_alloc_used(void);

/*
 * Builds the final kernel page tables and switches the boot CPU to them: image W^X in 4 KiB pages,
 * direct map of all RAM, an empty kmap area, the fixmap.  User half empty.
 */
void paging_init(void);

/*
 * Returns the kernel's entry for va in its table of the level; missing tables come from
 * alloc_table() (physical address of a zeroed frame).  NULL if that returns 0.
 * The caller serialises changes to one entry, and flushes.
 */
u64 *kernel_entry(u64 va, u32 level, u64 (*alloc_table)(void));

/*
 * Maps the page of device registers at phys, uncached, for ever, and returns the address that
 * corresponds to phys.  Boot only.
 */
volatile void *fixmap_io(u64 phys);

/* Says whether a frame of kernel text or constants lies in the physical range [start, end). */
static inline bool holds_constants(u64 start, u64 end)
{
	return start < kernel_virt_to_phys(__rodata_end) && end > kernel_virt_to_phys(__text_start);
}
