/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/{comm,status,stat,ksm_stat,ksm_merging_pages}: a process in a few words.
 *
 * The kernel tells of all processes at once (KSTAT_PROCS), so each of these texts is of
 * one moment.  What Linux has and nobody keeps here is left out of status, where lines
 * have names, and is 0 in stat, where fields have places.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user/servers/sysfs/sysfs.h"

const struct kstat_proc *all_procs(size_t *n)
{
	static struct kstat_proc procs[MAX_PROCS];
	ssize_t got = mg_kstat(KSTAT_PROCS, procs, sizeof(procs));

	*n = got < 0 ? 0 : (size_t)got / sizeof(procs[0]);
	return procs;
}

const struct kstat_proc *find_proc(pid_t pid)
{
	size_t n;
	const struct kstat_proc *p = all_procs(&n);

	for (size_t i = 0; i < n; i++)
		if (p[i].pid == pid)
			return &p[i];
	return NULL;
}

/* As enum thread_state of the kernel has them; a process with no thread any more is a zombie. */
static const char *state_of(const struct kstat_proc *p)
{
	static const char *const states[] = { "R (running)", "S (sleeping)", "Z (zombie)" };

	return p->state < 3 ? states[p->state] : "X (dead)";
}

/* Pages with a frame of their own or shared: the merged zeros are nobody's. */
static uint64_t resident(const struct kstat_proc *p)
{
	return p->nr_ptes > p->ksm_zero_pages ? p->nr_ptes - p->ksm_zero_pages : 0;
}

/* Bytes of areas. */
struct sizes {
	uint64_t all, stack, text, data;
	bool mergeable; /* one of them */
};

static int add_size(const struct vm_area_info *a, void *arg)
{
	struct sizes *s = arg;
	uint64_t size = a->end - a->start;

	s->all += size;
	if (a->flags & VMA_STACK)
		s->stack += size;
	else if (a->flags & PROT_EXEC)
		s->text += size;
	else if (a->flags & PROT_WRITE)
		s->data += size;
	s->mergeable |= (a->flags & VMA_MERGEABLE) != 0;
	return 0;
}

int show_comm(const struct node *n, pid_t pid, struct text *t)
{
	const struct kstat_proc *p = find_proc(pid);

	(void)n;
	if (!p)
		return -ESRCH;
	text_printf(t, "%.16s\n", p->name);
	return 0;
}

static void size_line(struct text *t, const char *name, uint64_t bytes)
{
	text_printf(t, "%s:\t%8" PRIu64 " kB\n", name, bytes / 1024);
}

int show_status(const struct node *n, pid_t pid, struct text *t)
{
	const struct kstat_proc *p = find_proc(pid);
	struct sizes s = { 0 };
	uint64_t all, objects;

	(void)n;
	if (!p)
		return -ESRCH;
	all = resident(p) * PAGE_SIZE;
	text_printf(t, "Name:\t%.16s\nState:\t%s\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\n", p->name,
		    state_of(p), pid, pid, p->ppid);
	text_printf(t, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n");
	if (!for_each_area(pid, add_size, &s)) { /* a zombie has no memory, and no such lines */
		size_line(t, "VmSize", s.all);
		objects = object_bytes(pid);
		size_line(t, "VmRSS", all);
		size_line(t, "RssAnon", all > objects ? all - objects : 0);
		size_line(t, "RssFile", objects);
		size_line(t, "VmData", s.data);
		size_line(t, "VmStk", s.stack);
		size_line(t, "VmExe", s.text);
		size_line(t, "VmPTE", p->nr_tables * PAGE_SIZE);
		size_line(t, "VmSwap", 0);
	}
	text_printf(t, "Threads:\t1\nCapBnd:\t%016" PRIx32 "\n", p->bounding_set);
	return 0;
}

int show_stat(const struct node *n, pid_t pid, struct text *t)
{
	const struct kstat_proc *p = find_proc(pid);
	pid_t group = getpgid(pid), session = getsid(pid);
	struct sizes s = { 0 };

	(void)n;
	if (!p)
		return -ESRCH;
	for_each_area(pid, add_size, &s); /* of a zombie: nothing */
	text_printf(t, "%d (%.16s) %c %d %d %d", pid, p->name, *state_of(p), p->ppid,
		    group < 0 ? 0 : group, session < 0 ? 0 : session);
	/* 7 tty_nr to 17 cstime, of which tpgid is -1; priority, nice, num_threads; 21, 22 */
	text_printf(t, " 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0");
	text_printf(t, " %" PRIu64 " %" PRIu64 " %" PRIu64, s.all, resident(p), UINT64_MAX);
	for (int field = 26; field <= 52; field++)
		text_add(t, field == 38 ? " 17" : " 0", field == 38 ? 3 : 2); /* 38: SIGCHLD */
	text_add(t, "\n", 1);
	return 0;
}

int show_ksm_stat(const struct node *n, pid_t pid, struct text *t)
{
	const struct kstat_proc *p = find_proc(pid);
	struct sizes s = { 0 };

	(void)n;
	if (!p)
		return -ESRCH;
	for_each_area(pid, add_size, &s);
	text_printf(t, "ksm_rmap_items %" PRIu64 "\n", p->ksm_rmap_items);
	text_printf(t, "ksm_zero_pages %" PRIu64 "\n", p->ksm_zero_pages);
	text_printf(t, "ksm_merging_pages %" PRIu64 "\n", p->ksm_merging_pages);
	text_printf(t, "ksm_process_profit %" PRId64 "\n", p->ksm_profit);
	text_printf(t, "ksm_merge_any: %s\n", p->ksm_merge_any ? "yes" : "no");
	text_printf(t, "ksm_mergeable: %s\n", s.mergeable ? "yes" : "no");
	return 0;
}

int show_merging_pages(const struct node *n, pid_t pid, struct text *t)
{
	const struct kstat_proc *p = find_proc(pid);

	(void)n;
	if (!p)
		return -ESRCH;
	text_printf(t, "%" PRIu64 "\n", p->ksm_merging_pages);
	return 0;
}
