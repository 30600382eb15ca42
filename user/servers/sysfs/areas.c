/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/maps and smaps: areas, and what the pages in them cost.
 *
 * smaps asks the kernel of every page that an area may hold.  An area may be a thousand
 * times larger than what was touched of it, so the question goes page table by page
 * table: vm_areas() says where the next one begins, and it covers 2 MiB.
 *
 *	area      |·····························TTTT···········|
 *	asked     start                         next  end of table, next: the area's end
 *
 * A page counts whole for Rss, and for Pss one share of as many as map it: the Pss of all
 * processes together are the frames there are.  The zero page is nobody's and counts for
 * neither; pages merged with it are not in KSM: either, as in Linux.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "user/servers/sysfs/sysfs.h"

#define TABLE_SPAN  (2ul << 20) /* what one page table covers */
#define TABLE_PAGES (TABLE_SPAN / PAGE_SIZE)
#define NAME_COLUMN 73
#define BATCH	    64

int for_each_area(pid_t pid, int (*fn)(const struct vm_area_info *a, void *arg), void *arg)
{
	struct vm_area_info area[BATCH];
	uint64_t at = 0;
	int n, ret = 0;

	do {
		n = mg_vm_areas(pid, (void *)at, area, BATCH);
		if (n < 0)
			return -errno;
		for (int i = 0; i < n && !ret; i++)
			ret = fn(&area[i], arg);
		if (n)
			at = area[n - 1].end;
	} while (n && !ret);
	return ret;
}

/*
 * The kernel knows no file, only objects: an offset, but no device and no inode, and only the stack
 * has a name.
 */
static void show_area(const struct vm_area_info *a, struct text *t)
{
	size_t start = t->len;

	text_printf(t, "%08" PRIx64 "-%08" PRIx64 " %c%c%c%c %08" PRIx64 " 00:00 0 ", a->start,
		    a->end, a->flags & PROT_READ ? 'r' : '-', a->flags & PROT_WRITE ? 'w' : '-',
		    a->flags & PROT_EXEC ? 'x' : '-', a->flags & VMA_SHARED ? 's' : 'p',
		    a->flags & VMA_OBJECT ? a->pgoff * PAGE_SIZE : 0);
	if (a->flags & VMA_STACK)
		text_printf(t, "%*s[stack]", (int)(NAME_COLUMN - (t->len - start)), "");
	text_add(t, "\n", 1);
}

static int maps_line(const struct vm_area_info *a, void *arg)
{
	struct text *t = arg;

	show_area(a, t);
	return t->error;
}

/* What fn makes of every area; a zombie has none, and no text. */
static int show_areas(pid_t pid, int (*fn)(const struct vm_area_info *a, void *arg), void *arg)
{
	int err;

	if (!find_proc(pid))
		return -ESRCH;
	err = for_each_area(pid, fn, arg);
	return err == -ESRCH ? 0 : err;
}

int show_maps(const struct node *n, pid_t pid, struct text *t)
{
	(void)n;
	return show_areas(pid, maps_line, t);
}

/* Bytes of pages; pss in 1/4096 of a byte, so that many thirds make a whole. */
struct usage {
	uint64_t rss, pss, pss_dirty, referenced, anonymous, ksm;
	uint64_t part[4]; /* by IS_SHARED and IS_DIRTY */
};

#define IS_DIRTY  1
#define IS_SHARED 2

/* An anonymous page is always dirty: nothing holds its bytes but the page. */
static void add_page(struct usage *u, const struct vm_page_info *v)
{
	bool anonymous = !(v->flags & VMQ_OBJECT);
	bool dirty = anonymous || v->flags & (VMQ_DIRTY | VMQ_PAGE_DIRTY);
	uint64_t share;

	if (!(v->flags & VMQ_PRESENT) || v->flags & VMQ_ZERO)
		return;
	share = (PAGE_SIZE << 12) / (uint64_t)(v->mapcount > 1 ? v->mapcount : 1);
	u->rss += PAGE_SIZE;
	u->pss += share;
	u->pss_dirty += dirty ? share : 0;
	u->referenced += v->flags & VMQ_ACCESSED ? PAGE_SIZE : 0;
	u->anonymous += anonymous ? PAGE_SIZE : 0;
	u->ksm += v->flags & VMQ_MERGED ? PAGE_SIZE : 0;
	u->part[(v->mapcount > 1 ? IS_SHARED : 0) | (dirty ? IS_DIRTY : 0)] += PAGE_SIZE;
}

