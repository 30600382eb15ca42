/* SPDX-License-Identifier: MIT */
/*
 * Limits of an address space: how much of it a program may have.
 *
 * THEORY
 *
 * Areas are promises, and a limit counts promises, not frames:
 *
 *      RLIMIT_AS        all areas                                    ENOMEM
 *      RLIMIT_DATA      private and writable, but for stacks         ENOMEM
 *      RLIMIT_MEMLOCK   VM_LOCKED                                    EAGAIN (mmap, mremap), ENOMEM
 *      RLIMIT_STACK     one area that grows by itself (stack.c)      SIGSEGV
 *
 * What there is is not kept in a counter: whoever has no limit, which is nearly everybody, would
 * pay for it at every mmap, munmap, split and fork.  Where there is a limit the areas are gone
 * through and added up.
 *
 * Worked example.  RLIMIT_AS is 16 MiB, and 10 MiB are mapped.  mmap() of 8 MiB is -ENOMEM; the
 * same with MAP_FIXED over 4 MiB of the old ones succeeds, for these go.
 *
 * A limit that is lower than what is there takes nothing away: it refuses what would be more.  fork
 * and exec hand the limits on.  Unlike on Linux they bind everybody: there is one user, who has all
 * of Linux's capabilities, and a limit that somebody sets is meant.
 *
 * Locks:  mmap_lock, for writing where a limit changes.
 *
 * Invariants
 *  1. rlim_cur <= rlim_max.
 *
 * Deliberately missing: a limit of frames (Linux has its number, and does not obey it either).
 *
 * Further reading: getrlimit(2).
 */
#include "mm/space/limit.h"

#include "kernel/core/log.h"
#include "mm/space/mm.h"

#include <abi/errno.h>

#define STACK_LIMIT (8UL << 20)

static struct rlimit *limit_of(struct mm_struct *mm, int resource)
{
	switch (resource) {
	case RLIMIT_AS:
		return &mm->limit.as;
	case RLIMIT_DATA:
		return &mm->limit.data;
	case RLIMIT_MEMLOCK:
		return &mm->limit.memlock;
	case RLIMIT_STACK:
		return &mm->limit.stack;
	default:
		return NULL;
	}
}

void mm_limits_init(struct mm_struct *mm)
{
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	mm->limit = (struct mm_limits){ none, none, none, { STACK_LIMIT, RLIM_INFINITY } };
}

/* Whether an area of these flags counts for the limit. */
static bool counts_for(int resource, u64 vm_flags)
{
	switch (resource) {
	case RLIMIT_DATA:
		return (vm_flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
	case RLIMIT_MEMLOCK:
		return vm_flags & VM_LOCKED;
	default:
		return true;
	}
}

/* Bytes of mm's areas that count, outside of [start, end). */
static u64 used(struct mm_struct *mm, int resource, u64 start, u64 end)
{
	struct vm_area_struct *vma;
	u64 bytes = 0;

	for_each_vma(mm, vma) {
		u64 from = MAX(vma->vm_start, start), to = MIN(vma->vm_end, end);

		if (!counts_for(resource, vma->vm_flags))
			continue;
		bytes += vma->vm_end - vma->vm_start;
		if (from < to)
			bytes -= to - from;
	}
	return bytes;
}

/* Whether there may be len bytes more, beside the areas outside of [start, end). */
static bool fits(struct mm_struct *mm, int resource, u64 len, u64 start, u64 end)
{
	u64 limit = limit_of(mm, resource)->rlim_cur;

	ASSERT(rwsem_is_locked(&mm->mmap_lock));
	if (limit == RLIM_INFINITY)
		return true;
	return len <= limit && used(mm, resource, start, end) <= limit - len;
}

int mm_may_map(struct mm_struct *mm, u64 vm_flags, u64 len, u64 start, u64 end)
{
	if (vm_flags & VM_LOCKED && !mm->limit.memlock.rlim_cur)
		return -EPERM;
	if (!fits(mm, RLIMIT_AS, len, start, end))
		return -ENOMEM;
	if (counts_for(RLIMIT_DATA, vm_flags) && !fits(mm, RLIMIT_DATA, len, start, end))
		return -ENOMEM;
	if (vm_flags & VM_LOCKED && !fits(mm, RLIMIT_MEMLOCK, len, start, end))
		return -EAGAIN;
	return 0;
}

int mm_may_have(struct mm_struct *mm, u64 old_flags, u64 new_flags, u64 len)
{
	if (counts_for(RLIMIT_DATA, old_flags) || !counts_for(RLIMIT_DATA, new_flags))
		return 0;
	return fits(mm, RLIMIT_DATA, len, 0, 0) ? 0 : -ENOMEM;
}

int mm_may_lock(struct mm_struct *mm, u64 start, u64 end)
{
	if (!mm->limit.memlock.rlim_cur)
		return -EPERM;
	return fits(mm, RLIMIT_MEMLOCK, end - start, start, end) ? 0 : -ENOMEM;
}

int mm_may_lock_all(struct mm_struct *mm, bool now)
{
	if (!mm->limit.memlock.rlim_cur)
		return -EPERM;
	return now && used(mm, RLIMIT_AS, 0, 0) > mm->limit.memlock.rlim_cur ? -ENOMEM : 0;
}

int mm_prlimit(struct mm_struct *mm, int resource, const struct rlimit *wanted, struct rlimit *old)
{
	struct rlimit *limit = limit_of(mm, resource);

	if (!limit || (wanted && wanted->rlim_cur > wanted->rlim_max))
		return -EINVAL;
	WRITE_GUARD(&mm->mmap_lock);
	if (wanted && wanted->rlim_max > limit->rlim_max)
		return -EPERM;
	if (old)
		*old = *limit;
	if (wanted)
		*limit = *wanted;
	return 0;
}
