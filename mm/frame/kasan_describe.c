/* SPDX-License-Identifier: MIT */
/*
 * What a report of the address sanitizer says about an address of the direct
 * map: the object of a slab in whose slot it lies, or else the state of its
 * frame.
 *
 *	address -> struct page -> PG_slab:   byte 20 of an object of kmalloc-32
 *	                          PG_free:   frame 0x1234, free
 *	                          otherwise: frame 0x1234, flags, counts
 *
 * Worked example: kmalloc(20) gave ffff888000123400, somebody writes to byte 20.
 * The shadow there says "the first four of eight are good", so it is out of
 * bounds; the sentence ends "byte 20 of an object of 32 in slab cache
 * kmalloc-32".  Had the object been freed before, the shadow would say so, and the
 * place would be the same.
 *
 * Locks: none.  The machine is about to stop, and what is described is wrong
 * already; a frame that changes hands meanwhile gets a stale description.
 *
 * Invariant: only reads, and only struct page and what never changes in a cache;
 * never the object itself, whose bytes may be anything.
 *
 * Rejected: to remember who allocated and who freed each object: it would double
 * the slots, and the call chain of a freed object is seldom the bug's.
 *
 * Missing on purpose: kernel stacks and globals; kernel/core/kasan.c knows them.
 */
#include "kernel/core/kasan.h"
#include "kernel/lib/format.h"
#include "mm/frame/internal.h"
#include "mm/frame/slab.h"

#if CONFIG_KASAN

static void describe_frame(const struct page *page, char *buf, size_t size)
{
	if (page_flag(page, PG_free))
		scnprintf(buf, size, "frame %#lx, free", page_to_pfn(page));
	else
		scnprintf(buf, size, "frame %#lx, flags %#lx refcount %d mapcount %d",
			  page_to_pfn(page), page->flags, page_count(page), page_mapcount(page));
}

static void describe_address(u64 addr, char *buf, size_t size)
{
	const void *p = (const void *)addr;
	struct slab_place place;

	if (virt_to_phys(p) >> PAGE_SHIFT >= max_pfn)
		return;
	if (slab_locate(p, &place))
		scnprintf(buf, size, "byte %lu of an object of %u in slab cache %s",
			  addr - (u64)place.obj, place.size, place.cache);
	else
		describe_frame(virt_to_page(p), buf, size);
}

void kasan_describe_init(void)
{
	kasan_describe = describe_address;
}

#endif
