/* SPDX-License-Identifier: MIT */
/*
 * The kernel's half of every address space.  Rights by place:
 *
 *   image text RX, constants R, data and bss RW; nothing else in the image
 *   direct map RW, but R where the frames hold text or constants
 *   fixmap     RW, uncached
 *
 * Only text is executable, and no entry above has the user bit.
 */
#include "kernel/x86/paging.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/page_ops.h"
#include "kernel/x86/shadow.h"

#define EARLY_LIMIT (4UL << 30) /* the early page tables reach no further */
#define TABLE_BITS  (PTE_P | PTE_W | PTE_A)
#define NR_FIXMAP   16

u64 kernel_cr3;
u64 ram_end;

static struct mem_range early_gap; /* where early_alloc_pages() takes from */
static u64 early_next;
static u32 nr_fixmap;

/* The end of the free run of RAM that starts at start, or start if that is reserved. */
static u64 free_run_end(u64 start, u64 end)
{
	for (u32 i = 0; i < boot_info.nreserved; i++) {
		const struct mem_range *r = &boot_info.reserved[i];

		if (start >= r->start && start < r->end)
			return start;
		if (r->start >= start)
			end = MIN(end, r->start);
	}
	return end;
}

static void consider_gap(u64 start, const struct mem_range *ram)
{
	u64 end = MIN(ram->end, EARLY_LIMIT);

	if (start < ram->start || start >= end)
		return;
	end = free_run_end(start, end);
	if (end - start > early_gap.end - early_gap.start)
		early_gap = (struct mem_range){ start, end };
}

/* Finds the largest free run of RAM; one begins where RAM or a reservation does. */
static void find_early_gap(void)
{
	for (u32 i = 0; i < boot_info.nmap; i++) {
		consider_gap(boot_info.map[i].start, &boot_info.map[i]);
		for (u32 j = 0; j < boot_info.nreserved; j++)
			consider_gap(boot_info.reserved[j].end, &boot_info.map[i]);
	}
	early_next = early_gap.start;
}

u64 early_alloc_pages(u64 n)
{
	u64 phys = early_next;

	if (n > (early_gap.end - phys) / PAGE_SIZE)
		boot_die("There is too little memory to boot; in QEMU give more with -m.");
	for (u64 i = 0; i < n; i++) {
		clear_page(phys_to_virt(early_next));
		early_next += PAGE_SIZE;
	}
	return phys;
}

struct mem_range early_alloc_used(void)
{
	return (struct mem_range){ early_gap.start, early_next };
}

static u64 early_table(void)
{
	return early_alloc_pages(1);
}

u64 *kernel_entry(u64 va, u32 level, u64 (*alloc_table)(void))
{
	u64 *table = phys_to_virt(kernel_cr3);

	for (u32 l = LEVEL_TOP; l > level; l--) {
		u64 *entry = &table[level_index(va, l)];

		if (!(*entry & PTE_P)) {
			u64 phys = alloc_table();

			if (!phys)
				return NULL;
			*entry = phys | TABLE_BITS;
		}
		table = phys_to_virt(*entry & PTE_PFN_MASK);
	}
	return &table[level_index(va, level)];
}

static void map_image(const char *start, const char *end, u64 prot)
{
	for (u64 va = (u64)start; va < (u64)end; va += PAGE_SIZE)
		*kernel_entry(va, LEVEL_PAGE, early_table) = kernel_virt_to_phys((void *)va) | prot;
}

/* Maps the 2 MiB of RAM at phys; page by page if some of them must not be written. */
static void map_direct_huge(u64 phys)
{
	u64 va = (u64)phys_to_virt(phys);

	if (!holds_constants(phys, phys + HUGE_PAGE_SIZE)) {
		*kernel_entry(va, LEVEL_HUGE, early_table) = phys | PROT_KERNEL_RW | PTE_PS;
		return;
	}
	for (u64 off = 0; off < HUGE_PAGE_SIZE; off += PAGE_SIZE) {
		bool ro = holds_constants(phys + off, phys + off + PAGE_SIZE);

		*kernel_entry(va + off, LEVEL_PAGE, early_table) =
			(phys + off) | (ro ? PROT_KERNEL_RO : PROT_KERNEL_RW);
	}
}

/* RAM is rounded outwards to 2 MiB; what lies there besides is firmware's and never touched. */
static void map_direct(void)
{
	for (u32 i = 0; i < boot_info.nmap; i++) {
		const struct mem_range *r = &boot_info.map[i];

		for (u64 p = ALIGN_DOWN(r->start, HUGE_PAGE_SIZE); p < r->end; p += HUGE_PAGE_SIZE)
			map_direct_huge(p);
		ram_end = r->end; /* the map is sorted */
	}
}

void paging_init(void)
{
	find_early_gap();
	kernel_cr3 = early_alloc_pages(1);

	map_image(__text_start, __text_end, PROT_KERNEL_RX);
	map_image(__rodata_start, __rodata_end, PROT_KERNEL_RO);
	map_image(__data_start, __bss_end, PROT_KERNEL_RW);
	*kernel_entry((u64)boot_stack_guard, LEVEL_PAGE, early_table) = 0;
	map_direct();
	/* Tables down to where later mappings are made, so that the PML4 never changes again. */
	kernel_entry(KMAP_BASE, LEVEL_HUGE, early_table);
	kernel_entry(FIXMAP_BASE, LEVEL_PAGE, early_table);
	shadow_map_image(early_table);
	write_cr3(kernel_cr3);
	tlb_flush_global_local();
	shadow_map_ram(early_table);
}

volatile void *fixmap_io(u64 phys)
{
	u64 va = FIXMAP_BASE + nr_fixmap * PAGE_SIZE;

	if (nr_fixmap++ == NR_FIXMAP)
		boot_die("The fixmap is full.");
	/* no flush: only added a mapping */
	*kernel_entry(va, LEVEL_PAGE, early_table) = (phys & PTE_PFN_MASK) | PROT_KERNEL_IO;
	return (void *)(va + phys % PAGE_SIZE);
}
