/* SPDX-License-Identifier: MIT */
/*
 * demo: the main story, on real data.  INPUT is standard input, or the initrd
 * when that is the console.  Exit status 0 only if every claim held.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "demo.h"

#define RESERVE 4096 /* frames for page tables, programs and the kernel */

/* A signal that ends the demo leaves no process behind and the scanner as it was. */
static void abandon(int sig)
{
	scanner_restore();
	cast_kill();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* The same when something failed. */
static void leave(void)
{
	scanner_restore();
	cast_kill();
}

static void prepare_to_leave(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		signal(sigs[i], abandon);
	atexit(leave);
}

/* There is one scanner, which two stories cannot both stop. */
static void refuse_second(void)
{
	static struct kstat_proc proc[1024];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	for (ssize_t i = 0; i < got / (ssize_t)sizeof(proc[0]); i++) {
		if (proc[i].pid == getpid() || strcmp(proc[i].name, "demo") != 0)
			continue;
		fprintf(stderr, "demo: another demo is under way: process %d\n", proc[i].pid);
		exit(2);
	}
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

static int finish(void)
{
	bool ended;

	heading("The end");
	ended = cast_dismiss();
	claim(ended, "all six processes have ended, each with status 0");
	claim(cast_is_gone(), "the kernel knows none of them any more");
	for (int i = 0; i < NR_ACTORS; i++)
		cast[i] = 0;
	scanner_restore();
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
	long distinct;

	if (size <= 0) {
		fprintf(stderr, "demo: INPUT is empty\n");
		return 2;
	}
	refuse_second();
	/* Only what is offered takes part, so that every figure can be exact. */
	prctl(PR_SET_MEMORY_MERGE, 0);
	prepare_to_leave();
	scanner_prepare();
	pages = introduce(size);
	cast_start(P);
	cast_order(P, ORDER_READ, 0);
	distinct = introduce_index(pages);
	for (int i = S1; i <= S3; i++)
		cast_start(i);
	tell_one_page();
	tell_all_pages(pages, distinct);
	return finish();
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return direct();
	for (int i = 0; argc == 3 && i < NR_ACTORS; i++)
		if (!strcmp(argv[1], "actor") && !strcmp(argv[2], role_name[i]))
			return actor_main(i);
	fputs("usage: demo [< INPUT]\n", stderr);
	return 2;
}
