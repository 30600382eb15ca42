/* SPDX-License-Identifier: MIT */
/* Frames: the binary buddy allocator and references to user frames. */
#pragma once

#include "mm/frame/page.h"

#define MAX_ORDER 10 /* largest block: 4 MiB */

/* Who asks, for the per-kind counters of /proc/meminfo and mm_check(). */
enum page_kind { PK_KERNEL, PK_TABLE, PK_SLAB, PK_STACK, PK_USER, PK_VMO, NR_PAGE_KINDS };

/*
 * Builds mem_map and the free lists from boot_info; before it only
 * early_alloc_pages() exists, after it only this allocator does.
 */
void page_alloc_init(void);
/* Gives back the frames of [start, end) (physical, page aligned) that were reserved at boot. */
void free_reserved_range(u64 start, u64 end);

/*
 * Allocates 2^order frames, contents undefined, frozen (refcount 0).  NULL if
 * memory is short or a fault is injected.  Any context, never sleeps.
 */
struct page *alloc_pages(u32 order);
/*
 * The same for what a program can make the kernel keep, which is charged to it
 * (kernel/proc/charge.c): like user memory it leaves WMARK_MIN frames.
 */
struct page *alloc_charged_pages(u32 order);
/*
 * Frees a frozen block of 2^order frames from alloc_pages().  The owner has
 * cleared PG_slab, PG_table and mapping.  Any context.
 */
void free_pages(struct page *page, u32 order);
/* A zeroed frame for a structure that the kernel keeps for a program: alloc_charged_pages(). */
void *alloc_zeroed_page(void);
/* The same for a page table, booked as PK_TABLE; NULL. */
struct page *alloc_pgtable_page(void);
/* Frees it.  All its words are 0 again, as they are when a table maps nothing any more. */
void free_pgtable_page(struct page *page);

/*
 * Allocates one frame for user memory: refcount 1, mapcount 0, no mapping,
 * contents undefined.  NULL if short: below WMARK_MIN the rest is for the
 * kernel.  Freed by the last put_page().
 */
struct page *alloc_user_page(void);

static inline void get_page(struct page *page)
{
	atomic_inc(&page->refcount);
}
/* Takes a reference unless the frame is frozen or free; true if taken. */
static inline bool get_page_unless_zero(struct page *page)
{
	return atomic_inc_not_zero(&page->refcount);
}
/* Frees an unreferenced user frame: tells the scanner, clears mapping, to the buddy. */
void free_user_page(struct page *page);
/* Drops a reference; the last one frees the frame.  Any context. */
static inline void put_page(struct page *page)
{
	if (atomic_dec_and_test(&page->refcount))
		free_user_page(page);
}

/*
 * What the merge floor wants to know of a user frame.  Filled in by the
 * running scanner; null pointers cost one predictable branch.
 */
struct page_hooks {
	/*
	 * The last reference has gone, the frame not yet freed.  Any context, page->mapping still
	 * set.
	 */
	void (*dying)(struct page *page);
};
extern struct page_hooks page_hooks;

/* Free frames: buddy, per-CPU lists and quarantine together; exact when nobody allocates. */
u64 nr_free_pages(void);
/*
 * Whether there are n frames above the mark at which user memory stops, wherever they are: with 1,
 * whether alloc_user_page() would find one, since it looks everywhere in the end.
 */
bool user_frames_left(u64 n);
/*
 * How often memory was refused because there was none, since boot; what fails by injection does not
 * count.  Who compares it before and after a failure knows whether shortage can be the reason.
 */
u64 nr_refused_allocations(void);
/* Frames under the allocator's care, free or not. */
u64 nr_managed_pages(void);

/*
 * Books n (or, negative, unbooks) frames that the caller has allocated as used
 * for kind.  User frames are booked by alloc_user_page(); what nobody books is
 * PK_KERNEL.  Any context.
 */
void account_pages(enum page_kind kind, s64 n);
/* Frames in use for kind; exact when nobody allocates. */
u64 nr_pages_of(enum page_kind kind);

/*
 * Marks in the number of free frames.  All that a program can ask for stops at MIN;
 * reclaim is to start at LOW and to rest at HIGH.
 */
enum watermark { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARKS };
/* Moves every per-CPU list and the quarantine back to the buddy.  Any context, no buddy lock. */
void drain_all_pages(void);
/* Asserts the free lists' invariants; returns the number of violations, each printed. */
int page_alloc_check(void);
