/* SPDX-License-Identifier: MIT */
/*
 * Memory is exhausted: somebody must go.
 *
 * THEORY
 *
 * A fault has found no frame.  Nothing that is in memory can be put elsewhere, so
 * either the fault waits for somebody to give frames back or the kernel sees to it
 * that somebody does:
 *
 *      do_page_fault() -> VM_FAULT_OOM, every lock dropped: wait_for_memory()
 *           |
 *           v
 *      the caller is to die itself ------------ yes --> let it: false
 *      there are frames above WMARK_MIN again - yes --> try again: true
 *      somebody is ending already ------------- yes --> wait a tick, try again
 *      kill the largest ----------------------- none -> false: the fault is refused
 *           '-- wait a tick, try again
 *
 * The choice is the same in every run for the same state: the process that keeps most frames
 * (its pages, the page tables they need, and the memory objects that it has handles to or
 * areas of, an object with n holders counting one n-th for each), of equals the younger;
 * never init.  A page that fork or a merge shares counts for every process that maps it, although
 * one death frees nothing of it: the sum is an estimate, and wrong in favour of processes
 * that share little.
 *
 * Worked example.  bomb (pid 9) has 90,000 pages, sh (pid 3) has 60, both fault.  sh
 * comes here first, finds nobody ending, kills bomb, sleeps a tick.  bomb's fault comes
 * here: kill_pending, false; it returns to user mode and dies there.  sh tries again:
 * perhaps bomb is still giving back, then it ends, and sh sleeps another tick.
 *
 * One at a time.  The victim's memory comes back when it runs, not when it is chosen;
 * to kill the next largest meanwhile would be to kill without need.  So while somebody
 * is ending nobody else is chosen.  Two CPUs may still choose at once: from the same
 * state, so they choose the same.
 *
 * The rest that WMARK_MIN keeps from programs is what the victim needs to die with:
 * exit allocates little, but not nothing.
 *
 * Processes belong to a floor above.  Through oom_hooks it shows them one by one, as struct
 * oom_candidate, each with a reference to process and address space.
 *
 * Locks: none on entry; the hooks take leaves and drop them; mmap_lock(r) of one candidate.
 *
 * Invariants
 *  1. init is never killed, and the log names every victim.
 *  2. True is answered only after a sleep, or if there are frames: a fault that goes
 *     round does not keep the CPU from the one that is to die.
 *
 * Rejected: refusing mmap() by a promise of memory (overcommit off: fork would need
 * twice what it uses); a score set from outside (oom_score_adj: policy, not memory).
 *
 * Deliberately missing: reaping the victim's memory while it sleeps in the kernel: here
 * a thread that sleeps killably wakes, and what is held otherwise is held briefly.
 *
 * Further reading: Linux's mm/oom_kill.c and its history on LWN (oom_reaper, 2015).
 */
#include "mm/reclaim/oom.h"

#include <abi/signal.h>

#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "mm/frame/page_alloc.h"
#include "mm/space/mm.h"
#include "mm/space/vmo.h"

struct oom_hooks oom_hooks;

/* Its part of the memory objects in its areas.  Nobody waits for memory with mmap_lock held. */
static u64 mapped_objects(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	u64 pages = 0;

	READ_GUARD(&mm->mmap_lock);
	for_each_vma(mm, vma)
		if (vma->vmo)
			pages += vma->vmo->ops->share(vma->vmo);
	return pages;
}

/* Pages that its death would free, about: present ones, page tables, memory objects. */
static u64 candidate_pages(const struct oom_candidate *c)
{
	u64 pages = c->objects;

	if (!c->mm)
		return pages;
	pages += (u64)atomic64_read(&c->mm->nr_ptes) + (u64)atomic64_read(&c->mm->nr_tables);
	return pages + mapped_objects(c->mm);
}

static void put_candidate(struct oom_candidate *c)
{
	if (c->mm)
		mmput(c->mm);
	if (c->process)
		oom_hooks.put(c->process);
}

static bool somebody_ends(void)
{
	struct oom_candidate c;
	int pid = 0;

	while (oom_hooks.next(pid, &c)) {
		put_candidate(&c);
		if (c.ending)
			return true;
		pid = c.pid;
	}
	return false;
}

/* The one to kill, and its pages; its process is null if there is nobody. */
static struct oom_candidate choose_victim(u64 *most)
{
	struct oom_candidate victim = { 0 };
	struct oom_candidate c;
	int pid = 0;

	*most = 1;
	while (oom_hooks.next(pid, &c)) {
		u64 pages = c.spared ? 0 : candidate_pages(&c);

		pid = c.pid;
		if (pages < *most) {
			put_candidate(&c);
			continue;
		}
		put_candidate(&victim);
		victim = c;
		*most = pages;
	}
	return victim;
}

/* False if there is nobody to kill. */
static bool kill_largest(void)
{
	u64 pages;
	struct oom_candidate victim = choose_victim(&pages);

	if (!victim.process)
		return false;
	pr_warn("out of memory: killed %s (pid %d), the largest process with %lu pages",
		victim.name, victim.pid, pages);
	EVENT(process_killed, victim.pid, SIGKILL);
	oom_hooks.kill(victim.process);
	put_candidate(&victim);
	return true;
}

bool out_of_memory(void)
{
	if (READ_ONCE(current->kill_pending))
		return false;
	if (user_frames_left())
		return true; /* it failed for another reason, or frames have come back since */
	if (!somebody_ends() && !kill_largest())
		return false;
	sleep_ns(NSEC_PER_TICK);
	return !READ_ONCE(current->kill_pending);
}
