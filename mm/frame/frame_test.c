/* SPDX-License-Identifier: MIT */
/*
 * Tests of what happens when there is no more: of frames, and of places for kernel stacks.
 *
 * THEORY
 *
 * A limit that is never reached may be wrong for years.  These tests go up to two of them, which
 * programs reach seldom: blocks of several frames stop at WMARK_MIN, as single frames do, and
 * the slots for stacks are counted out at boot.
 *
 *      free frames   |#################|..........|
 *                    0             WMARK_MIN
 *      alloc_charged_pages(1)          ^ NULL here
 *      alloc_pages(1)          still finds a block: it is the kernel's own
 *
 * Invariants tested: page_alloc.h, on alloc_charged_pages(); kmap.h, on alloc_kstack(): NULL, and
 * afterwards all is as it was.
 *
 * Deliberately missing: single frames, whose shortage user/tests/oom.c makes.
 *
 * Further reading: mm/frame/page_alloc.c, mm/frame/kmap.c.
 */
#include "kernel/core/ktest.h"
#include "kernel/x86/layout.h"
#include "mm/frame/kmap.h"
#include "mm/frame/page.h"
#include "mm/frame/page_alloc.h"

/* What was allocated, each piece holding the address of the one before. */
struct piece {
	struct piece *before;
};

static u64 chain(struct piece **last, void *fresh)
{
	struct piece *piece = fresh;

	if (!piece)
		return 0;
	piece->before = *last;
	*last = piece;
	return 1;
}

static struct piece *unchain(struct piece **last)
{
	struct piece *piece = *last;

	if (piece)
		*last = piece->before;
	return piece;
}

static void *charged_pair(void)
{
	struct page *page = alloc_charged_pages(1);

	return page ? page_address(page) : NULL;
}

KTEST(frames_blocks_leave_the_reserve)
{
	struct piece *last = NULL, *piece;
	u64 free = nr_free_pages();
	struct page *own;

	while (chain(&last, charged_pair()))
		;
	own = alloc_pages(1);
	KT_CHECK(own, "%lu frames are free, and none for the kernel", nr_free_pages());
	if (own)
		free_pages(own, 1);
	while ((piece = unchain(&last)))
		free_pages(virt_to_page(piece), 1);
	drain_all_pages();
	KT_CHECK(nr_free_pages() == free, "%lu free frames, before: %lu", nr_free_pages(), free);
}

KTEST(kstacks_run_out)
{
	struct piece *last = NULL, *stack;
	u64 free, n = 0;

	kmap_drain();
	free = nr_free_pages();
	while (chain(&last, alloc_kstack()))
		n++;
	KT_CHECK(n > 1000, "%lu stacks", n);
	while ((stack = unchain(&last)))
		free_kstack(stack);
	kmap_drain();
	KT_CHECK(nr_free_pages() == free, "%lu free frames, before: %lu", nr_free_pages(), free);
	stack = alloc_kstack();
	KT_CHECK(stack, "no stack although all were freed");
	if (stack)
		free_kstack(stack);
}
