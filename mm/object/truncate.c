/* SPDX-License-Identifier: MIT */
/*
 * Pages leave a memory object: it shrinks, or gets a hole.
 *
 * THEORY
 *
 * When the call has returned the pages are in no address space, reading gives zeros, a touch
 * beyond the end is a SIGBUS, and the frames are free.  Programs go on meanwhile: they fault on
 * these pages, read and write them, fork, bring them in.
 *
 *      shrink to s                                     hole [a, b)
 *   1  size, paged := s; cuts + 1; full barrier        cuts + 1; full barrier
 *   2  unmap_mapping_range(): in each area, also       the object's own pages only
 *        the copies that private ones have made
 *   3  each page:  lock it; slot := null (HOLE); full barrier;
 *        somebody has a reference: unmap once more; name := none; unlock; put
 *   4  bytes of the page that is kept, from s on: 0    of the pages at both ends: 0
 *
 * Worked example.  Pages 0 to 9, shrunk to 3 pages and 100 bytes.  Step 1: from now on a fault on
 * page 5 is refused, when it reads the size under its page-table lock; one that read it before is
 * found in step 2, which takes that lock.  Step 3: frames of pages 4 to 9 go.  Step 4: page 3
 * keeps 100 bytes.
 *
 * Slot first, then unmap, in step 3.  A hole changes no size that a fault could see: what it sees
 * is the slot.  A fault that finds the slot still full may map the page after step 2 has passed.
 *
 *      fault, under its ptl                step 3
 *      a  reference + 1                    c  slot := null
 *      b  slot still full? map it          d  references of others? unmap once more
 *
 * If b finds it full, then a came before c, and d sees the reference.  To unmap takes that ptl, so
 * it waits for the fault, and finds its entry.  If b finds it empty nothing is mapped.  The other
 * order (unmap, then empty the slot) would leave an entry behind for a page that no object has.
 *
 * A page that is being brought in.  Its pager was asked before and answers after, with the bytes
 * of before.  `cuts` tells: what enters has to be asked for after the last cut (filemap.c).  Who
 * waits for the page looks again.
 *
 * A page that is pinned, or just copied from or to, stays a frame, of nobody, until that ends.
 *
 * When the object grows, the bytes between the old end and the end of its page become zeros first:
 * a program that has mapped the page may have written there.
 *
 * A page that enters a hole while that is being cut out, because somebody writes or a pager was
 * asked after step 1, is cut too: a slot is found empty under the object's lock, or has a frame.
 *
 * Where a pager would bring what is missing, a hole is marked (HOLE); that may take a table, so
 * these are made before anything is cut.  The two pages at the ends of a hole, which keep some of
 * their bytes, are brought in before; a pager is waited for with nothing held.
 *
 * Locks:  resize_lock (sleeps) -> page lock -> i_mmap_lock(r) -> ptl;  the object's lock inside of
 * all of these.  resize_lock is for changes of the size and for holes, nobody else needs it.
 *
 * Flush.  unmap_mapping_range() flushes before it returns, and before the last reference goes.
 *
 * Invariants
 *  1. After step 2 no entry at or beyond the end comes into being.
 *  2. A page that leaves is mapped nowhere when it loses its name.
 *  3. Between 1 and 4 of any object mm_check() says that it cannot tell (filemap_is_cutting()).
 *
 * Rejected: a count of cuts that every fault compares, and nothing else (Linux once had one; it
 * covers the end of an object, and not a page taken from its middle); the page lock in every fault
 * (two more atomic operations for each page of a window); giving back tables.
 *
 * Deliberately missing: a page that is being written back, which is waited for or not; nobody
 * writes back.
 *
 * Further reading: Linux's Documentation/filesystems/locking.rst; truncate(2),
 * fallocate(2).
 */
#include <abi/errno.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/lib/string.h"
#include "kernel/sched/thread.h"
#include "mm/frame/page_alloc.h"
#include "mm/object/internal.h"
#include "mm/space/pagelock.h"
#include "mm/space/unmap_mapping.h"

static atomic_t cutting; /* objects between steps 1 and 4 */

bool filemap_is_cutting(void)
{
	return atomic_read(&cutting);
}

static u64 page_up(u64 offset)
{
	return ALIGN_UP(offset, PAGE_SIZE) >> PAGE_SHIFT;
}

/* Step 1.  The object gets a size, and says so. */
static void say_cut(struct filemap *map, u64 size)
{
	atomic_inc(&cutting);
	spin_lock(&map->lock);
	WRITE_ONCE(map->vmo.size, size);
	WRITE_ONCE(map->vmo.paged, MIN(map->vmo.paged, size));
	map->cuts++;
	spin_unlock(&map->lock);
	smp_mb(); /* before the look for page tables: a mapper hangs one in, then reads the size */
}

/* What a page leaves in its slot. */
static void *left_by(const struct filemap *map, u64 index)
{
	return vmo_from_pager(&map->vmo, index) ? HOLE : NULL;
}

static void empty_slot(struct filemap *map, u64 index)
{
	spin_lock(&map->lock);
	WRITE_ONCE(*filemap_find_slot(map, index), left_by(map, index));
	spin_unlock(&map->lock);
	smp_mb(); /* before the count of references: see the theory */
}

/* The same where no frame was; false: one has come meanwhile. */
static bool empty_missing(struct filemap *map, u64 index)
{
	void **slot = filemap_find_slot(map, index);

	SPIN_GUARD(&map->lock);
	if (is_frame(*slot))
		return false;
	WRITE_ONCE(*slot, left_by(map, index));
	return true;
}

