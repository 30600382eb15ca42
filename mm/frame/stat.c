/* SPDX-License-Identifier: MIT */
/*
 * Figures: how many frames there are, who has them, and how many are free.
 *
 * THEORY
 *
 * A test compares free frames before and after; free(1) prints who has the rest; a
 * fault asks whether any are left.  All three read counters that the allocator keeps
 * by the way, one set for each CPU, so that keeping them costs no shared cache line:
 *
 *      free     = buddy.nr_free  +  each CPU's stock  +  its quarantine  +  its zeroed ones
 *                 (depot included)
 *      of kind  = booked[kind] of all CPUs
 *      kernel's = managed - free - all other kinds
 *
 * A frame is booked on the CPU that takes it and unbooked on the one that frees it, so
 * one CPU's figure may be negative and means nothing; only the sum does.  What nobody
 * books (PK_KERNEL) is not counted but found as the rest: so nothing can be forgotten,
 * and the kinds always add up.
 *
 * Worked example.  Two CPUs, 1,000 frames.  CPU 0 takes 10 user frames, of which CPU 1
 * frees 3: booked[PK_USER] is 10 and -3, the sum 7.  With 20 frames booked for slabs
 * and 950 free, the kernel's are 1000 - 950 - 7 - 20 = 23.
 *
 * Of single frames.  memmap draws a map of all frames, so frame_states() says of each what
 * it is.  The kinds above are booked, not written into frames; but a frame shows them:
 *
 *      PG_reserved, PG_free, PG_table      says it
 *      no reference                        frozen: the kernel's (image apart, slabs, stacks)
 *      mapping without PAGE_MAPPING_ANON   an object's         (booked: PK_VMO)
 *      anything else                       user memory         (booked: PK_USER), and merged
 *                                          if the mapping is a stable node
 *
 * Locks: none.  Others change the counters meanwhile: a sum may be out by what has moved
 * between two of its parts.  Nobody decides by it about a single frame, and at rest
 * (tests: KCTL_DRAIN first) it is exact.
 *
 * Invariants
 *  1. At rest, nr_free_pages() = frames with PG_free (page_alloc_check()).
 *  2. At rest, frame_states() finds as many frames of each kind as are booked.
 *
 * Rejected: one atomic counter for each kind (every fault of every CPU would write it).
 *
 * Missing on purpose: figures for each zone, node or process; a process counts what it
 * maps itself (mm->nr_ptes).
 *
 * Further reading: Linux's mm/vmstat.c, whose per-CPU differences are folded into
 * global counters now and then.
 */
#include "mm/frame/internal.h"
#include "mm/frame/stat.h"

void account_pages(enum page_kind kind, s64 n)
{
	u64 flags;
	struct cpu_frames *cf = lock_cpu_frames(&flags);

	cf->booked[kind] += n;
	unlock_cpu_frames(cf, flags);
}

static u64 nr_booked(enum page_kind kind)
{
	s64 n = 0;

	for (u32 cpu = 0; cpu < MAXCPU; cpu++)
		n += READ_ONCE(cpu_frames[cpu].booked[kind]);
	return (u64)n;
}

u64 nr_pages_of(enum page_kind kind)
{
	u64 n;

	if (kind != PK_KERNEL)
		return nr_booked(kind);
	n = nr_managed_pages() - nr_free_pages();
	for (u32 other = 0; other < NR_PAGE_KINDS; other++)
		if (other != PK_KERNEL)
			n -= nr_booked(other);
	return n;
}

u64 nr_free_pages(void)
{
	u64 n = READ_ONCE(buddy.nr_free);

	for (u32 cpu = 0; cpu < MAXCPU; cpu++) {
		const struct cpu_frames *cf = &cpu_frames[cpu];

		n += READ_ONCE(cf->count) + READ_ONCE(cf->quarantined) + READ_ONCE(cf->nr_zeroed);
	}
	return n;
}

bool user_frames_left(u64 n)
{
	return nr_free_pages() >= watermark[WMARK_MIN] + n;
}

u64 nr_managed_pages(void)
{
	return READ_ONCE(buddy.managed);
}

static u64 slab_objects(void)
{
	struct kstat_slab st;
	u64 sum = 0;

	for (u32 n = 0; slab_stat(n, &st); n++)
		sum += st.objects;
	return sum;
}

void frame_stat(struct kstat_mem *st)
{
	st->total_frames = nr_managed_pages();
	st->free_frames = nr_free_pages();
	st->kernel_frames = nr_pages_of(PK_KERNEL);
	st->table_frames = nr_pages_of(PK_TABLE);
	st->slab_frames = nr_pages_of(PK_SLAB);
	st->stack_frames = nr_pages_of(PK_STACK);
	st->user_frames = nr_pages_of(PK_USER);
	st->vmo_frames = nr_pages_of(PK_VMO);
	st->slab_objects = slab_objects();
	st->frame_bytes = sizeof(struct page);
}

static enum frame_state frame_state(const struct page *page)
{
	if (page_flag(page, PG_reserved))
		return FR_RESERVED;
	if (page_flag(page, PG_free))
		return FR_FREE;
	if (page_flag(page, PG_table))
		return FR_TABLE;
	if (!page_count(page))
		return FR_KERNEL;
	if (PageKsm(page))
		return FR_MERGED;
	return PageAnon(page) || !READ_ONCE(page->mapping) ? FR_ANON : FR_OBJECT;
}

bool frame_states(u64 pfn, u8 *states)
{
	for (u64 i = 0; i < KSTAT_FRAMES_RECORD; i++)
		states[i] = pfn + i < max_pfn ? frame_state(pfn_to_page(pfn + i)) : FR_RESERVED;
	return pfn < max_pfn;
}
