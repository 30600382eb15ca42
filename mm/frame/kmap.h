/* SPDX-License-Identifier: MIT */
/* The kmap area of the kernel's address space: kernel stacks with guard pages. */
#pragma once

#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"

#define KSTACK_PAGES (4 << CONFIG_KASAN) /* red zones make frames larger */
#define KSTACK_SIZE  (KSTACK_PAGES * PAGE_SIZE)

/* Builds the page tables for all stacks.  After page_alloc_init(). */
void kmap_init(void);

/*
 * A kernel stack: its lowest address (the guard page lies below), contents
 * undefined.  NULL if memory is short or there are too many.  Context as free_kstack().
 */
void *alloc_kstack(void);
/* Frees a stack that nobody runs on.  Interrupts on, no spinlock: it may wait for other CPUs. */
void free_kstack(void *stack);
/* Gives back the frames of all stacks kept for reuse.  Context as free_kstack(). */
void kmap_drain(void);

/* Whether addr lies in the guard page of a stack in use: its thread has overflowed. */
bool kmap_is_guard(u64 addr);

/*
 * Makes every CPU forget its translations of [start, end); filled in by the
 * floor that can ask them.  NULL (boot, one CPU running): this CPU alone does.
 */
extern void (*kmap_flush)(u64 start, u64 end);
/* Debug builds: panics if some CPU has a translation of a page there.  NULL: nobody looks. */
extern void (*kmap_check)(u64 start, u64 end);
