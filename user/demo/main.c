/* SPDX-License-Identifier: MIT */
/*
 * demo: the main story, on real data.  INPUT is standard input, or the initrd
 * when that is the console.  Exit status 0 only if every claim held.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

#define RESERVE 4096 /* frames for page tables, programs and the kernel */

/* The scanner's settings for the story; what they were before is put back. */
static struct setting {
	enum knob knob;
	unsigned long value, before;
} settings[] = {
	{ .knob = KNOB_PKSM_SLEEP_MILLISECS, .value = 1 },
	{ .knob = KNOB_PKSM_MAX_CPU_PERCENT, .value = 100 },
	{ .knob = KNOB_PKSM_PAGES_TO_SCAN, .value = 1 << 20 },
	{ .knob = KNOB_PKSM_N, .value = 1 },
	{ .knob = KNOB_PKSM_RUN, .value = 2 }, /* last: begins with everything parted */
};
#define NR_SETTINGS (sizeof(settings) / sizeof(settings[0]))

static void prepare_scanner(void)
{
	for (size_t i = 0; i < NR_SETTINGS; i++) {
		settings[i].before = (unsigned long)mg_kctl(KCTL_GET_KNOB, settings[i].knob, 0);
		set_knob(settings[i].knob, settings[i].value);
	}
}

static void restore_scanner(void)
{
	for (size_t i = 0; i < NR_SETTINGS; i++)
		set_knob(settings[i].knob, settings[i].before);
}

/* Touches what this process will touch later, so that its own memory stays the same. */
static void warm_up(void)
{
	char *nobody[] = { "demo", "actor", "nobody", NULL };
	volatile char stack[65536];
	pid_t pid = fork();

	if (!pid) { /* the file server starts, and loads this program once */
		execv("bin/demo", nobody);
		_exit(1);
	}
	waitpid(pid, NULL, 0);

	for (size_t i = 0; i < sizeof(stack); i += PAGE)
		stack[i] = 0;
	snprintf((char *)stack, sizeof(stack), "%s %.1f", "the deepest call there is", 1.0);
}

static size_t introduce(off_t size)
{
	struct kstat_mem mem = mem_now();
	size_t pages = ((size_t)size + PAGE - 1) / PAGE;

	say("MERGANSER: six processes, one memory");
	say("\n%lu CPU%s, %.0f MiB of memory; %lu frames of 4 KiB are free.  pksmd, the kernel thread",
	    mem.nr_cpus, mem.nr_cpus == 1 ? "" : "s", mib((long)mem.total_frames), mem.free_frames);
	say("that merges equal pages, waits.  INPUT has %ld bytes: %zu pages.", size, pages);
	if (mem.free_frames < NR_ACTORS * pages + RESERVE) {
		fprintf(stderr, "demo: INPUT is too large: six copies need %zu frames\n",
			NR_ACTORS * pages + RESERVE);
		exit(2);
	}
	return pages;
}

static long introduce_index(size_t pages)
{
	long distinct = cast_order(P, ORDER_INDEX, 0);

	say("P reads INPUT into private memory and builds an index of its pages: %zu pages, %ld",
	    pages, distinct);
	say("different contents besides zeros; %ld pages of zeros; the most frequent content "
	    "stands",
	    cast_answer(P, 1));
	say("there %ld times.  P will fork C1 and C2.  S1, S2 and S3 are started separately.",
	    cast_answer(P, 2));
	return distinct;
}

static int finish(long start)
{
	long end;

	heading("The end");
	claim(cast_dismiss(), "all six processes have ended, each with status 0");
	restore_scanner();
	end = mg_settled_frames();
	claim(end == start, "free frames: %ld at the start, %ld at the end", start, end);
	if (claims_failed())
		say("\n%d of %d claims are FALSE.", claims_failed(), claims_made());
	else
		say("\nAll %d claims were checked and hold.", claims_made());
	return claims_failed() ? 1 : 0;
}

static int direct(void)
{
	off_t size = mg_vmo_size(isatty(STDIN_FILENO) ? HANDLE_INITRD : STDIN_FILENO);
	size_t pages;
	long start, distinct;

	if (size <= 0) {
		fprintf(stderr, "demo: INPUT is empty\n");
		return 2;
	}
	/* Only what is offered takes part, so that every figure can be exact. */
	prctl(PR_SET_MEMORY_MERGE, 0);
	warm_up();
	prepare_scanner();
	start = mg_settled_frames();
	pages = introduce(size);
	cast_start(P);
	cast_order(P, ORDER_READ, 0);
	distinct = introduce_index(pages);
	for (int i = S1; i <= S3; i++)
		cast_start(i);
	tell_one_page();
	tell_all_pages(pages, distinct);
	return finish(start);
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return direct();
	if (argc != 3 || strcmp(argv[1], "actor") != 0) {
		fputs("usage: demo [< INPUT]\n", stderr);
		return 2;
	}
	for (int i = 0; i < NR_ACTORS; i++)
		if (!strcmp(argv[2], role_name[i]))
			return actor_main(i);
	return 0;
}
