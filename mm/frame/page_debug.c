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
#include "mm/frame/violation.h"

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

__no_kasan void check_zeroed(const struct page *page)
{
	const u64 *word = page_address(page);

	for (u32 i = 0; i < PAGE_WORDS; i++)
		if (unlikely(word[i]))
			panic("frame %#lx is freed as a page table that maps nothing, but entry %u is %#lx",
			      page_to_pfn(page), i, word[i]);
}

/* The invariant of one frame: a violation tells all that is known of it. */
static void expect_frame(int *bad, bool holds, const struct page *page, const char *what)
{
	CHECK_THAT(bad, holds,
		   "page_alloc_check: frame %#lx: %s (flags %#lx refcount %d mapcount %d "
		   "mapping %#lx private %#lx)",
		   page_to_pfn(page), what, page->flags, page_count(page), page_mapcount(page),
		   page->mapping, page->private);
}

static void check_free_frame(int *bad, const struct page *page)
{
	expect_frame(bad, page_flag(page, PG_free), page, "in a free list, not marked free");
	expect_frame(bad, !page_count(page), page, "free with references");
	expect_frame(bad, !page_mapped(page), page, "free and mapped");
	expect_frame(bad, !page->mapping, page, "free with a mapping");
}

/* Whether the buddy of a block is free and whole, so that the two should be one. */
static bool should_be_joined(u64 pfn, u32 order)
{
	u64 other = pfn ^ BIT(order);

	return order < MAX_ORDER && other < max_pfn && page_flag(pfn_to_page(other), PG_buddy) &&
	       pfn_to_page(other)->private == order;
}

static void check_block(int *bad, const struct page *head, u32 order)
{
	u64 pfn = page_to_pfn(head);

	expect_frame(bad, page_flag(head, PG_buddy), head, "head of a block without PG_buddy");
	expect_frame(bad, head->private == order, head, "in the list of another order");
	expect_frame(bad, IS_ALIGNED(pfn, BIT(order)), head, "block not aligned to its size");
	expect_frame(bad, !should_be_joined(pfn, order), head, "two free buddies not joined");
	for (u64 i = 0; i < BIT(order); i++) {
		const struct page *page = head + i;

		check_free_frame(bad, page);
		expect_frame(bad, i == 0 || !page_flag(page, PG_buddy), page, "a head in a block");
		expect_frame(bad, !page_flag(page, PG_pcp), page, "in two kinds of lists");
	}
}

/* All free lists of the buddy; returns how many frames they hold. */
static u64 check_free_blocks(int *bad)
{
	const struct page *page;
	u64 frames = 0;

	for (u32 order = 0; order <= MAX_ORDER; order++) {
		u64 count = 0;

		list_for_each_entry(page, &buddy.area[order].blocks, lru) {
			check_block(bad, page, order);
			count++;
		}
		CHECK_THAT(bad, count == buddy.area[order].count,
			   "page_alloc_check: %lu blocks of order %u, counted %lu", count, order,
			   buddy.area[order].count);
		frames += count << order;
	}
	return frames;
}

/* Two ways to count the free frames. */
static void check_equal(int *bad, u64 listed, u64 other, const char *what)
{
	CHECK_THAT(bad, listed == other, "page_alloc_check: %lu frames in the free lists, %lu %s",
		   listed, other, what);
}

/* A list of single frames in a CPU's stock; returns its length. */
static u64 check_stock(int *bad, const struct list_head *list, u32 count)
{
	const struct page *page;
	u64 n = 0;

	list_for_each_entry(page, list, lru) {
		check_free_frame(bad, page);
		expect_frame(bad, page_flag(page, PG_pcp), page, "in a CPU's stock without PG_pcp");
		n++;
	}
	check_equal(bad, n, count, "counted in a CPU's stock");
	return n;
}

/*
 * The ring of frames that chain is one of; returns its length, and BATCH + 1 for every longer one.
 */
static u32 check_chain(int *bad, const struct page *chain)
{
	const struct page *page = chain;
	u32 n = 0;

	do {
		check_free_frame(bad, page);
		expect_frame(bad, page_flag(page, PG_pcp), page, "in the depot without PG_pcp");
		page = list_next_entry(page, lru);
		n++;
	} while (page != chain && n <= BATCH);
	expect_frame(bad, n == BATCH, chain, "a chain of another length than a batch");
	return n;
}

/* The chains of the depot; returns how many frames they hold. */
static u64 check_depot(int *bad)
{
	const struct page *chain = buddy.depot;
	u64 chains = 0, frames = 0;

	while (chain) {
		frames += check_chain(bad, chain);
		chains++;
		chain = (const struct page *)chain->private;
	}
	check_equal(bad, chains * BATCH, buddy.nr_chains * BATCH, "in chains");
	return frames;
}

static u64 frames_marked_free(void)
{
	u64 n = 0;

	for (u64 pfn = 0; pfn < max_pfn; pfn++)
		if (page_flag(pfn_to_page(pfn), PG_free))
			n++;
	return n;
}

int page_alloc_check(void)
{
	u64 frames;
	int bad = 0;

	IRQ_GUARD(&buddy.lock);
	frames = check_free_blocks(&bad);
	frames += check_depot(&bad);
	check_equal(&bad, frames, buddy.nr_free, "in buddy.nr_free");
	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		const struct cpu_frames *cf = &cpu_frames[cpu];

		frames += check_stock(&bad, &cf->list, cf->count);
		frames += check_stock(&bad, &cf->quarantine, cf->quarantined);
		frames += check_stock(&bad, &cf->zeroed, cf->nr_zeroed);
	}
	check_equal(&bad, frames, nr_free_pages(), "in nr_free_pages()");
	check_equal(&bad, frames, frames_marked_free(), "marked free");
	return bad;
}
