/* SPDX-License-Identifier: MIT */
/*
 * A third scanner, as a worked example of struct merge_scanner, and a test of it.
 *
 * THEORY
 *
 * The engine finds equal pages, joins and parts them; a scanner decides which page to
 * try next, and nothing else.  The simplest one that can be thought of takes the frames
 * as they come:
 *
 *     frame  0   1   2   3   4   5 ...          one sweep, from the first to the last
 *            -   a   b   -   a   a
 *                |   |       |   '-- stable tree has a: joined      (merge, one mapping less)
 *                |   |       '------ unstable tree has a: first merge, a is stable now
 *                |   '-------------- candidate
 *                '------------------ candidate
 *
 * Each page that is anonymous and not merged yet is looked up, first among the merged
 * ones, then among the candidates of this sweep; one that finds nothing is a candidate.  At the
 * end of a sweep the candidates are forgotten.
 *
 * What a scanner may leave to the engine: every race with the owners of the pages.  A page
 * may be written, unmapped or freed at any moment, also while it is a candidate.  So
 * sweep_item_page() looks again at what the frame is now, and a hit is only a proposal:
 * the merge compares under write protection and says JOIN_DIFFERS if it was mistaken.
 *
 * Worked example.  Frames 1, 2, 4, 5 hold a b a a.  1 and 2 become candidates.  4 finds 1:
 * try_to_merge_two_pages() promotes frame 4, absorbs frame 1.  5 finds 4 in the stable
 * tree: try_to_merge_with_ksm_page() absorbs frame 5.  Two frames are free.
 *
 * To make a real one of it: a line in scanners[] of merge.c, and it can be chosen with
 * scanner=sweep; a number for its run knob in enum knob and a line in knobs[], and it can be
 * started and stopped.  Then improve it.  It tries pages that are being written (what does
 * pksm.c ask first?), it looks at every frame however few are user memory, it hashes all of
 * them each time.  `make compare` shows the price.
 *
 * Locks: all under the scanner mutex; a page is referenced while it is tried.
 *
 * Invariants
 *  1. A frame is visited once in a sweep, so it is never a candidate twice.
 *  2. The unstable items are those of struct page; PKSM, which uses them too, is not at
 *     work, and finds them unlinked when it takes over (sweep_reset).
 *
 * Rejected: births and deaths (page_born), which make the good scanners good, and the
 * example long.
 *
 * Deliberately missing: volatility, probation, zero pages, a thread of its own; the test
 * drives it.
 *
 * Further reading: scanner.h; then pksm/pksm.c, which knows where the pages are.
 */
#include "kernel/core/ktest.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "mm/merge/engine/join.h"
#include "mm/merge/engine/part.h"
#include "mm/merge/engine/unstable.h"
#include "mm/merge/scanner.h"
#include "mm/pgtable/pgtable.h"
#include "mm/space/mmap.h"

#define FRAMES_A_WAKEUP 4096

static u64 sweep_run;		     /* (s) its knobs */
static u64 sweep_order = ORDER_HASH; /* (s) */
static struct merge_work sweep_work; /* (s) */
static u64 sweep_pfn;		     /* (s) the next frame */

/* Looks for an equal page and joins the two, or makes the page a candidate.  Referenced. */
static void sweep_try(struct page *page)
{
	u64 hash = merge_page_hash(page);
	struct page *kpage = stable_tree_search(page, hash, KEY_BYTES), *other;
	struct unstable_item *item;

	if (kpage) {
		try_to_merge_with_ksm_page(page, kpage, &scope_all);
		put_page(kpage);
		return;
	}
	item = unstable_tree_search_insert(page_item(page), page, hash, KEY_BYTES, &other);
	if (!item)
		return;
	unstable_tree_erase(item);
	try_to_merge_two_pages(page, other, &scope_all);
	put_page(other);
}

/* The page of a frame, referenced, if it is one to try now; or NULL. */
static struct page *get_anon_page(struct page *page)
{
	if (!get_page_unless_zero(page))
		return NULL;
	if (PageAnon(page) && !PageKsm(page) && page_mapped(page))
		return page;
	put_page(page);
	return NULL;
}

static void sweep_reset(void)
{
	unstable_tree_drop();
	sweep_pfn = 0;
}

