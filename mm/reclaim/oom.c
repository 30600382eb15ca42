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
 * The choice is the same in every run for the same state: of the family that keeps most that
 * part which keeps most, and so on down to one process; of equals the younger; never init or a
 * server.  A family is a process and all that descend from it, also if it has ended or they
 * were adopted: a number that fork hands on, so nobody leaves one.  So a swarm of small
 * processes counts as one, and is cut down until it fits, while an innocent beside it
 * that is larger than each of them lives:
 *
 *      sh (60) --+-- swarm (20) --- 300 children of 80: 24,020      the third child of swarm
 *                '-- editor (700)                                   goes, not the editor
 *
 * All that a program can make the kernel keep counts, in bytes, and is in the report:
 *
 *      pages        present entries, the zero page's too
 *      tables       of its address space
 *      areas        each area, each link to an anon_vma (and one anon_vma for it)
 *      objects      memory objects by handles, areas and messages that nobody has received;
 *                   an object with n references counts one n-th for each
 *      kernel       threads and their stacks, handles and what they name, closed connections
 *                   that it does not receive: kernel/proc/charge.c
 *
 * A page that fork or a merge shares counts for every process that maps it, although
 * one death frees nothing of it: the sum is an estimate, and wrong in favour of processes
 * that share little.  What a merged page costs besides, a record for each mapping, is
 * less than that.
 *
 * Worked example.  bomb (pid 9) has 90,000 pages, sh (pid 3) has 60, both fault.  sh
 * comes here first, finds nobody ending, kills bomb, sleeps a tick.  bomb's fault comes
 * here: kill_pending, false; it returns to user mode and dies there.  sh tries again:
 * perhaps bomb is still giving back, then it ends, and sh sleeps another tick.
 *
 * One at a time.  The victim's memory comes back when it runs, not when it is chosen;
 * to kill the next largest meanwhile would be to kill without need.  So while somebody
 * is ending nobody else is chosen, and one thread chooses at a time: another that comes
 * meanwhile sleeps as if somebody were ending already.
 *
 * The rest that WMARK_MIN keeps is not for what a program can ask for, frames or kernel
 * objects: it is the kernel's own, for merged pages' records, of which each gives a frame back.
 * Ending needs no memory.
 *
 * Processes belong to a floor above.  Through oom_hooks it shows them one by one, as struct
 * oom_candidate, each with a reference to process and address space.
 *
 * Locks: none on entry; the hooks take spinlocks and drop them; mmap_lock(r) of one candidate.
 *
 * Invariants
 *  1. init is never killed, and the log names every victim.
 *  2. A family is not spared for the size of its members.
 *  3. True is answered only after a sleep, or if there are frames: a fault that goes
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
#include "mm/rmap/anon_vma.h"
#include "mm/space/mm.h"
#include "mm/vmo.h"

struct oom_hooks oom_hooks;

static u32 choosing; /* (a) 1: somebody chooses a victim */

/* What a process keeps, in bytes: a candidate in full. */
struct footprint {
	u64 pages, tables, areas, objects, kernel;
};

/* Its part of the memory objects in its areas.  Nobody waits for memory with mmap_lock held. */
static u64 mapped_objects(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	u64 bytes = 0;

	READ_GUARD(&mm->mmap_lock);
	for_each_vma(mm, vma)
		if (vma->vmo)
			bytes += vma->vmo->ops->share(vma->vmo);
	return bytes;
}

/* What the areas of mm cost, and the links of the reverse map, an anon_vma counted for each. */
static u64 area_bytes(struct mm_struct *mm)
{
	const u64 link = sizeof(struct anon_vma_chain) + sizeof(struct anon_vma);

	return READ_ONCE(mm->nr_vmas) * sizeof(struct vm_area_struct) +
	       (u64)atomic64_read(&mm->nr_links) * link;
}

/* What its death would free, about. */
static struct footprint footprint_of(const struct oom_candidate *c)
{
	struct footprint f = { .objects = c->objects, .kernel = c->kernel };

	if (!c->mm)
		return f;
	f.pages = (u64)atomic64_read(&c->mm->nr_ptes) * PAGE_SIZE;
	f.tables = (u64)atomic64_read(&c->mm->nr_tables) * PAGE_SIZE;
	f.areas = area_bytes(c->mm) + sizeof(*c->mm);
	f.objects += mapped_objects(c->mm);
	return f;
}

static u64 footprint_sum(const struct footprint *f)
{
	return f->pages + f->tables + f->areas + f->objects + f->kernel;
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
		cond_resched();
	}
	return false;
}

/* A process that may be killed. */
struct member {
	int pid;
	u32 lineage[OOM_GENERATIONS];
	u64 bytes;
};

static struct member members[OOM_CANDIDATES]; /* whoever chooses */

/* Enters all that may be killed and have memory, by pid; how many. */
static u32 find_members(void)
{
	struct oom_candidate c;
	int pid = 0;
	u32 n = 0;

	while (n < OOM_CANDIDATES && oom_hooks.next(pid, &c)) {
		struct footprint f = footprint_of(&c);

		put_candidate(&c);
		pid = c.pid;
		cond_resched();
		if (c.spared || !c.mm)
			continue;
		members[n].pid = pid;
		members[n].bytes = footprint_sum(&f);
		__builtin_memcpy(members[n].lineage, c.lineage, sizeof(c.lineage));
		n++;
	}
	return n;
}

