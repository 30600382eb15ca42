/* SPDX-License-Identifier: MIT */
/*
 * Memory is exhausted: somebody must go.  The choice is the same in every run
 * for the same state: who keeps most frames, then the younger process; never init.
 * One at a time, since its memory may be enough.
 */
#include "kernel/proc/oom.h"
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "kernel/ipc/vmo.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "mm/frame/page_alloc.h"

/* Pages that p's death would free, about: present ones, page tables, memory objects. */
static u64 process_pages(struct process *p)
{
	u64 pages = vmo_frames_held(&p->handles);
	struct mm_struct *mm = process_get_mm(p);

	if (mm) {
		pages += atomic64_read(&mm->nr_ptes) + atomic64_read(&mm->nr_tables);
		mmput(mm);
	}
	return pages;
}

/* Whether some process gives its memory back right now, or will as soon as it runs. */
static bool somebody_ends(void)
{
	struct process *p;
	bool ends = false;

	for (int pid = 0; !ends && (p = process_next(pid)); process_put(p)) {
		pid = p->pid;
		ends = process_is_ending(p);
	}
	return ends;
}

/* The process to kill, referenced, and its pages; NULL if there is none but init. */
static struct process *choose_victim(u64 *most)
{
	struct process *victim = NULL, *p;

	*most = 0;
	for (int pid = INIT_PID; (p = process_next(pid)); process_put(p)) {
		u64 pages = process_pages(p);

		pid = p->pid;
		if (!pages || pages < *most)
			continue;
		if (victim)
			process_put(victim);
		atomic_inc(&p->refcount);
		victim = p;
		*most = pages;
	}
	return victim;
}

/* False if there is nobody to kill. */
static bool kill_largest(void)
{
	u64 pages;
	struct process *victim = choose_victim(&pages);

	if (!victim)
		return false;
	pr_warn("out of memory: killed %s (pid %d), the largest process with %lu pages",
		victim->name, victim->pid, pages);
	EVENT(process_killed, victim->pid, SIGKILL);
	signal_kill(victim);
	process_put(victim);
	return true;
}

bool out_of_memory(void)
{
	if (READ_ONCE(current->kill_pending))
		return false;
	if (user_frames_left())
		return true; /* it failed for another reason, or somebody has given frames back since */
	if (!somebody_ends() && !kill_largest())
		return false;
	sleep_ns(NSEC_PER_TICK);
	return !READ_ONCE(current->kill_pending);
}