/* Step 3 of page index, whose frame we have a reference to. */
static void cut_page(struct filemap *map, u64 index, struct page *page)
{
	const int own = 2; /* the object's and the caller's */

	EVENT(cut_page, page_to_pfn(page), index);
	lock_page(page);
	empty_slot(map, index);
	if (page_count(page) > own)
		unmap_mapping_range(&map->vmo, index, index, false);
	BUG_ON(page_mapped(page));
	filemap_let_go(map, page);
	unlock_page(page);
	put_page(page);
	put_page(page);
}

/* The same of a page that may be missing. */
static void cut_index(struct filemap *map, u64 index)
{
	struct page *page;

	do
		page = filemap_get_frame(filemap_find_slot(map, index));
	while (!page && !empty_missing(map, index));
	if (page)
		cut_page(map, index, page);
}

/* Step 3 of the pages [first, end). */
static void cut_pages(struct filemap *map, u64 first, u64 end)
{
	for (u64 i = first; i < end; i++) {
		if (filemap_find_slot(map, i))
			cut_index(map, i);
		else
			i |= FILEMAP_FANOUT - 1; /* nor has any other page of that leaf a slot */
		cond_resched();
	}
}

/* Bytes [from, to) of one page become zeros, if there are any and it is there. */
static void zero_bytes(struct filemap *map, u64 from, u64 to)
{
	void **slot = from < to ? filemap_find_slot(map, from >> PAGE_SHIFT) : NULL;
	struct page *page = slot ? filemap_get_frame(slot) : NULL;

	if (!page)
		return;
	memset(page_address(page) + from % PAGE_SIZE, 0, to - from);
	put_page(page);
}

/* What of the last page lies beyond the end. */
static void zero_tail(struct filemap *map, u64 size)
{
	zero_bytes(map, size, ALIGN_UP(size, PAGE_SIZE));
}

static void shrink_to(struct filemap *map, u64 size)
{
	u64 first = page_up(size), end = vmo_pages(&map->vmo);

	say_cut(map, size);
	EVENT(cut, first, end, size);
	if (first < end) {
		unmap_mapping_range(&map->vmo, first, end - 1, true);
		cut_pages(map, first, end);
	}
	zero_tail(map, size);
	atomic_dec(&cutting);
}

static void grow_to(struct filemap *map, u64 size)
{
	zero_tail(map, map->vmo.size);
	SPIN_GUARD(&map->lock);
	WRITE_ONCE(map->vmo.size, size);
}

/* Bytes [from, to) become zeros, whole pages by leaving. */
static void cut_out(struct filemap *map, u64 from, u64 to)
{
	u64 first = page_up(from), end = to >> PAGE_SHIFT;

	say_cut(map, map->vmo.size);
	EVENT(cut, first, end, map->vmo.size);
	if (first < end) {
		unmap_mapping_range(&map->vmo, first, end - 1, false);
		cut_pages(map, first, end);
	}
	if (first > end) { /* all in one page */
		zero_bytes(map, from, to);
	} else {
		zero_bytes(map, from, first << PAGE_SHIFT);
		zero_bytes(map, end << PAGE_SHIFT, to);
	}
	atomic_dec(&cutting);
}

/* Tables for the marks of the pages [first, end), as far as a pager would bring them. */
static int make_leaves(struct filemap *map, u64 first, u64 end)
{
	end = MIN(end, page_up(map->vmo.paged));
	for (u64 i = first; i < end; i = ALIGN_DOWN(i, FILEMAP_FANOUT) + FILEMAP_FANOUT)
		if (!filemap_get_slot(map, i))
			return -ENOMEM;
	return 0;
}

/* Has the page of a byte brought of which only a part goes. */
static int bring_part(struct filemap *map, u64 offset)
{
	return IS_ALIGNED(offset, PAGE_SIZE) ? 0 : filemap_page_in(map, offset);
}

/* Where a hole ends that reaches as far as `to`: with the last page, if it reaches the end. */
static u64 hole_end(const struct filemap *map, u64 to)
{
	u64 size = READ_ONCE(map->vmo.size);

	return to < size ? to : ALIGN_UP(size, PAGE_SIZE);
}

static int punch(struct filemap *map, u64 from, u64 to)
{
	int err;

	MUTEX_GUARD(&map->resize_lock);
	to = hole_end(map, to);
	if (from >= to)
		return 0;
	err = make_leaves(map, page_up(from), to >> PAGE_SHIFT);
	if (!err)
		cut_out(map, from, to);
	return err;
}

int filemap_punch(struct vmo *vmo, u64 offset, u64 n)
{
	struct filemap *map = to_filemap(vmo);
	u64 to;
	int err;

	if (!map->root || __builtin_add_overflow(offset, n, &to))
		return -EINVAL;
	if (offset >= hole_end(map, to))
		return 0;
	err = bring_part(map, offset);
	if (!err)
		err = bring_part(map, hole_end(map, to));
	return err ? err : punch(map, offset, to);
}

int filemap_resize(struct filemap *map, u64 size)
{
	if (size > FILEMAP_MAX)
		return -EFBIG;
	if (!map->root)
		return -EINVAL;
	MUTEX_GUARD(&map->resize_lock);
	if (size < map->vmo.size)
		shrink_to(map, size);
	else if (size > map->vmo.size)
		grow_to(map, size);
	return 0;
}
