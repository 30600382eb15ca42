/* SPDX-License-Identifier: MIT */
/*
 * What watches over the frame allocator: the report of a bad page, poison, and
 * page_alloc_check(), which restates the invariants of page_alloc.c as code.
 *
 * Poison.  A freed frame is filled with 0xa5 bytes and compared with them when
 * it is handed out again.  Whoever writes to a frame that it no longer owns is
 * found, and the first changed byte is told:
 *
 *	free          quarantine (64 frames a CPU)      alloc
 *	  |  a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 a5 ...      |
 *	  |               ^                               |
 *	  |               a late write leaves 00 here     +-> panic: offset, word
 *
 * The quarantine makes the time between the two longer, so that a late write
 * meets the pattern and not the next owner.  A CPU that still has the old
 * translation in its TLB is such a writer: this is how a missing shootdown shows.
 * Frames that have never been freed carry no poison (filling all RAM at boot
 * would take longer than everything else there); PG_poisoned says which do.
 *
 * The checker walks the free lists and then all of mem_map, and compares the two
 * views.  It is meant for a machine that stands still (mm_check() stops the other
 * CPUs); it takes the buddy lock, but of the CPUs' stocks it only reads.
 *
 * Example of what it finds: a frame that is mapped and also in a free list
 * carries PG_free and a mapcount; both the walk of its list and that of mem_map
 * complain, with its number, flags and counts.
 *
 * Rejected: a poison word at the start of the frame only (writes hit anywhere);
 * guard pages around frames (they would split the direct map).
 *
 * Missing on purpose: whether a *read* hits a freed frame; that takes shadow
 * memory, which the KASAN=1 build has (kernel/core/kasan.h).
 */
#include "kernel/core/log.h"
#include "kernel/lib/asan.h"
#include "mm/frame/internal.h"

#define POISON_WORD 0xa5a5a5a5a5a5a5a5UL
#define PAGE_WORDS  (PAGE_SIZE / sizeof(u64))

void __noreturn __cold bad_page(const struct page *page, const char *what)
{
	panic("bad page: frame %#lx: %s (flags %#lx refcount %d mapcount %d mapping %#lx)",
	      page_to_pfn(page), what, page->flags, page_count(page), page_mapcount(page),
	      page->mapping);
}

__no_kasan void poison_frame(struct page *page)
{
	u64 *word = page_address(page);

	for (u32 i = 0; i < PAGE_WORDS; i++)
		word[i] = POISON_WORD;
	page->flags |= BIT(PG_poisoned);
}

__no_kasan void check_poison(const struct page *page)
{
	const u64 *word = page_address(page);

	for (u32 i = 0; i < PAGE_WORDS; i++)
		if (unlikely(word[i] != POISON_WORD))
			panic("frame %#lx was written after it was freed: offset %#x holds %#lx",
			      page_to_pfn(page), i * 8, word[i]);
}

static int expect(bool holds, const struct page *page, const char *what)
{
	return INVARIANT(holds,
			 "page_alloc_check: frame %#lx: %s (flags %#lx refcount %d mapcount %d "
			 "mapping %#lx private %#lx)",
			 page_to_pfn(page), what, page->flags, page_count(page),
			 page_mapcount(page), page->mapping, page->private);
}

static int check_free_frame(const struct page *page)
{
	return expect(page_flag(page, PG_free), page, "in a free list, not marked free") +
	       expect(!page_count(page), page, "free with references") +
	       expect(!page_mapped(page), page, "free and mapped") +
	       expect(!page->mapping, page, "free with a mapping");
}

/* Whether the buddy of a block is free and whole, so that the two should be one. */
static bool should_be_joined(u64 pfn, u32 order)
{
	u64 other = pfn ^ BIT(order);

	return order < MAX_ORDER && other < max_pfn && page_flag(pfn_to_page(other), PG_buddy) &&
	       pfn_to_page(other)->private == order;
}

static int check_block(const struct page *head, u32 order)
{
	u64 pfn = page_to_pfn(head);
	int bad = 0;

	bad += expect(page_flag(head, PG_buddy), head, "head of a block without PG_buddy");
	bad += expect(head->private == order, head, "in the list of another order");
	bad += expect(IS_ALIGNED(pfn, BIT(order)), head, "block not aligned to its size");
	bad += expect(!should_be_joined(pfn, order), head, "two free buddies not joined");
	for (u64 i = 0; i < BIT(order); i++) {
		bad += check_free_frame(head + i);
		bad += expect(!i || !page_flag(head + i, PG_buddy), head + i, "a head in a block");
		bad += expect(!page_flag(head + i, PG_pcp), head + i, "in two kinds of lists");
	}
	return bad;
}

/* All free lists of the buddy; adds their frames to *frames. */
static int check_areas(u64 *frames)
{
	const struct page *page;
	int bad = 0;

	for (u32 order = 0; order <= MAX_ORDER; order++) {
		u64 count = 0;

		list_for_each_entry(page, &buddy.area[order].blocks, lru) {
			bad += check_block(page, order);
			count++;
		}
		bad += INVARIANT(count == buddy.area[order].count,
				 "page_alloc_check: %lu blocks of order %u, counted %lu", count,
				 order, buddy.area[order].count);
		*frames += count << order;
	}
	return bad;
}

/* Two ways to count the free frames. */
static int expect_equal(u64 listed, u64 other, const char *what)
{
	return INVARIANT(listed == other, "page_alloc_check: %lu frames in the free lists, %lu %s",
			 listed, other, what);
}

/* A list of single frames in a CPU's stock; adds its length to *frames. */
static int check_stock(const struct list_head *list, u32 count, u64 *frames)
{
	const struct page *page;
	u32 n = 0;
	int bad = 0;

	list_for_each_entry(page, list, lru) {
		bad += check_free_frame(page);
		bad += expect(page_flag(page, PG_pcp), page, "in a CPU's stock without PG_pcp");
		n++;
	}
	*frames += n;
	return bad + expect_equal(n, count, "counted in a CPU's stock");
}

/* The chains of the depot; adds their frames to *frames. */
static int check_depot(u64 *frames)
{
	const struct page *chain = buddy.depot, *page;
	u64 chains = 0;
	int bad = 0;

	for (; chain; chain = (struct page *)chain->private, chains++) {
		u32 n = 0;

		page = chain;
		do {
			bad += check_free_frame(page);
			bad += expect(page_flag(page, PG_pcp), page, "in the depot without PG_pcp");
			page = list_next_entry(page, lru);
		} while (++n <= BATCH && page != chain);
		bad += expect(n == BATCH, chain, "a chain of another length than a batch");
		*frames += n;
	}
	return bad + expect_equal(chains * BATCH, buddy.nr_chains * BATCH, "in chains");
}

static u64 frames_marked_free(void)
{
	u64 n = 0;

	for (u64 pfn = 0; pfn < max_pfn; pfn++)
		n += page_flag(pfn_to_page(pfn), PG_free);
	return n;
}

int page_alloc_check(void)
{
	u64 frames = 0;
	int bad;

	IRQ_GUARD(&buddy.lock);
	bad = check_areas(&frames) + check_depot(&frames);
	bad += expect_equal(frames, buddy.nr_free, "in buddy.nr_free");
	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		const struct cpu_frames *cf = &cpu_frames[cpu];

		bad += check_stock(&cf->list, cf->count, &frames);
		bad += check_stock(&cf->quarantine, cf->quarantined, &frames);
	}
	bad += expect_equal(frames, nr_free_pages(), "in nr_free_pages()");
	return bad + expect_equal(frames, frames_marked_free(), "marked free");
}
