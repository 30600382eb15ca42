/* SPDX-License-Identifier: MIT */
/*
 * compare WORK SETUP...: one workload under each setup, "SCANNER ORDER FILTER".  The filter
 * `first` is the checksum, asked for before the stable tree is searched.
 */
#include "compare.h"

/* The workload; the one that reads a file is as large as that. */
static struct work chosen_work(const char *name)
{
	const struct work *w = work_find(name);
	off_t size;

	must(w);
	if (w->pages || !w->make)
		return *w;
	size = lseek(STDIN_FILENO, 0, SEEK_END);
	must(size > 0);
	return (struct work){ w->name,	w->procs, ((size_t)size + PAGE - 1) / PAGE,
			      w->make,	w->birth, w->turn,
			      w->verify };
}

/* In a process of its own, so that no setup finds what another has left. */
static void compare(struct work *w, const char *setup)
{
	size_t distinct = w->make ? crowd_distinct(w) : 0, frames;

	must(!prctl(PR_SET_MEMORY_MERGE, 0)); /* only what is offered takes part */
	scanner_choose(setup);
	frames = w->birth(w);
	meter_work(w, frames - distinct, setup);
	scanner_end();
	crowd_leave(0);
}

int main(int argc, char **argv)
{
	struct work w;

	if (argc < 3) {
		fprintf(stderr,
			"usage: compare WORK 'pksm|ksm hash|bytes checksum|dirty|first'...\n");
		return 2;
	}
	w = chosen_work(argv[1]);
	for (int i = 2; i < argc; i++) {
		pid_t pid = fork();

		must(pid >= 0);
		if (!pid) {
			compare(&w, argv[i]);
			exit(0);
		}
		wait_for(pid);
	}
	return 0;
}
