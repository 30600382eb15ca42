/* SPDX-License-Identifier: MIT */
/*
 * Memory is exhausted: somebody must go.  The choice is the same in every run
 * for the same state: most present pages, then the younger process; never init.
 * One at a time, since its memory may be enough.
 */
#include "kernel/proc/oom.h"
#include "kernel/core/event.h"
#include "kernel/core/log.h"
#include "kernel/core/time.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "mm/frame/page_alloc.h"

/* Pages that p's death would free; 0 if it has no address space any more. */
static u64 process_pages(struct process *p)
{
	struct mm_struct *mm = process_get_mm(p);
	u64 pages = 0;

	if (mm) {
		pages = atomic64_read(&mm->nr_ptes);
		mmput(mm);
	}
	return pages;
}

/*
 * The process to kill, referenced, and its pages; NULL if there is none but
 * init.  *dying says that one with memory has been killed already.
 */
static struct process *choose_victim(u64 *most, bool *dying)
{
	struct process *victim = NULL, *p;

	*most = 0;
	*dying = false;
	for (int pid = INIT_PID; (p = process_next(pid)); process_put(p)) {
		u64 pages = process_pages(p);

		pid = p->pid;
		if (pages && READ_ONCE(p->kill_signal))
			*dying = true;
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

bool out_of_memory(void)
{
	struct process *victim;
	bool dying;
	u64 pages;

	if (READ_ONCE(current->kill_pending))
		return false;
	if (user_frames_left())
		return true; /* it failed for another reason, or somebody has given frames back since */
	victim = choose_victim(&pages, &dying);
	if (victim && !dying) {
		pr_warn("out of memory: killed %s (pid %d), the largest process with %lu pages",
			victim->name, victim->pid, pages);
		EVENT(process_killed, victim->pid, SIGKILL);
		process_kill(victim, SIGKILL);
	}
	if (!victim)
		return false;
	process_put(victim);
	sleep_ns(NSEC_PER_TICK);
	return !READ_ONCE(current->kill_pending);
}