/* The pages of [from, to), which is not longer than a page table. */
static int add_pages(struct usage *u, pid_t pid, uint64_t from, uint64_t to)
{
	static struct vm_page_info info[TABLE_PAGES];
	int n = mg_vm_entries(pid, (void *)from, info, (to - from) / PAGE_SIZE);

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++)
		add_page(u, &info[i]);
	return 0;
}

static int add_area(struct usage *u, pid_t pid, const struct vm_area_info *a)
{
	struct vm_area_info rest;
	uint64_t at = a->next, end;
	int n, err = 0;

	while (at < a->end && !err) {
		end = (at & -TABLE_SPAN) + TABLE_SPAN;
		err = add_pages(u, pid, at, end < a->end ? end : a->end);
		n = mg_vm_areas(pid, (void *)end, &rest, 1);
		if (n < 0)
			return -errno;
		at = n ? rest.next : a->end;
	}
	return err;
}

static void kb(struct text *t, const char *name, uint64_t bytes)
{
	text_printf(t, "%-16s%8" PRIu64 " kB\n", name, bytes / 1024);
}

static void show_flags(struct text *t, const struct vm_area_info *a)
{
	static const struct {
		uint64_t flag; /* 0: always */
		const char *name;
	} names[] = {
		{ PROT_READ, "rd" },
		{ PROT_WRITE, "wr" },
		{ PROT_EXEC, "ex" },
		{ VMA_SHARED, "sh" },
		{ 0, "mr" },
		{ 0, "mw" },
		{ 0, "me" },
		{ VMA_LOCKED, "lo" },
		{ VMA_SEQ_READ, "sr" },
		{ VMA_RAND_READ, "rr" },
		{ VMA_DONTCOPY, "dc" },
		{ VMA_WIPEONFORK, "wf" },
		{ VMA_MERGEABLE, "mg" },
	};

	text_printf(t, "VmFlags: ");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!names[i].flag || a->flags & names[i].flag)
			text_printf(t, "%s ", names[i].name);
	text_printf(t, "\n");
}

static void show_usage(struct text *t, const struct usage *u, bool locked)
{
	kb(t, "Rss:", u->rss);
	kb(t, "Pss:", u->pss >> 12);
	kb(t, "Pss_Dirty:", u->pss_dirty >> 12);
	kb(t, "Shared_Clean:", u->part[IS_SHARED]);
	kb(t, "Shared_Dirty:", u->part[IS_SHARED | IS_DIRTY]);
	kb(t, "Private_Clean:", u->part[0]);
	kb(t, "Private_Dirty:", u->part[IS_DIRTY]);
	kb(t, "Referenced:", u->referenced);
	kb(t, "Anonymous:", u->anonymous);
	kb(t, "KSM:", u->ksm);
	kb(t, "Swap:", 0);
	kb(t, "SwapPss:", 0);
	kb(t, "Locked:", locked ? u->pss >> 12 : 0);
}

/* What the pages of objects are of a process's memory. */
struct object_sum {
	pid_t pid;
	uint64_t bytes;
};

static int add_objects(const struct vm_area_info *a, void *arg)
{
	struct object_sum *sum = arg;
	struct usage u = { 0 };
	int err = a->flags & VMA_OBJECT ? add_area(&u, sum->pid, a) : 0;

	sum->bytes += u.rss - u.anonymous;
	return err;
}

uint64_t object_bytes(pid_t pid)
{
	struct object_sum sum = { pid, 0 };

	for_each_area(pid, add_objects, &sum);
	return sum.bytes;
}

struct smaps {
	pid_t pid;
	struct text *t;
};

static int smaps_entry(const struct vm_area_info *a, void *arg)
{
	struct smaps *s = arg;
	struct usage u = { 0 };
	int err = add_area(&u, s->pid, a);

	if (err)
		return err;
	show_area(a, s->t);
	kb(s->t, "Size:", a->end - a->start);
	kb(s->t, "KernelPageSize:", PAGE_SIZE);
	kb(s->t, "MMUPageSize:", PAGE_SIZE);
	show_usage(s->t, &u, a->flags & VMA_LOCKED);
	show_flags(s->t, a);
	return s->t->error;
}

int show_smaps(const struct node *n, pid_t pid, struct text *t)
{
	struct smaps s = { pid, t };

	(void)n;
	return show_areas(pid, smaps_entry, &s);
}
