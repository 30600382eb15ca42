/* SPDX-License-Identifier: MIT */
/*
 * Mapping the address sanitizer's shadow.  This file is compiled without it:
 * part of it runs before there is any.
 */
#include "kernel/x86/shadow.h"
#include "kernel/x86/paging.h"

#if CONFIG_KASAN

u64 shadowed_ram, shadowed_kmap;

extern u64 boot_pml4[];

/* One table of each level below the PML4 is enough for the image; linker.ld sees to that. */
static u64 early_pdpt[PTRS_PER_TABLE] __aligned(PAGE_SIZE);
static u64 early_pd[PTRS_PER_TABLE] __aligned(PAGE_SIZE);
static u64 early_pt[PTRS_PER_TABLE] __aligned(PAGE_SIZE);

void shadow_init_early(void)
{
	u64 va = (u64)shadow_of(KERNEL_BASE);
	u64 *pml4 = phys_to_virt((u64)boot_pml4);
	u64 rights = PTE_P | PTE_W; /* no NX: the CPU does not yet know that bit */

	pml4[level_index(va, 4)] = kernel_virt_to_phys(early_pdpt) | rights;
	early_pdpt[level_index(va, 3)] = kernel_virt_to_phys(early_pd) | rights;
	early_pd[level_index(va, 2)] = kernel_virt_to_phys(early_pt) | rights;
	for (char *page = __image_shadow; page < __image_shadow_end; page += PAGE_SIZE)
		early_pt[(page - __image_shadow) >> PAGE_SHIFT] =
			kernel_virt_to_phys(page) | rights;
}

/* Maps fresh frames, zero and so all accessible, where the shadow of [start, end) has none. */
static bool map_fresh(u64 start, u64 end, u64 (*alloc_table)(void))
{
	u64 last = (u64)shadow_of(end - 1);

	for (u64 va = ALIGN_DOWN((u64)shadow_of(start), PAGE_SIZE); va <= last; va += PAGE_SIZE) {
		u64 *pte = kernel_entry(va, LEVEL_PAGE, alloc_table);
		u64 phys;

		if (pte && *pte)
			continue;
		phys = pte ? alloc_table() : 0;
		if (!phys)
			return false;
		*pte = phys | PROT_KERNEL_RW; /* no flush: only added a mapping */
	}
	return true;
}

void shadow_map_image(u64 (*alloc_table)(void))
{
	u64 va = (u64)shadow_of(KERNEL_BASE);

	for (char *page = __image_shadow; page < __image_shadow_end; page += PAGE_SIZE) {
		*kernel_entry(va, LEVEL_PAGE, alloc_table) =
			kernel_virt_to_phys(page) | PROT_KERNEL_RW;
		va += PAGE_SIZE;
	}
}

void shadow_map_ram(u64 (*alloc_table)(void))
{
	u64 zeros = alloc_table() | PROT_KERNEL_RO;

	for (u32 i = 0; i < boot_info.nmap; i++) {
		const struct mem_range *r = &boot_info.map[i];

		map_fresh((u64)phys_to_virt(r->start), (u64)phys_to_virt(r->end), alloc_table);
	}
	/* what the memory map leaves out is not tracked: one page of zeros for all of it */
	for (u64 va = (u64)shadow_of(DIRECT_MAP); va < (u64)shadow_of(DIRECT_MAP + ram_end);
	     va += PAGE_SIZE) {
		u64 *pte = kernel_entry(va, LEVEL_PAGE, alloc_table);

		if (!*pte)
			*pte = zeros;
	}
	shadowed_ram = ram_end;
}

bool shadow_map_kmap(u64 end, u64 (*alloc_table)(void))
{
	if (!map_fresh(KMAP_BASE, end, alloc_table))
		return false;
	shadowed_kmap = end - KMAP_BASE;
	return true;
}

#endif
