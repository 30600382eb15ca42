/* SPDX-License-Identifier: MIT */
/*
 * kmalloc(): memory by size, for what is too rare or too varied in length to
 * deserve a cache of its own.
 *
 *	size      1..16   17..32   33..64   ...   1025..2048    2049..4 MiB
 *	          |       |        |              |             |
 *	cache     -16     -32      -64     ...    -2048         whole frames
 *
 * Up to 2048 bytes there is a slab cache for each power of two, and a request
 * goes to the smallest that is large enough; the object is aligned to its size.
 * Longer requests get 2^order frames from the buddy allocator.
 *
 * kfree() is told no size.  It finds struct page of the address: PG_slab says
 * that private is the cache; otherwise the address is the begin of a block and
 * private is the order, put there by kmalloc_frames().
 *
 * Worked example: kmalloc(100) comes from kmalloc-128.  kmalloc(5000) needs two
 * frames: order 1, private of the first frame is 1, 3192 bytes are wasted.
 *
 * Who asks does so for a program, by a system call; so all of it is SLAB_ACCOUNT.
 *
 * Locks: none of its own; see slab.c and page_alloc.c.
 *
 * Invariant: what kmalloc() returns lies in a slab of a kmalloc cache, or is the
 * address of a frame without PG_slab whose private is its order.
 *
 * Rejected: sizes between the powers of two (96, 192): less waste, but the
 * alignment promise would get exceptions.
 *
 * Missing on purpose: krealloc(), sizes above 4 MiB (NULL).
 */
#include "kernel/core/kasan.h"
#include "kernel/lib/string.h"
#include "mm/frame/page_alloc.h"
#include "mm/frame/slab.h"

#define MIN_SHIFT 4
#define MAX_SHIFT 11

static struct kmem_cache *kmalloc_caches[MAX_SHIFT + 1]; /* (c) by log2 of the size */

void slab_init(void)
{
	static const char *const names[MAX_SHIFT + 1] = {
		[4] = "kmalloc-16",    [5] = "kmalloc-32",    [6] = "kmalloc-64",
		[7] = "kmalloc-128",   [8] = "kmalloc-256",   [9] = "kmalloc-512",
		[10] = "kmalloc-1024", [11] = "kmalloc-2048",
	};

	for (u32 shift = MIN_SHIFT; shift <= MAX_SHIFT; shift++)
		kmalloc_caches[shift] =
			kmem_cache_create(names[shift], BIT(shift), BIT(shift), SLAB_ACCOUNT);
}

/* Smallest n with 2^n >= size; size > 0. */
static u32 log2_up(size_t size)
{
	return size > 1 ? 64 - (u32)__builtin_clzl(size - 1) : 0;
}

/* Whole frames; the order is kept in the first frame's private. */
static void *kmalloc_frames(size_t size)
{
	u32 order = log2_up(size) - PAGE_SHIFT;
	struct page *page = alloc_charged_pages(order);

	if (!page)
		return NULL;
	page->private = order;
	kasan_unpoison_part(page_address(page), size, PAGE_SIZE << order);
	return page_address(page);
}

void *kmalloc(size_t size)
{
	u32 shift = MAX(log2_up(MAX(size, 1UL)), (u32)MIN_SHIFT);

	void *obj;

	if (shift > MAX_SHIFT)
		return kmalloc_frames(size);
	obj = kmem_cache_alloc(kmalloc_caches[shift]);
	kasan_unpoison_part(obj, size, obj ? BIT(shift) : size);
	return obj;
}

void *kzalloc(size_t size)
{
	void *ptr = kmalloc(size);

	return ptr ? memset(ptr, 0, size) : NULL;
}

void kfree(void *ptr)
{
	struct page *page;

	if (!ptr)
		return;
	page = virt_to_page(ptr);
	if (page_flag(page, PG_slab))
		kmem_cache_free((struct kmem_cache *)page->private, ptr);
	else
		free_pages(page, (u32)page->private);
}
