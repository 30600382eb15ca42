/* SPDX-License-Identifier: MIT */
/*
 * Proves: a write takes a page over only if nobody else has it, which the
 * mapcount does not tell: not while vm_peek holds a page that its process has
 * let go (CVE-2020-29374), and never a merged page.  When all others have gone
 * the page is taken over.  See mm/space/fault.c, wp_can_reuse().
 *
 * cpus: 1 2 4
 */
#include "merge.h"

#define TAG 120

static char *p;
static pid_t sharer;

/* Shares the page by fork, and lets it go while somebody reads it. */
static void share_and_drop(void *arg)
{
	(void)arg;
	step(1);
	CHECK(!madvise(p, PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
	step(2);
}

/* Reads the sharer's page: what it held when the read began. */
static void peek_page(void *arg)
{
	uint64_t word = 0;

	(void)arg;
	CHECK(!madvise(p, PAGE, MADV_DONTNEED), "DONTNEED: %s", strerror(errno));
	step(1);
	CHECK_EQ(mg_vm_peek(sharer, p, &word, sizeof(word)), sizeof(word), "vm_peek: %s",
		 strerror(errno));
	CHECK_EQ(word, page_word(TAG, 0), "the word read: the sharer's, not what we wrote since");
}

static void write_while_peeked(void)
{
	uint64_t pfn = vmq(p).pfn;
	pid_t peeker;

	sharer = child_start(share_and_drop, NULL);
	step_wait(sharer, 1);
	peeker = child_start(peek_page, NULL);
	step_wait(peeker, 1);
	hold(EV_remote_access, peeker);
	step_go(peeker, 1);
	wait_held_asleep(EV_remote_access);
	step_go(sharer, 1);
	step_wait(sharer, 2);
	page_fill(p, TAG + 1);
	CHECK(vmq(p).pfn != pfn, "the page that is being read was not taken over");
	release(EV_remote_access);
	child_join(peeker);
	step_go(sharer, 2);
	child_join(sharer);
	check_holds(p, 1, TAG + 1);
}

static void reuse_in_the_end(void)
{
	uint64_t pfn = vmq(p).pfn;

	sharer = child_start(share_and_drop, NULL);
	step_wait(sharer, 1);
	step_go(sharer, 1);
	step_wait(sharer, 2);
	CHECK_EQ(vmq(p).refcount, 1, "references when the sharer has let go");
	page_fill(p, TAG + 2);
	CHECK_EQ(vmq(p).pfn, pfn, "frame after the write");
	CHECK(vmq(p).flags & VMQ_EXCLUSIVE, "flags %#x", vmq(p).flags);
	step_go(sharer, 2);
	child_join(sharer);
}

/* A merged page with one mapping left stands in the stable tree: its bytes must stay. */
static void write_merged(void)
{
	char *twin;
	uint64_t pfn;

	merge_begin();
	twin = make_merged(TAG);
	pfn = vmq(twin).pfn;
	unmap_pages(twin + PAGE, 1);
	set_knob(KNOB_PKSM_RUN, 0);
	check_merged_of(0, twin, 1);
	page_fill(twin, TAG + 1);
	CHECK(vmq(twin).pfn != pfn, "the merged page was not taken over");
	check_private(twin);
	unmap_pages(twin, 1);
	merge_end();
}

int main(void)
{
	p = map_filled(1, TAG);
	TEST_BEGIN("a page that somebody reads is copied although one mapping is left");
	write_while_peeked();
	TEST_BEGIN("a page that nobody else has is taken over");
	reuse_in_the_end();
	unmap_pages(p, 1);
	TEST_BEGIN("a merged page with one mapping is copied");
	write_merged();
	return TEST_END();
}
