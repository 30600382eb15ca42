/* SPDX-License-Identifier: MIT */
/*
 * The address map, and the marks that linker.ld sets in the kernel image.
 *
 *   0000000000010000 .. 00007fffffffefff  user (the last page below 2^47 is never mapped)
 *   ffff888000000000 .. +RAM              direct map of all RAM, RW and NX
 *   ffffc90000000000 .. +1 GiB            kmap area: kernel stacks with guard pages
 *   ffffc90040000000 .. +4 KiB            debug builds: code for user mode, see user_try.c
 *   ffffffff80000000 .. +64 MiB           kernel image, physical address + KERNEL_BASE
 *   ffffffffffe00000 .. +1 MiB            fixmap: APIC registers, uncached
 *
 * A build with the address sanitizer has its shadow besides: see shadow.h.
 */
#pragma once

#include "kernel/lib/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define HUGE_PAGE_SIZE (2UL << 20)

#define TASK_SIZE 0x00007ffffffff000UL

#define DIRECT_MAP    0xffff888000000000UL
#define KMAP_BASE     0xffffc90000000000UL
#define KMAP_SIZE     (1UL << 30)
#define USER_TRY_PAGE (KMAP_BASE + KMAP_SIZE)
#define KERNEL_BASE   0xffffffff80000000UL
#define FIXMAP_BASE   0xffffffffffe00000UL

/* RAM above is not used. */
#define MAX_PHYS       (32UL << 30)
#define LOW_MEMORY_END 0x100000UL
#define REAL_MODE_END  0xa0000UL /* 640 KiB */

/* Set by linker.ld.  The .boot section is linked at its physical address; all others are high. */
extern char __boot_start[], __boot_end[];
extern char __text_start[], __text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __data_start[], __data_end[];
extern char __bss_start[], __bss_end[];
/* The page below the stack that CPU 0 booted on. */
extern char boot_stack_guard[];

/* Returns the direct-map address of RAM at phys; before paging_init() only below 4 GiB. */
static inline void *phys_to_virt(u64 phys)
{
	return (void *)(phys + DIRECT_MAP);
}

/* The physical address of a direct-map pointer; for image symbols see kernel_virt_to_phys(). */
static inline u64 virt_to_phys(const void *virt)
{
	return (u64)virt - DIRECT_MAP;
}

/* Returns the physical address of a symbol of the kernel image outside .boot. */
static inline u64 kernel_virt_to_phys(const void *virt)
{
	return (u64)virt - KERNEL_BASE;
}
