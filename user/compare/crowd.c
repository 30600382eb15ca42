/* SPDX-License-Identifier: MIT */
/* The processes that hold the pages of a workload: birth, death, verification. */
#include "compare.h"

#include <errno.h>

struct region region[REGIONS_MAX];
unsigned int nr_regions;

/* In each process: where its pages are, once they are filled. */
static char *volatile ready;

static _Noreturn void stay(char *pages)
{
	ready = pages;
	for (;;)
		sleep(1000000);
}

/* The child's pages, when it has said where they are. */
static char *wait_ready(pid_t pid)
{
	char *at = NULL;

	for (;;) {
		must(mg_vm_peek(pid, (const void *)&ready, &at, sizeof(at)) == sizeof(at));
		if (at)
			return at;
		usleep(500);
	}
}

void add_region(pid_t pid, char *at, unsigned int proc)
{
	must(nr_regions < REGIONS_MAX);
	region[nr_regions++] = (struct region){ pid, at, proc };
}

static void offer(char *p, size_t n)
{
	must(!madvise(p, n * PAGE, MADV_MERGEABLE));
}

static char *filled(const struct work *w, unsigned int proc, char *p)
{
	for (size_t i = 0; i < w->pages; i++)
		w->make(p + i * PAGE, proc, i);
	return p;
}

static char *map_offered(const struct work *w)
{
	char *p = map_pages(w->pages);

	offer(p, w->pages);
	return p;
}

/* Forks a process that takes memory by get, fills it and stays. */
static void join(const struct work *w, unsigned int proc, char *(*get)(const struct work *w))
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid)
		stay(filled(w, proc, get(w)));
	add_region(pid, wait_ready(pid), proc);
}

void crowd_join(const struct work *w, unsigned int proc)
{
	join(w, proc, map_offered);
}

/* A descendant that is no child of ours goes to init, which waits for it. */
static void leave(pid_t pid)
{
	must(!kill(pid, SIGKILL));
	must(waitpid(pid, NULL, 0) == pid || errno == ECHILD);
}

void crowd_leave(unsigned int first)
{
	while (nr_regions > first)
		if (region[--nr_regions].pid)
			leave(region[nr_regions].pid);
}

size_t birth_strangers(struct work *w)
{
	for (unsigned int proc = 0; proc < w->procs; proc++)
		join(w, proc, map_offered);
	return w->procs * w->pages;
}

/* Whole pages of malloc's memory; that they are offered is libc's affair. */
static char *malloc_pages(const struct work *w)
{
	char *p;

	must(!setenv("MMAP_MERGEABLE", "1", 1));
	p = malloc((w->pages + 1) * PAGE);
	must(p);
	return (char *)(((uintptr_t)p + PAGE - 1) & -PAGE);
}

size_t birth_by_malloc(struct work *w)
{
	for (unsigned int proc = 0; proc < w->procs; proc++)
		join(w, proc, malloc_pages);
	/* malloc's own words are a page in front, the same in each: all but one can be saved. */
	return w->procs * w->pages + w->procs - 1;
}

size_t birth_own(struct work *w)
{
	add_region(0, filled(w, 0, map_offered(w)), 0);
	return w->pages;
}

#define WRITTEN 4 /* every fourth page */

/*
 * Process proc of the tree has children 2 proc + 1 and 2 proc + 2; it tells its parent their pids.
 */
static pid_t child[2];

/* Forks the tree below process 0; in each process: its number. */
static unsigned int fork_family(unsigned int procs)
{
	unsigned int proc = 0, i = 0;

	while (i < 2 && 2 * proc + 1 + i < procs) {
		pid_t pid = fork();

		must(pid >= 0);
		if (pid) {
			child[i++] = pid;
		} else {
			proc = 2 * proc + 1 + i;
			i = 0;
		}
	}
	return proc;
}

static _Noreturn void family(const struct work *w)
{
	char *pages = filled(w, 0, map_offered(w));
	unsigned int proc = fork_family(w->procs);

	for (size_t i = 0; i < w->pages; i += WRITTEN)
		w->make(pages + i * PAGE, proc, i);
	stay(pages);
}

/* Registers the process and those below it. */
static void add_family(const struct work *w, pid_t pid, unsigned int proc)
{
	char *at = wait_ready(pid);
	pid_t below[2];

	add_region(pid, at, proc);
	must(mg_vm_peek(pid, child, below, sizeof(below)) == sizeof(below));
	for (unsigned int i = 0; i < 2 && 2 * proc + 1 + i < w->procs; i++)
		add_family(w, below[i], 2 * proc + 1 + i);
}

size_t birth_family(struct work *w)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid)
		family(w);
	add_family(w, pid, 0);
	return w->pages - w->pages / WRITTEN + w->procs * (w->pages / WRITTEN);
}

static bool region_holds(const struct work *w, const struct region *r)
{
	static char expected[PAGE], seen[PAGE];

	for (size_t i = 0; i < w->pages; i++) {
		w->make(expected, r->proc, i);
		must(mg_vm_peek(r->pid, r->at + i * PAGE, seen, PAGE) == PAGE);
		if (memcmp(seen, expected, PAGE))
			return false;
	}
	return true;
}

bool crowd_verify(const struct work *w)
{
	for (unsigned int r = 0; r < nr_regions; r++)
		if (!region_holds(w, &region[r]))
			return false;
	return true;
}

uint64_t crowd_key(const char *page)
{
	uint64_t key = 0;

	for (size_t i = 0; i < PAGE / 8; i++)
		key = (key ^ ((const uint64_t *)page)[i]) * 0x9e3779b97f4a7c15 ^ key >> 29;
	return key;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

size_t crowd_count(uint64_t *key, size_t n)
{
	size_t distinct = 0;

	qsort(key, n, sizeof(*key), by_value);
	for (size_t i = 0; i < n; i++)
		distinct += key[i] && (!i || key[i] != key[i - 1]);
	return distinct;
}

size_t crowd_distinct(const struct work *w)
{
	static char page[PAGE] __attribute__((aligned(8)));
	size_t n = w->procs * w->pages, distinct;
	uint64_t *key = malloc(n * sizeof(*key));

	must(key);
	for (size_t i = 0; i < n; i++) {
		w->make(page, (unsigned int)(i / w->pages), i % w->pages);
		key[i] = crowd_key(page);
	}
	distinct = crowd_count(key, n);
	free(key);
	return distinct;
}
