/* SPDX-License-Identifier: MIT */
/*
 * How the frame allocator comes by its frames: struct page for every frame, and
 * free lists of those that nobody has reserved.
 *
 *	memory map     |------------------ usable RAM -----------------|
 *	reserved          |image|        |bundle|        |early tables, mem_map|
 *	released       |--|     |--------|      |--------|
 *	as blocks       1 2     2 4  16   8 2 1 ...   as large as alignment allows
 *
 * mem_map is one array from frame 0 to the end of RAM, holes included: 96 bytes
 * for each 4096, 2.3 % of RAM.  It begins with every frame reserved; what the
 * memory map calls usable and no reserved range covers is then released.  Frames
 * in holes stay reserved for ever, so no bounds need checking but max_pfn.
 *
 * Order matters: mem_map itself comes from the early allocator, and only after
 * that may the early allocator's range be read and reserved; from then on nobody
 * may call early_alloc_pages() again.
 *
 * Worked example: RAM 0x100000..0x8000000, image 0x100000..0x180000, nothing else
 * reserved.  Frames 0x180..0x7fff are released: 0x180 is aligned to 2^7, so the
 * first block has order 7 (0x180..0x1ff), the next order 9 (0x200..0x3ff), then
 * order 10 from 0x400 on.
 *
 * Later free_reserved_range() releases the same way what boot needed once (the
 * boot code).
 *
 * Invariant: nr_managed_pages() grows only here, and never shrinks.
 *
 * Rejected: a sparse mem_map (the one hole of a PC is below 4 GiB and small).
 *
 * Missing on purpose: memory hotplug.
 */
#include "kernel/core/kasan.h"
#include "kernel/core/log.h"
#include "kernel/x86/bootinfo.h"
#include "kernel/x86/paging.h"
#include "mm/frame/internal.h"

struct page *mem_map;
u64 max_pfn;

/* Gives the frames [pfn, end), so far reserved, to the buddy in blocks as large as fit. */
static void release_frames(u64 pfn, u64 end)
{
	IRQ_GUARD(&buddy.lock);
	buddy.managed += end - pfn;
	kasan_poison(phys_to_virt(pfn << PAGE_SHIFT), (end - pfn) << PAGE_SHIFT, KASAN_DEAD_FRAME);
	while (pfn < end) {
		u32 order = pfn ? MIN((u32)__builtin_ctzl(pfn), (u32)MAX_ORDER) : MAX_ORDER;

		while (BIT(order) > end - pfn)
			order--;
		for (u64 i = pfn; i < pfn + BIT(order); i++)
			pfn_to_page(i)->flags = BIT(PG_free);
		give_block(pfn_to_page(pfn), order);
		pfn += BIT(order);
	}
}

/* Releases the part of [start, end) that no reserved range from the n-th on covers. */
static void release_unreserved(u64 start, u64 end, u32 n)
{
	const struct mem_range *r = &boot_info.reserved[n];

	if (start >= end)
		return;
	if (n == boot_info.nreserved) {
		release_frames(start >> PAGE_SHIFT, end >> PAGE_SHIFT);
	} else if (r->start >= end || r->end <= start) {
		release_unreserved(start, end, n + 1);
	} else {
		release_unreserved(start, MIN(end, r->start), n + 1);
		release_unreserved(MAX(start, r->end), end, n + 1);
	}
}

void free_reserved_range(u64 start, u64 end)
{
	BUG_ON(!IS_ALIGNED(start | end, PAGE_SIZE) || start > end);
	for (u64 pfn = start >> PAGE_SHIFT; pfn < end >> PAGE_SHIFT; pfn++)
		if (pfn_to_page(pfn)->flags != BIT(PG_reserved))
			bad_page(pfn_to_page(pfn), "given back, but it was not reserved");
	release_frames(start >> PAGE_SHIFT, end >> PAGE_SHIFT);
}

static void init_lists(void)
{
	for (u32 order = 0; order <= MAX_ORDER; order++)
		INIT_LIST_HEAD(&buddy.area[order].blocks);
	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		INIT_LIST_HEAD(&cpu_frames[cpu].list);
		INIT_LIST_HEAD(&cpu_frames[cpu].quarantine);
		INIT_LIST_HEAD(&cpu_frames[cpu].zeroed);
	}
}

/* Makes mem_map, all of it reserved. */
static void init_mem_map(void)
{
	u64 bytes;

	max_pfn = boot_info.map[boot_info.nmap - 1].end >> PAGE_SHIFT;
	bytes = ALIGN_UP(max_pfn * sizeof(struct page), PAGE_SIZE);
	mem_map = phys_to_virt(early_alloc_pages(bytes >> PAGE_SHIFT));
	for (u64 pfn = 0; pfn < max_pfn; pfn++)
		pfn_to_page(pfn)->flags = BIT(PG_reserved);
}

static void init_watermarks(void)
{
	u64 min = MIN(MAX(buddy.managed / 128, 32UL), 1024UL);

	watermark[WMARK_MIN] = min;
	watermark[WMARK_LOW] = min + min / 4;
	watermark[WMARK_HIGH] = min + min / 2;
}

void page_alloc_init(void)
{
	struct mem_range used;

	init_lists();
	init_mem_map();
	used = early_alloc_used(); /* from here on nothing is taken early any more */
	boot_info_reserve(used.start, used.end);
	for (u32 i = 0; i < boot_info.nmap; i++)
		release_unreserved(boot_info.map[i].start, boot_info.map[i].end, 0);
	init_watermarks();
	kasan_describe_init();
}
