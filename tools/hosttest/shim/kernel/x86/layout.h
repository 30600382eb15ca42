/* SPDX-License-Identifier: MIT */
/* The pretended machine's address map: its RAM is one block of host memory. */
#pragma once

#include "kernel/lib/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#define KMAP_BASE  0xffffc90000000000UL
#define KMAP_SIZE  (1UL << 30)
#define TASK_SIZE  0x00007ffffffff000UL

#define MAX_PHYS       (32UL << 30)
#define LOW_MEMORY_END 0x100000UL
#define REAL_MODE_END  0xa0000UL

extern char *host_ram; /* address of physical 0 */

static inline void *phys_to_virt(u64 phys)
{
	return host_ram + phys;
}

static inline u64 virt_to_phys(const void *virt)
{
	return (u64)((const char *)virt - host_ram);
}

/* Of the kernel image there is none; the names only keep kernel/x86/paging.h compiling. */
extern char __text_start[], __rodata_end[];
extern char __boot_start[], __bss_end[];

static inline u64 kernel_virt_to_phys(const void *virt)
{
	return (u64)virt;
}
