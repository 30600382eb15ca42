/* SPDX-License-Identifier: MIT */
/* Measures: fork, and what writes cost after it. */
#include "bench.h"

#define FORKS 50ul
#define PAGES 4096ul

static uint64_t fork_exit_wait(unsigned long n)
{
	uint64_t start = ticks();

	for (unsigned long i = 0; i < n; i++) {
		int status;
		pid_t pid = fork();

		if (!pid)
			_exit(7);
		MUST(pid > 0 && waitpid(pid, &status, 0) == pid, "fork and wait");
		MUST(WIFEXITED(status) && WEXITSTATUS(status) == 7, "status %x", status);
	}
	return ticks() - start;
}

static void fill(unsigned char *p, int add)
{
	for (unsigned long i = 0; i < PAGES; i++)
		p[i * PAGE + 8] = (unsigned char)(i + (unsigned long)add);
}

static void check(const unsigned char *p, int add)
{
	for (unsigned long i = 0; i < PAGES; i++)
		MUST(p[i * PAGE + 8] == (unsigned char)(i + (unsigned long)add), "page %lu", i);
}

/* The size of this very process, for the remark. */
static const char *size_of_process(void)
{
	static char text[80];
	static struct kstat_proc proc[64];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++)
		if (proc[i].pid == getpid())
			snprintf(text, sizeof(text), "%lu pages, %u areas, %lu page tables",
				 (unsigned long)proc[i].nr_ptes, proc[i].nr_vmas,
				 (unsigned long)proc[i].nr_tables);
	return text;
}

static void fork_rows(unsigned char *p)
{
	uint64_t small = fork_exit_wait(FORKS), large;

	row("fork_exit_wait", 0, small, FORKS, size_of_process());
	fill(p, 0);
	fork_exit_wait(1); /* the first one write-protects; the others find it so, as usual */
	large = fork_exit_wait(FORKS);
	row("fork_touched_page", 0, large - small, FORKS * PAGES, "shared and unmapped again");
}

static void cow_rows(unsigned char *p)
{
	pid_t child = idle_child();
	long copies = event_count(EV_cow_copy), reuses;
	uint64_t start = ticks();

	fill(p, 1);
	row("cow_copy", 0, ticks() - start, PAGES, "");
	copies = event_count(EV_cow_copy) - copies;
	MUST(copies >= (long)PAGES && copies < (long)PAGES + 16, "%ld copies", copies);
	end_child(child);
	child = idle_child();
	end_child(child);
	reuses = event_count(EV_cow_reuse);
	start = ticks();
	fill(p, 2);
	row("cow_reuse", 0, ticks() - start, PAGES, "");
	MUST(event_count(EV_cow_reuse) - reuses >= (long)PAGES, "%ld reuses",
	     event_count(EV_cow_reuse) - reuses);
	check(p, 2);
}

int main(void)
{
	unsigned char *p = map_pages(PAGES);

	fork_rows(p);
	cow_rows(p);
	return 0;
}