/* What the members from i on keep that are of the same family as i in this generation. */
static u64 family_bytes(u32 i, u32 n, u32 generation)
{
	u32 family = members[i].lineage[generation];
	u64 bytes = 0;

	for (u32 k = i; k < n; k++)
		if (members[k].lineage[generation] == family)
			bytes += members[k].bytes;
	return bytes;
}

/*
 * The family of this generation that keeps most; 0 is the founder of the one before, alone.  A sum
 * that begins at a later member lacks the earlier ones, and so is never the largest; of two that
 * are equal the one that was founded later counts.
 */
static u32 largest_family(u32 n, u32 generation)
{
	u32 largest = 0;
	u64 most = 0;

	for (u32 i = 0; i < n; i++) {
		u32 family = members[i].lineage[generation];
		u64 bytes = family_bytes(i, n, generation);

		if (bytes > most || (bytes == most && family > largest)) {
			largest = family;
			most = bytes;
		}
		cond_resched();
	}
	return largest;
}

/* Leaves only the members of this family; how many. */
static u32 keep_family(u32 n, u32 generation, u32 family)
{
	u32 kept = 0;

	for (u32 i = 0; i < n; i++)
		if (members[i].lineage[generation] == family)
			members[kept++] = members[i];
	return kept;
}

static u64 all_bytes(u32 n)
{
	u64 bytes = 0;

	for (u32 i = 0; i < n; i++)
		bytes += members[i].bytes;
	return bytes;
}

/* Of n members, the one that keeps most, the younger of equals; its pid, or 0: there are none. */
static int largest_member(u32 n)
{
	const struct member *most = members;

	for (u32 i = 1; i < n; i++)
		if (members[i].bytes >= most->bytes)
			most = &members[i];
	return n ? most->pid : 0;
}

/* The one to kill, by pid, or 0; and the smallest family that it has not founded. */
struct choice {
	int pid;
	u32 relatives;
	u64 bytes; /* that the relatives keep */
};

static struct choice choose_victim(void)
{
	struct choice choice = { 0 };
	u32 n = find_members();

	for (u32 generation = 0; generation < OOM_GENERATIONS && n > 1; generation++) {
		choice.relatives = n;
		choice.bytes = all_bytes(n);
		n = keep_family(n, generation, largest_family(n, generation));
	}
	choice.pid = largest_member(n);
	return choice;
}

static u64 to_pages(u64 bytes)
{
	return (bytes + PAGE_SIZE / 2) / PAGE_SIZE;
}

/* Says who goes, why that one, and where all the memory is. */
static void report(const struct oom_candidate *victim, const struct choice *choice)
{
	struct footprint f = footprint_of(victim);

	pr_warn("out of memory: killed %s (pid %d), the largest process with %lu pages: "
		"%lu mapped, %lu tables, %lu areas, %lu objects, %lu kernel",
		victim->name, victim->pid, to_pages(footprint_sum(&f)), to_pages(f.pages),
		to_pages(f.tables), to_pages(f.areas), to_pages(f.objects), to_pages(f.kernel));
	if (choice->relatives)
		pr_warn("out of memory: of its family, %u processes with %lu pages",
			choice->relatives, to_pages(choice->bytes));
	pr_warn("out of memory: of %lu frames user %lu, objects %lu, tables %lu, slabs %lu, "
		"stacks %lu, free %lu",
		nr_managed_pages(), nr_pages_of(PK_USER), nr_pages_of(PK_VMO),
		nr_pages_of(PK_TABLE), nr_pages_of(PK_SLAB), nr_pages_of(PK_STACK),
		nr_free_pages());
}

static void kill_candidate(const struct oom_candidate *c, const struct choice *choice)
{
	report(c, choice);
	EVENT(process_killed, c->pid, SIGKILL);
	oom_hooks.kill(c->process);
}

/* False if there is nobody to kill. */
static bool kill_largest(void)
{
	struct choice choice = choose_victim();
	struct oom_candidate c;

	if (!choice.pid)
		return false;
	if (!oom_hooks.next(choice.pid - 1, &c))
		return true; /* it has ended meanwhile, as whoever else has its place */
	if (c.pid == choice.pid)
		kill_candidate(&c, &choice);
	put_candidate(&c);
	return true;
}

/* Whether somebody ends, or will now; false if nobody is left. */
static bool make_somebody_end(void)
{
	bool ends;

	if (xchg(&choosing, 1U))
		return true;
	ends = somebody_ends() || kill_largest();
	(void)xchg(&choosing, 0U);
	return ends;
}

bool out_of_memory(u64 wanted)
{
	if (READ_ONCE(current->kill_pending))
		return false;
	if (user_frames_left(wanted))
		return true; /* it failed for another reason, or frames have come back since */
	if (!make_somebody_end())
		return false;
	sleep_ns(NSEC_PER_TICK);
	return !READ_ONCE(current->kill_pending);
}
