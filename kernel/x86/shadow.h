/* SPDX-License-Identifier: MIT */
/*
 * Where the address sanitizer's shadow lies: one byte for each eight of the
 * kernel's memory, KASAN=1 only.  The offset is the one that the compiler is
 * given (Makefile); what the bytes mean is told by kernel/core/kasan.h.
 *
 *   fffffbfff0000000 .. shadow of the kernel image, from the first line of C on
 *   ffffed1000000000 .. shadow of the direct map, from paging_init() on
 *   fffff52000000000 .. shadow of the kernel stacks, from kmap_init() on
 *
 * Nothing else has a shadow.  Accesses there (device registers, above all) are
 * not checked.
 */
#pragma once

#include "kernel/lib/asan.h"
#include "kernel/x86/layout.h"

#if CONFIG_KASAN

#define SHADOW_OFFSET 0xdffffc0000000000UL
#define SHADOW_SHIFT  3
#define SHADOW(addr)  (((addr) >> SHADOW_SHIFT) + SHADOW_OFFSET)

/* Initialisers: what else the root of every address space needs. */
#define SHADOW_RANGES SHADOW(DIRECT_MAP), SHADOW(KMAP_BASE), SHADOW(KERNEL_BASE)

/* After the image: its shadow.  Set by linker.ld. */
extern char __image_shadow[], __image_shadow_end[];

/* Bytes of the direct map and of the kmap area that have a shadow. (c) after boot */
extern u64 shadowed_ram, shadowed_kmap;

/* Returns the shadow byte of addr, which must be shadowed(). */
static __always_inline u8 *shadow_of(u64 addr)
{
	return (u8 *)SHADOW(addr);
}

/* Says whether addr has a shadow byte. */
static __always_inline bool shadowed(u64 addr)
{
	return addr - DIRECT_MAP < shadowed_ram || addr - KMAP_BASE < shadowed_kmap ||
	       addr - KERNEL_BASE < (u64)__image_shadow - KERNEL_BASE;
}

/* Maps the shadow of the kernel image in the early page tables; before any instrumented code. */
void shadow_init_early(void);
/* Maps the shadow of the image in the final page tables, which are not yet in use. */
void shadow_map_image(u64 (*alloc_table)(void));
/* Maps the shadow of the direct map, all accessible.  In the final page tables, in use. */
void shadow_map_ram(u64 (*alloc_table)(void));
/* Maps the shadow of [KMAP_BASE, end), all accessible; false if memory is short. */
bool shadow_map_kmap(u64 end, u64 (*alloc_table)(void));

#else

#define SHADOW_RANGES
#define shadow_init_early()		  ((void)0)
#define shadow_map_image(alloc_table)	  ((void)0)
#define shadow_map_ram(alloc_table)	  ((void)0)
#define shadow_map_kmap(end, alloc_table) true

#endif