static void sweep_scan(void)
{
	for (u64 end = MIN(sweep_pfn + FRAMES_A_WAKEUP, max_pfn); sweep_pfn < end; sweep_pfn++) {
		struct page *page = get_anon_page(pfn_to_page(sweep_pfn));

		if (!page)
			continue;
		sweep_work.scanned++;
		sweep_try(page);
		put_page(page);
		cond_resched();
	}
	if (sweep_pfn < max_pfn)
		return;
	sweep_work.full_scans++;
	sweep_reset();
}

static u64 sweep_pause_ns(u64 took)
{
	return took; /* half of one CPU */
}

static bool sweep_has_room(const struct stable_node *node)
{
	(void)node;
	return true;
}

/* The frame of a candidate may be anything by now. */
static struct page *sweep_item_page(struct unstable_item *item)
{
	return get_anon_page(item_of_page(item));
}

static void sweep_item_out(struct unstable_item *item)
{
	(void)item;
}

static const struct merge_scanner sweep_scanner = {
	.name = "sweep",
	.run = &sweep_run,
	.engine = {
		.order = &sweep_order,
		.work = &sweep_work,
		.has_room = sweep_has_room,
		.item_page = sweep_item_page,
		.item_out = sweep_item_out,
	},
	.scan = sweep_scan,
	.pause_ns = sweep_pause_ns,
	.reset = sweep_reset,
};

/* --- the test --------------------------------------------------------------------------------- */

#define BASE	 0x10000000UL
#define CONTENTS "abaxba" /* one letter fills a page */
#define PAGES	 (sizeof(CONTENTS) - 1)
#define NR_A	 3
#define NR_B	 2
#define SAVED	 (NR_A - 1 + NR_B - 1)

static struct page *page_at(struct mm_struct *mm, u64 i)
{
	return pte_page(ptep_get(pte_find(mm, BASE + i * PAGE_SIZE)));
}

/* An address space with the pages of CONTENTS, or NULL. */
static struct mm_struct *filled_mm(void)
{
	struct mm_struct *mm = mm_alloc(0);
	s64 at = mm ? do_mmap(mm, BASE, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE) :
		      -ENOMEM;

	KT_CHECK(at == (s64)BASE, "mmap gave %ld", at);
	for (u64 i = 0; mm && i < PAGES; i++)
		memset(page_address(page_at(mm, i)), CONTENTS[i], PAGE_SIZE);
	return mm;
}

static void check_contents(struct mm_struct *mm)
{
	for (u64 i = 0; i < PAGES; i++) {
		const char *p = page_address(page_at(mm, i));

		KT_CHECK(p[0] == CONTENTS[i] && !memcmp(p, p + 1, PAGE_SIZE - 1), "page %lu", i);
	}
}

static void sweep_whole(void)
{
	u64 end = sweep_work.full_scans + 2;

	while (sweep_work.full_scans < end)
		sweep_scan();
}

static void check_merged(struct mm_struct *mm)
{
	KT_CHECK(page_at(mm, 0) == page_at(mm, 2) && page_at(mm, 0) == page_at(mm, 5), "a");
	KT_CHECK(page_at(mm, 1) == page_at(mm, 4) && page_at(mm, 1) != page_at(mm, 0), "b");
	KT_CHECK(!PageKsm(page_at(mm, 3)) && page_mapcount(page_at(mm, 3)) == 1, "x");
	KT_CHECK(merge_counters.shared == 2 && merge_counters.records - 2 == SAVED,
		 "%lu nodes, %lu records", merge_counters.shared, merge_counters.records);
}

KTEST(merge_third_scanner)
{
	struct mm_struct *mm = filled_mm();
	const struct merge_scanner *before;
	u64 run;

	if (!mm)
		return;
	mutex_lock(&scanner_mutex);
	before = scanner;
	run = before ? *before->run : 0;
	KT_CHECK(!switch_scanner(&sweep_scanner), "switch");
	sweep_whole();
	check_merged(mm);
	check_contents(mm);
	KT_CHECK(!unmerge_all(), "unmerge_all");
	KT_CHECK(page_at(mm, 0) != page_at(mm, 2) && !merge_counters.shared, "not parted");
	check_contents(mm);
	KT_CHECK(!switch_scanner(before), "switch back");
	if (before)
		*before->run = run;
	mutex_unlock(&scanner_mutex);
	mmput(mm);
}
