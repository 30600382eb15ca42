/* SPDX-License-Identifier: MIT */
/*
 * A frame by its number: what it is, and what tests and tools may do to it.
 *
 * THEORY
 *
 * vm_query() goes from an address to its frame.  This is the other way in: /proc/kpagecount,
 * kpageflags and page_idle/bitmap ask of frames one after the other, whosever they are, and so does
 * GDB.  Nothing protects what a frame is from changing as soon as it was looked at:
 *
 *      count, flags      a look without a lock, true of some moment
 *      everything else   get_page_unless_zero(): a frozen frame (the kernel's, or free) cannot be
 *                        held, so it is told by that; then the page lock: mapping stands still;
 *                        still a user's page?  Then it may be walked
 *
 * A bitmap is read over all of memory, by a server that others wait for.  So for it the page lock
 * is only tried: a page that somebody is busy with is not asked, and its mark is told as it stands.
 *
 * Worked example.  Frame 812 is asked whether it is idle just when its last mapping goes.  If the
 * reference comes first, the frame lives a moment longer, the walk finds nobody, and it is idle.
 * If it comes too late the count is zero: not a user's page, so not idle.
 *
 * Lock order: page lock -> the walk's.
 *
 * Rejected: one call for many frames (a frame costs a system call, less than the walk).
 *
 * Further reading: Linux's Documentation/admin-guide/mm/pagemap.rst.
 */
#include "mm/frame_ops.h"

#include <abi/errno.h>

#include "mm/frame/page_alloc.h"
#include "mm/pgtable/pgtable.h"
#include "mm/rmap/mkclean.h"
#include "mm/rmap/young.h"
#include "mm/space/pagelock.h"

/* The flags of a frame that are said in the same words there. */
static const struct {
	u8 flag, bit;
} same_flags[] = {
	{ PG_locked, KPF_LOCKED }, { PG_young, KPF_REFERENCED },  { PG_dirty, KPF_DIRTY },
	{ PG_slab, KPF_SLAB },	   { PG_free, KPF_BUDDY },	  { PG_idle, KPF_IDLE },
	{ PG_table, KPF_PGTABLE }, { PG_reserved, KPF_RESERVED },
};

/* What is said of a page that has references: a user's, or an object's. */
static u64 user_flags(const struct page *page)
{
	u64 bits = BIT(KPF_UPTODATE);

	if (page_mapped(page))
		bits |= BIT(KPF_MMAP);
	if (PageAnon(page))
		bits |= BIT(KPF_ANON) | BIT(KPF_SWAPBACKED);
	if (PageKsm(page))
		bits |= BIT(KPF_KSM);
	return bits;
}

static u64 frame_flags(u64 pfn)
{
	const struct page *page = pfn_to_page(pfn);
	u64 bits = 0;

	for (u32 i = 0; i < ARRAY_SIZE(same_flags); i++)
		if (page_flag(page, same_flags[i].flag))
			bits |= BIT(same_flags[i].bit);
	if (pfn == zero_pfn)
		return bits | BIT(KPF_ZERO_PAGE);
	return page_count(page) ? bits | user_flags(page) : bits;
}

/* 0 for what has no such count: the kernel's, free frames, the zero page. */
static int frame_mapcount(u64 pfn)
{
	const struct page *page = pfn_to_page(pfn);

	return page_count(page) ? page_mapcount(page) : 0;
}

/* A user's page or an object's: what a walk of the reverse map may be asked of. */
static bool can_be_walked(const struct page *page)
{
	return READ_ONCE(page->mapping);
}

/* The page of a frame, referenced, or NULL: it is not a user's, or was not a moment ago. */
static struct page *hold_frame(u64 pfn)
{
	struct page *page = pfn_to_page(pfn);

	if (!get_page_unless_zero(page))
		return NULL;
	if (can_be_walked(page))
		return page;
	put_page(page);
	return NULL;
}

static s64 idle_locked(struct page *page, bool set)
{
	if (!can_be_walked(page))
		return 0;
	if (!set)
		return page_check_idle(page);
	page_set_idle(page);
	return 1;
}

static s64 frame_idle(u64 pfn, bool set)
{
	struct page *page = hold_frame(pfn);
	s64 idle;

	if (!page)
		return 0;
	if (trylock_page(page)) {
		idle = idle_locked(page, set);
		unlock_page(page);
	} else {
		idle = page_flag(page, PG_idle);
	}
	put_page(page);
	return idle;
}

/* What fn says of the page under its lock; 0 if it is not a user's. */
static s64 frame_walk(u64 pfn, int (*fn)(struct page *page))
{
	struct page *page = hold_frame(pfn);
	s64 result = 0;

	if (!page)
		return 0;
	lock_page(page);
	if (can_be_walked(page))
		result = fn(page);
	unlock_page(page);
	put_page(page);
	return result;
}

s64 frame_op(enum kctl_op op, u64 pfn, u64 arg)
{
	if (pfn >= max_pfn)
		return -EFAULT;
	if (arg > 1 || (arg && op != KCTL_FRAME_IDLE))
		return -EINVAL;
	switch (op) {
	case KCTL_FRAME_COUNT:
		return frame_mapcount(pfn);
	case KCTL_FRAME_FLAGS:
		return (s64)frame_flags(pfn);
	case KCTL_FRAME_IDLE:
		return frame_idle(pfn, arg);
	case KCTL_FRAME_REFERENCED:
		return frame_walk(pfn, page_referenced);
	case KCTL_FRAME_MKCLEAN:
		return frame_walk(pfn, page_mkclean);
	default:
		return -EINVAL;
	}
}
