/* SPDX-License-Identifier: MIT */
/* ps: the processes, with what their page tables hold. */
#include <err.h>
#include <inttypes.h>
#include <merganser.h>
#include <stdio.h>

/* As enum thread_state of the kernel has them; a zombie has no thread any more. */
static const char *state_name(uint32_t state)
{
	static const char *const names[] = { "run", "sleep", "dead" };

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

int main(int argc, char **argv)
{
	static struct kstat_proc proc[512];
	ssize_t got = mg_kstat(KSTAT_PROCS, proc, sizeof(proc));

	(void)argv;
	if (argc > 1)
		errx(2, "usage: ps");
	if (got < 0) {
		perror("ps");
		return 1;
	}
	printf("%5s %5s %5s %6s %8s %7s  %s\n", "PID", "PPID", "STATE", "VMAS", "PAGES", "TABLES",
	       "NAME");
	for (size_t i = 0; i < (size_t)got / sizeof(proc[0]); i++)
		printf("%5d %5d %5s %6u %8" PRIu64 " %7" PRIu64 "  %.16s\n", proc[i].pid,
		       proc[i].ppid, state_name(proc[i].state), proc[i].nr_vmas, proc[i].nr_ptes,
		       proc[i].nr_tables, proc[i].name);
	return 0;
}
