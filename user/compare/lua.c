/* SPDX-License-Identifier: MIT */
/*
 * Processes that know nothing of merging: each runs the Lua interpreter, loads the
 * same records and holds them.  What the scanner may take is what libc has offered
 * for malloc, wherever that lies.
 *
 * Each waits for a line on its standard input, so none sleeps.  When that comes, it
 * computes over all that it holds, and must print what the host has computed.
 */
#include "compare.h"

#include <fcntl.h>

#define PROCS	 8
#define AREAS	 64
#define BATCH	 128
#define PASSES	 2 /* a page is seen, and found unchanged */
#define DATA	 "/lua/data.txt"
#define SCRIPT	 "/lua/load.lua"
#define EXPECTED "/lua/expected.txt"

/* A process, and the other ends of its standard input and output. */
static struct program {
	pid_t pid;
	FILE *to, *from;
} program[PROCS];

/* The key of each page of all processes, in order. */
static uint64_t *key;
static size_t nr_keys, room, nr_checked;
static uint64_t scans_before;

static _Noreturn void become_lua(const int in[2], const int out[2])
{
	must(dup2(in[0], STDIN_FILENO) >= 0 && dup2(out[1], STDOUT_FILENO) >= 0);
	must(!setenv("MMAP_MERGEABLE", "1", 1));
	execl("/bin/lua", "lua", SCRIPT, DATA, NULL);
	must(!"exec");
	exit(1);
}

static void start(struct program *p)
{
	int in[2], out[2];

	must(!pipe2(in, O_CLOEXEC) && !pipe2(out, O_CLOEXEC));
	p->pid = fork();
	must(p->pid >= 0);
	if (!p->pid)
		become_lua(in, out);
	must(!close(in[0]) && !close(out[1]));
	p->to = fdopen(in[1], "w");
	p->from = fdopen(out[0], "r");
	must(p->to && p->from);
}

/* As enum thread_state of the kernel has it. */
#define SLEEPING 1

static bool sleeps(pid_t pid)
{
	static struct kstat_proc proc[64];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (size_t i = 0; got > 0 && i < (size_t)got / sizeof(proc[0]); i++)
		if (proc[i].pid == pid)
			return proc[i].state == SLEEPING;
	return false;
}

/* Until it has said that all is loaded, and then waits for us: on one CPU the others sleep too. */
static void wait_loaded(const struct program *p)
{
	char line[32];

	must(fgets(line, sizeof(line), p->from) && atoi(line) > 0);
	do
		usleep(500);
	while (!sleeps(p->pid));
}

/* ---- its pages ---- */

static void add_key(uint64_t value)
{
	if (nr_keys == room) {
		room = room ? 2 * room : 4096;
		key = realloc(key, room * sizeof(*key));
		must(key);
	}
	key[nr_keys++] = value;
}

static void check_key(uint64_t value)
{
	must(nr_checked < nr_keys && value == key[nr_checked++]);
}

/* A page that is there, no object's, and has not been the zero page from birth. */
static bool counts(uint32_t flags)
{
	return (flags & (VMQ_PRESENT | VMQ_OBJECT)) == VMQ_PRESENT &&
	       (!(flags & VMQ_ZERO) || flags & VMQ_ZERO_MERGED);
}

/* Passes on the key of each page in an area. */
static void each_page(pid_t pid, const struct vm_area_info *area, void (*take)(uint64_t key))
{
	static char page[PAGE] __attribute__((aligned(8)));
	static struct vm_page_info info[BATCH];

	for (uint64_t at = area->start; at < area->end; at += BATCH * PAGE) {
		int n = mg_vm_query(pid, (void *)at, info, BATCH);

		must(n >= 0);
		for (uint64_t p = at; p < at + (uint64_t)n * PAGE && p < area->end; p += PAGE) {
			if (!counts(info[(p - at) / PAGE].flags))
				continue;
			must(mg_vm_peek(pid, (void *)p, page, PAGE) == PAGE);
			take(crowd_key(page));
		}
	}
}

/* The same for all that a process has offered. */
static void each_offered(pid_t pid, void (*take)(uint64_t key))
{
	static struct vm_area_info area[AREAS];
	int n = mg_vm_areas(pid, NULL, area, AREAS);

	must(n > 0 && n < AREAS);
	for (int i = 0; i < n; i++)
		if (area[i].flags & VMA_MERGEABLE)
			each_page(pid, &area[i], take);
}

/* ---- the workload ---- */

static size_t could_be_saved(void)
{
	uint64_t *sorted = malloc(nr_keys * sizeof(*sorted));
	size_t distinct;

	must(sorted);
	memcpy(sorted, key, nr_keys * sizeof(*sorted));
	distinct = crowd_count(sorted, nr_keys);
	free(sorted);
	return nr_keys - distinct;
}

size_t birth_lua(struct work *w)
{
	must(w->procs <= PROCS);
	for (unsigned int i = 0; i < w->procs; i++) {
		start(&program[i]);
		wait_loaded(&program[i]);
		each_offered(program[i].pid, add_key);
		add_region(program[i].pid, NULL, i);
		if (!i)
			w->pages = nr_keys;
		must(nr_keys && nr_keys == (i + 1) * w->pages);
	}
	scans_before = scanner_counts().scans;
	return could_be_saved();
}

static void expected_line(char *line, int size)
{
	FILE *file = fopen(EXPECTED, "r");

	must(file && fgets(line, size, file));
	must(!fclose(file));
}

/* The scanner goes on meanwhile: Lua's collector marks what it finds, which parts many a page. */
bool verify_lua(const struct work *w)
{
	char expected[128], seen[128];

	must(scanner_counts().scans - scans_before >= PASSES);
	for (unsigned int i = 0; i < w->procs; i++)
		each_offered(program[i].pid, check_key);
	must(nr_checked == nr_keys);
	expected_line(expected, sizeof(expected));
	scanner_run(true);
	for (unsigned int i = 0; i < w->procs; i++)
		must(fputs("go\n", program[i].to) >= 0 && !fflush(program[i].to));
	for (unsigned int i = 0; i < w->procs; i++) {
		must(fgets(seen, sizeof(seen), program[i].from) && !strcmp(seen, expected));
		wait_for(program[i].pid);
	}
	nr_regions = 0;
	return true;
}
