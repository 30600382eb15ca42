/* SPDX-License-Identifier: MIT */
/* What the boot loader told us, copied to where nobody overwrites it. */
#pragma once

#include "kernel/lib/types.h"

#define MAX_MEM_RANGES 64
#define MAX_RESERVED   8

/* Physical addresses, page-aligned, end exclusive. */
struct mem_range {
	u64 start;
	u64 end;
};

/* (c) after boot_info_init().  reserved[] is without what early_alloc_used() (paging.h) reports. */
struct boot_info {
	struct mem_range map[MAX_MEM_RANGES]; /* usable RAM below MAX_PHYS: sorted, disjoint */
	u32 nmap;
	struct mem_range reserved[MAX_RESERVED]; /* parts of map that hold something; unsorted */
	u32 nreserved;
	char cmdline[1024];
	u64 rsdp;	 /* physical address of the ACPI root pointer, 0 if not told */
	u64 bundle_phys; /* the boot bundle, 0 if none */
	u64 bundle_size;
	u64 trampoline; /* a page of RAM below 640 KiB where nothing lies, 0 if there is none */
};

extern struct boot_info boot_info;

/*
 * Fills boot_info from a PVH start_info or Multiboot2 information at physical address info; magic
 * is what the loader left in EAX (Multiboot2) or 0 (PVH).  Ends the machine if there is no memory
 * map.  Runs on the early page tables.
 */
void boot_info_init(u32 magic, u64 info);

/* Adds to boot_info.reserved, rounded outwards to pages. */
void boot_info_reserve(u64 start, u64 end);

/* A page of RAM below 640 KiB on which nothing lies that b has as reserved; 0 if there is none. */
u64 boot_info_low_page(const struct boot_info *b);

/* Says on COM1 and COM2, in one sentence, why the machine cannot start; ends with POWEROFF_FAIL. */
void __noreturn __cold boot_die(const char *sentence);
